#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Maps that a program needs, pinned for it.

set -u
# shellcheck source=tests/tool/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/tool/live.sh
. "$here/tests/tool/live.sh"

attached() { "$O/tcxctl" show lo | sed 's/ revision.*//; s/  tag.*//'; }

# each_fails NAME ARGUMENT...: the command, with its first step failing, then its second, and so on until none does. One
# that is refused has changed nothing, and one that is not has what it needs.
each_fails() {
	local name=$1 before after fired=0 wrong=0 k code
	shift
	for ((k = 1; k < 50; k++)); do
		before=$(find bpf | sort; attached)
		rm -f fired
		FAIL_AT=$k LD_PRELOAD=$tmp/fail.so run "$@"
		code=$?
		[ -e fired ] || break
		fired=$((fired + 1))
		after=$(find bpf | sort; attached)
		if [ $code != 0 ]; then
			[ "$before" = "$after" ]
		else
			# What could not be tidied up is by the next one.
			find bpf/f_maps -name jumps | grep -q . && run "$@" && [ -z "$(find bpf/f_maps -name 'new-*')" ]
		fi || {
			wrong=$((wrong + 1))
			printf 'step %d, status %d, left:\n%s\n' $k $code "$after" >> wrong
		}
	done
	[ $code = 0 ] && [ $fired -ge 2 ] && [ $wrong = 0 ]
	code=$?
	cat wrong >> err 2> /dev/null
	rm -f wrong
	result $code "$name: none of $fired failures leaves anything behind"
}

maps() {
	local name=$1

	if [ ! -d bpf ] || ! mountpoint -q bpf; then
		skip "$name: maps" "no bpffs"
		return
	fi
	expect "$name: maps: an attachment without a link" 1 "depends on its map jumps \(prog_array\).*--pin-maps DIR" \
		attach lo egress obj maps_tail.o program caller
	expect_json "$name: maps: pinned where one likes" 0 "v['pinned_maps'] == ['bpf/m/jumps']" \
		attach lo egress obj maps_tail.o program caller --pin-maps bpf/m
	run detach lo egress first
	rm -r bpf/m
	if [ "$name" = native ] && [ -z "${RUNNER-}" ]; then
		compile fail.so
		result $? "$name: maps: what fails compiles"
		each_fails "$name: maps: pinned where one likes" attach lo egress obj maps_tail.o program caller --pin-maps bpf/m
		run detach lo egress first
		rm -r bpf/m
		each_fails "$name: maps: link" attach lo egress obj maps_tail.o program caller --link --pin bpf/f
		each_fails "$name: maps: update" update pinned bpf/f obj maps_tail.o program caller_two
		expect "$name: maps: update to one that needs none" 0 "plain now" update pinned bpf/f obj maps_tail.o program plain
		[ ! -e bpf/f_maps ]
		result $? "$name: maps: it has none, from whichever failure"
		each_fails "$name: maps: update from none" update pinned bpf/f obj maps_tail.o program caller
		expect "$name: maps: detach" 0 "until it is unpinned" detach pinned bpf/f
		[ ! -e bpf/f_maps ]
		result $? "$name: maps: none is left"
		rm bpf/f
	fi
	expect_json "$name: maps: nothing is left" 0 "not [p for p in v if p['device'] and p['programs']]" show
}

if can_attach; then
	have_module
	mount_bpffs
	compile maps_tail.o
	result $? "maps: compiles"
	both_ways maps
fi

finish
