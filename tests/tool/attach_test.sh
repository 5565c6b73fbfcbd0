#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Real attachments, in an order.

set -u
# shellcheck source=tests/tool/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/tool/live.sh
. "$here/tests/tool/live.sh"

# nameless FROM TO: the same object, but one program of it has the empty name.
nameless() {
	local table symbol
	table=$(readelf -SW "$1" | sed -n 's/.* \.symtab  *SYMTAB  *[0-9a-f]*  *\([0-9a-f]*\) .*/\1/p')
	symbol=$(readelf -sW "$1" | awk '$4 == "FUNC" { print $1 + 0; exit }')
	cp "$1" "$2" && printf '\0\0\0\0' | dd of="$2" bs=1 seek=$((0x$table + 24 * symbol)) conv=notrunc status=none
}

live() {
	local id egress name=$1
	shift

	expect "$name: show nothing" 0 "^lo ingress revision 1 .*nothing attached" show lo
	expect "$name: several programs" 1 "several programs: one .*two .*'program NAME'" \
		attach lo ingress obj prog.o
	expect "$name: attach tcx/ingress" 0 "^lo ingress: attached program id [0-9]+ one, revision 2" \
		attach lo ingress obj prog.o section tcx/ingress
	expect "$name: attach before all" 0 "two" attach lo ingress obj prog.o program two --before
	expect "$name: attach after the first" 0 "three" \
		attach lo ingress obj prog.o program three --after=first
	expect_json "$name: order" 0 \
		"[p['name'] for p in v[0]['programs']] == ['two', 'three', 'one'] and v[0]['revision'] == 4" show lo
	id=$(python3 -c 'import json; print(json.load(open("out"))[0]["programs"][1]["id"])')
	expect "$name: replace by id" 0 "four, revision 5" \
		attach lo ingress obj prog.o program four --replace=id:"$id"
	expect_json "$name: replaced in place" 0 \
		"[p['name'] for p in v[0]['programs']] == ['two', 'four', 'one']" show lo
	expect "$name: the replaced program is gone" 1 "no program with id $id" \
		attach lo ingress id "$id"
	run --json show lo
	id=$(python3 -c 'import json; print(json.load(open("out"))[0]["programs"][0]["id"])')
	expect "$name: attached already" 1 "id $id is attached there already, at place 1" \
		attach lo ingress id "$id"
	expect "$name: by id in the other direction" 0 "^lo egress: attached program id $id" \
		attach lo egress id "$id"
	expect_json "$name: revision moved on" 1 \
		"v['errno'] == 'ESTALE' and 'its revision is 2, not 9' in v['error']" \
		detach lo egress id "$id" --expected-revision=9
	expect "$name: relative not attached" 1 "which the place was to be relative to" \
		attach lo egress obj prog.o program one --before=id:999999
	egress=$id
	run --json show lo
	id=$(python3 -c 'import json; print(json.load(open("out"))[0]["programs"][2]["id"])')
	expect "$name: relative attached elsewhere" 1 "id $id, which the place .* not attached there" \
		attach lo egress obj prog.o program one --before=id:"$id"
	expect "$name: replace what is elsewhere" 1 "id $id, which is to be replaced, is not attached" \
		attach lo egress obj prog.o program one --replace=id:"$id"
	expect "$name: ordering impossible" 1 "no place satisfies" \
		attach lo ingress obj prog.o program three --before --after
	expect "$name: detach by id" 0 "detached program id $egress" detach lo egress id "$egress"
	expect "$name: detach again" 1 "nothing is attached there" detach lo egress id "$egress"
	expect "$name: no first program" 1 "there is no last program" \
		attach lo egress obj prog.o program one --before=last
	expect "$name: a section that says nothing of a type" 0 "attached" \
		attach lo egress obj prog.o section somewhere
	run detach lo egress last
	expect "$name: wrong type" 1 "type xdp, and only sched_cls" \
		attach lo ingress obj prog.o program xdp_prog
	expect "$name: no such program" 1 "no program with this name, but one" \
		attach lo ingress obj prog.o program none
	nameless prog.o nameless.o
	expect "$name: no name, though a program has none" 1 "tcxctl: nameless.o contains no program with this name" \
		attach lo ingress obj nameless.o program ''
	expect "$name: no such device" 1 "no device none0 in this network namespace" show none0
	for section in tcx/egress tc/ingress tc/egress tc classifier classifier/x netkit/primary netkit/peer; do
		expect "$name: section $section" 0 "attached" \
			attach lo egress obj sections.o section $section
	done
	expect_json "$name: show all" 0 "[len(p['programs']) for p in v if p['device']] == [3, 8]" show
	for ((i = 0; i < 8; i++)); do
		run detach lo egress last || break
	done
	expect_json "$name: detached all" 0 "len([p for p in v if p['device']]) == 1" show

	if [ -e bpf/three ]; then
		expect "$name: pinned" 0 "three" attach lo egress pinned bpf/three
		expect "$name: relative pinned" 0 "one" \
			attach lo egress obj prog.o program one --before=pinned:bpf/three
		expect "$name: pinned map" 1 "is a BPF map or link and not a program" \
			attach lo egress pinned bpf/map
		expect "$name: replace pinned" 0 "two" \
			attach lo egress obj prog.o program two --replace=pinned:bpf/three
		run attach lo egress pinned bpf/three
		expect "$name: detach pinned" 0 "detached program" detach lo egress pinned bpf/three
		run detach lo egress first
		run detach lo egress first
	else
		skip "$name: pinned" "no bpffs, or no bpftool"
	fi

	for ((i = 0; i < 63; i++)); do
		run attach lo egress obj prog.o program one || break
	done
	expect "$name: full" 1 "63 programs are attached there.*detach one first" \
		attach lo egress obj prog.o program one
	expect_json "$name: show a full point" 0 "len(v[1]['programs']) == 63" show lo
	for ((i = 0; i < 63; i++)); do
		run detach lo egress first || break
	done
	for ((i = 0; i < 3; i++)); do
		run detach lo ingress first
	done
	expect_json "$name: nothing is left" 0 "not [p for p in v if p['device']]" show
}

if can_attach; then
	have_module
	mount_bpffs
	both_ways live
fi

finish
