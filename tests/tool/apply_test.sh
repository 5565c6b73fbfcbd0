#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Files of declarations: what is wrong with them, and in which line. No kernel is asked.
# shellcheck source=tests/tool/lib.sh
. "$(dirname "$0")/lib.sh"

# schema FILE: what docs/apply.schema.json says of it
schema() {
	/usr/bin/python3 - "$here/docs/apply.schema.json" "$1" <<-'EOF'
		import json, sys, jsonschema, yaml
		with open(sys.argv[1]) as schema, open(sys.argv[2]) as declared:
		    jsonschema.Draft7Validator.check_schema(schema := json.load(schema))
		    try:
		        jsonschema.validate(yaml.load(declared, yaml.BaseLoader), schema)
		    except (jsonschema.ValidationError, yaml.YAMLError) as wrong:
		        sys.exit(f'refused: {wrong}')
	EOF
}

# wrong NAME REGEX: the file on standard input is refused, by both commands and by the schema; beyond NAME REGEX: by the
# commands, while the schema, which sees an attachment alone, takes it.
wrong() {
	beyond "$@"
	schema f.yaml 2>err
	[ $? = 1 ] && grep -q '^refused: ' err
	result $? "$1, by the schema"
}
beyond() {
	cat >f.yaml
	expect "$1" 1 "^tcxctl: f.yaml:$2" apply f.yaml
	expect "$1, diff" 2 "^tcxctl: f.yaml:$2" diff f.yaml
}

# right NAME: the schema and the tool take the file on standard input.
right() {
	cat >f.yaml
	schema f.yaml 2>err
	result $? "$1, by the schema"
	# There may be no bpffs, and there is no such device; but the file is not what is wrong.
	"$O/tcxctl" diff f.yaml >out 2>err
	! grep f.yaml err | grep -v 'no device of this network namespace is called so$'
	result $? "$1"
}

# attachment LINE...: one that is right, with these lines in addition
attachment() { printf '%s\n' "attachments:" "- name: a" "  object: /x.o" "  devices: eth0" "  directions: ingress" "$@"; }

expect "no file named" 2 'apply needs one file or folder' apply
expect "two files" 2 'diff needs one file or folder' diff a b
expect "no such file" 1 'none.yaml cannot be read: No such file' apply none.yaml
wrong "empty" "1: a file has one key, 'attachments', with a list; 'attachments: \[\]' declares none" </dev/null
wrong "no YAML" '2: this is not YAML: ' <<<$'attachments:\n- ]'
wrong "another key" "1: a file has one key, 'attachments'$" <<<'attachment: []'
wrong "no list" "1: a file has one key, 'attachments', with a list" <<<'attachments: {}'
wrong "a second document" '2: a second document begins here' <<<$'attachments: []\n---\nattachments: []'
wrong "no mapping" '2: an attachment is written as keys' <<<$'attachments:\n- a'
wrong "unknown key" "6: there is no key 'device' in an attachment; there are name, object" < <(attachment '  device: x')
beyond "twice" "6: 'devices' stands there twice" < <(attachment '  devices: x')
wrong "object and pinned" "2: an attachment needs either 'object', a file, or 'pinned'" < <(attachment '  pinned: /x')
wrong "program and section" "2: 'program' and 'section' cannot both" < <(attachment '  program: x' '  section: y')
wrong "unknown direction" "8: a direction is ingress or egress.* not 'up'" <<<$'attachments:\n- name: a\n  object: /x.o\n  devices: eth0\n  directions:\n  - ingress\n\n  - up'
wrong "another place" "6: 'place' is first or last" < <(attachment '  place: middle')
wrong "relative path" "3: 'object' takes a path that begins with '/', not 'x.o'" <<<$'attachments:\n- name: a\n  object: x.o'
wrong "a name with a dot" "2: 'a.b' is not a name" <<<$'attachments:\n- name: a.b'
wrong "no name" "2: an attachment needs a 'name'" <<<$'attachments:\n- object: /x.o'
wrong "no devices" "2: an attachment needs 'devices'" <<<$'attachments:\n- name: a\n  object: /x.o'
wrong "no directions" "2: an attachment needs 'directions'" <<<$'attachments:\n- name: a\n  object: /x.o\n  devices: x'
wrong "an empty list" "5: 'devices' takes a text or a list" <<<$'attachments:\n- name: a\n  object: /x.o\n  devices:\n    []'
beyond "after nobody" "6: 'after' names 'b', and no attachment" < <(attachment '  after: b')
beyond "after itself" "2: 'before' and 'after' of 'a' and others go round in a circle" < <(attachment '  after: a')
beyond "the same name" "6: the name 'a' is taken already, at f.yaml:2" < <(attachment; attachment | tail -n +2)
mkdir d
attachment >d/1.yaml
attachment >d/2.yml
attachment '  nonsense: x' >d/3.txt
expect "the same name in a folder" 1 "^tcxctl: d/2.yml:2: the name 'a' is taken already, at d/1.yaml:2" apply d
mkdir empty
echo "attachments: []" >empty/none.txt
expect "a folder without such files" 1 "no file in empty ends in .yaml or .yml; a file with 'attachments: \[\]' declares" apply empty
expect "nor for diff" 2 "no file in empty ends in .yaml or .yml" diff empty
expect_json "as JSON" 1 "v['error'].startswith('f.yaml:6: the name') and v['errno'] == 'EEXIST'" --json apply f.yaml
right "nothing" <<<'attachments: []'
right "a pinned program, lists" <<<$'attachments:\n- name: a-1_B\n  pinned: /p\n  devices: [none0, "none*"]\n  directions: [ingress, egress, primary, peer]'
right "order, and a program" <<<$'attachments:\n- {name: a, object: /x.o, program: p, devices: none0, directions: ingress, before: [b], place: first}\n- {name: b, object: /x.o, section: tc, devices: none0, directions: ingress, after: a, place: last}'
sed -n 's/^    //; /^# .*edge.yaml$/,/^$/p' "$here/docs/apply.md" >f.yaml
grep -q '^  - name: count' f.yaml && schema f.yaml 2>err
result $? "the document's example, by the schema"
expect "legacy" 1 'owned by BPF links, which classic tc does not have' --backend=legacy apply d

# ready: --follow tells systemd after the first look, and SIGTERM ends it with status 0.
ready() {
	python3 - "$O/tcxctl" <<-'EOF'
		import os, signal, socket, subprocess, sys
		s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
		s.bind("notify")
		s.settimeout(20)
		env = dict(os.environ, NOTIFY_SOCKET=os.path.realpath("notify"))
		p = subprocess.Popen([sys.argv[1], "apply", "--follow", "none.yaml"], env=env, stdout=open("out", "w"), stderr=open("err", "w"))
		try:
		    said = s.recv(100)
		finally:
		    p.send_signal(signal.SIGTERM)
		    status = p.wait(20)
		assert said == b"READY=1" and status == 0, (said, status)
	EOF
}

echo "attachments: []" >none.yaml
ready 2>problem
result $? "systemd is told, and it ends"

finish
