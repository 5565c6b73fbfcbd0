#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Real attachments by links.

set -u
# shellcheck source=tests/tool/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/tool/live.sh
. "$here/tests/tool/live.sh"

links() {
	local holder id name=$1 prog was

	if [ ! -d "$tmp/bpf" ] || ! mountpoint -q "$tmp/bpf"; then
		skip "$name: links" "no bpffs"
		return
	fi
	./interop "$tmp/bpf/interop" > interop.out 2> err
	result $? "$name: libbpf and libtcx on one link"
	while read -r answer what; do
		[ "$answer" = yes ]
		result $? "$name: libbpf and libtcx: $what"
	done < interop.out

	expect_json "$name: link, pinned" 0 "(v.keys() == {'device', 'ifindex', 'direction', 'program', 'revision', 'link'} and
		[v['device'], v['ifindex'], v['direction']] == ['lo', 1, 'ingress'] and v['revision'] > 1 and
		v['link'] == {'id': v['link']['id'], 'pinned': ['bpf/link']} and v['program']['name'] == 'one')" \
		attach lo ingress obj prog.o program one --link --pin bpf/link
	expect "$name: the pin is taken" 1 "bpf/link is there already" \
		attach lo ingress obj prog.o program two --link --pin bpf/link
	expect "$name: pin outside bpffs" 1 "cannot be pinned in \., which is not in bpffs" \
		attach lo ingress obj prog.o program two --link --pin link
	expect "$name: no folder for the pin" 1 "make the folder first" \
		attach lo ingress obj prog.o program two --link --pin bpf/none/link
	expect "$name: a pin with a dot" 1 "bpf/v1.2 cannot be a pin: bpffs allows no dot in a name" \
		attach lo ingress obj prog.o program two --link --pin bpf/v1.2
	expect "$name: a folder with a dot" 1 "bpffs allows no dot in a name" \
		attach lo ingress obj prog.o program two --link --pin bpf/v1.2/link
	expect "$name: show says where it is pinned" 0 "^ +pinned $tmp/bpf/link$" show lo
	run --json show lo
	read -r id prog < <(python3 -c '
import json; p = json.load(open("out"))[0]["programs"][0]; print(p["link"]["id"], p["id"])')
	expect "$name: others cannot detach it" 1 "owned by link id $id, .*'tcxctl detach link $id'" \
		detach lo ingress id "$prog"
	expect "$name: nor replace it" 1 "owned by link id $id, .*'tcxctl update link $id'" \
		attach lo ingress obj prog.o program two --replace=id:"$prog"
	expect "$name: a link as the relative" 0 "two" \
		attach lo ingress obj prog.o program two --before=link:"$id"
	expect "$name: a pinned link as the relative" 0 "three" \
		attach lo ingress obj prog.o program three --before=pinned:bpf/link
	expect_json "$name: order" 0 "[p['name'] for p in v[0]['programs']] == ['two', 'three', 'one']" show lo
	expect "$name: update by pin" 0 "link id $id has program id [0-9]+ four now, in the place of id $prog" \
		update pinned bpf/link obj prog.o program four
	run --json show lo
	prog=$(python3 -c 'import json; print(json.load(open("out"))[0]["programs"][2]["id"])')
	expect "$name: update by id, the old program right" 0 "one now, in the place of id $prog" \
		update link "$id" obj prog.o program one --old=id:"$prog"
	run --json show lo
	prog=$(python3 -c 'import json; print(json.load(open("out"))[0]["programs"][0]["id"])')
	expect_json "$name: update, the old program wrong" 1 \
		"v['errno'] == 'EPERM' and 'id $prog, is not the present one' in v['error']" \
		update link "$id" obj prog.o program four --old=id:"$prog"
	expect "$name: update to what is there" 1 "id $prog is attached already where the link is, at place 1" \
		update link "$id" id "$prog"
	expect "$name: update, old without sense" 2 "--old takes id:N or pinned:PATH" \
		update link "$id" id "$prog" --old=first
	run --json show lo
	was=$(python3 -c 'import json; print(json.load(open("out"))[0]["programs"][2]["id"])')
	expect_json "$name: update as JSON" 0 "(v.keys() == {'link', 'program', 'replaced'} and v['link'] == {'id': $id} and
		v['replaced'] == {'id': $was} and v['program']['name'] == 'four' and v['program']['id'] != $was)" \
		update link "$id" obj prog.o program four
	expect "$name: no such link" 1 "no link with id 4294967295" update link 4294967295 id 1
	if [ -e bpf/three ]; then
		expect "$name: a program's pin is no link" 1 "name these too" detach pinned bpf/three
		expect "$name: a map's pin is no link" 1 "is a BPF map" update pinned bpf/map id 1
	fi
	expect "$name: attached elsewhere" 1 "is not attached to lo egress" detach lo egress pinned bpf/link
	expect "$name: detach by the pin" 0 "of link id $id; the link remains, defunct, until it is unpinned" \
		detach lo ingress pinned bpf/link
	expect "$name: update of a defunct link" 1 "it is defunct: its device is gone, or it was detached" \
		update link "$id" obj prog.o program one
	expect_json "$name: show has it still" 0 \
		"any(p['link']['id'] == $id for e in v if not e['device'] for p in e['programs'])" show
	expect "$name: detach again" 0 "link id $id was defunct already" detach link "$id"
	rm bpf/link
	if [ -z "${RUNNER-}" ]; then
		without 0 attach lo ingress obj prog.o program four --link --pin bpf/low
		[ $? = 0 ] && [ -e bpf/low ] && without 0 detach pinned bpf/low
		result $? "$name: pinned without stdin"
		rm -f bpf/low
	fi
	expect "$name: unpinned it is gone" 1 "no link with id $id" detach link "$id"

	# What the last one said is not to be taken for it.
	: > hold
	# The name is the script's own, so that it is the tool that is killed.
	LIBTCX_BACKEND=${LIBTCX_BACKEND-} "$O/tcxctl" attach lo ingress obj prog.o program one --link > hold &
	holder=$!
	for ((i = 0; i < 600; i++)); do
		grep -q held hold && break
		sleep 0.05
	done
	grep -q "held until SIGINT or SIGTERM$" hold
	result $? "$name: a link in the foreground"
	expect "$name: show says who holds it" 0 "^ +held by $holder \(tcxctl\)$" show lo
	expect_json "$name: and as JSON" 0 \
		"v[0]['programs'][2]['link']['held_by'] == [{'pid': $holder, 'command': 'tcxctl'}]" show lo
	run --json show lo
	id=$(python3 -c 'import json; print(json.load(open("out"))[0]["programs"][2]["link"]["id"])')
	expect "$name: detach by id" 0 "until it is let go of:" detach link "$id"
	kill -TERM $holder
	wait $holder
	result $? "$name: the holder ends with status 0"
	if [ -z "${RUNNER-}" ] && [ "$name" = native ]; then
		expect "$name: timeout" 0 "held for 1 s, or until SIGINT or SIGTERM" \
			attach lo ingress obj prog.o program one --link --timeout 1
		expect_json "$name: timeout as JSON" 0 "(v['link'].keys() == {'id', 'held_by'} and
			[(h.keys(), h['command']) for h in v['link']['held_by']] == [({'pid', 'command'}, 'tcxctl')])" \
			attach lo ingress obj prog.o program one --link --timeout 1
	fi
	run detach lo ingress last
	run detach lo ingress last
	expect_json "$name: no link is left" 0 "not v[0]['programs']" show lo
}

if can_attach; then
	have_module
	mount_bpffs
	compile interop
	result $? "interop: links"
	both_ways links
	if [ "$fake" ]; then
		FAKE_NO_LINKS=95 with_module expect_json "no links: attach" 1 \
			"v['errno'] == 'EOPNOTSUPP' and 'without a link works' in v['error']" \
			attach lo ingress obj prog.o program one --link
		FAKE_NO_LINKS=25 with_module expect_json "links unknown: attach" 1 \
			"v['errno'] == 'ENOTTY' and 'from before links' in v['error']" \
			attach lo ingress obj prog.o program one --link
	fi
fi

finish
