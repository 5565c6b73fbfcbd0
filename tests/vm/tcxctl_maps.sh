#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# about the tool
# needs: ip tcxctl
#
# Programs whose maps the kernel empties when nobody in user space holds them: a filter that reaches its second half by a
# tail call, and filters that go by a timer. Each drops what it sees, and lets everything pass when its map was emptied;
# so whether packets pass tells whether the map is alive. Runs unchanged with the module and on a kernel with native tcx.
# It ends with status 0 only if nothing failed.

here=$(dirname "$0")
# shellcheck source=tests/lib/tap.sh
. "$here/tap.sh"
# shellcheck source=tests/vm/tool.sh
. "$here/tool.sh"
side=egress
tail=$here/progs/maps_tail.bpf.o
timer=$here/progs/maps_timer.bpf.o
by_name=$here/progs/maps_by_name.bpf.o
bpf=/sys/fs/bpf/maps-$$
holder=

cleanup() {
	[ -z "$holder" ] || kill -KILL "$holder" 2>/dev/null
	rm -rf "$tmp" "$bpf" /sys/fs/bpf/tcx_maps_jumps
	echo 0 >/proc/sys/kernel/bpf_stats_enabled
}
trap cleanup EXIT
trap 'exit 1' HUP INT TERM

attach() { says 0 'attached program' attach d egress obj "$@"; }

# What a refusal of an attachment without a link has to say: the map, why, and what to do.
advice='map jumps \(prog_array\).*once no process holds them .*--pin-maps DIR.*--link'

runs() { tcxctl --json show d | sed -n 's/.*"run_cnt":\([0-9]*\).*/\1/p'; }
left_device() { cat /sys/class/net/d/statistics/tx_packets; }

# send N: that many packets leave by d, unless they are dropped, some time apart.
send() { ping -q -c "$1" -i 0.1 -W 1 10.88.0.2 >/dev/null 2>&1; }

# passes SENT PASSED: of SENT packets that the attached program sees PASSED leave.
passes() {
	run=$(runs) out=$(left_device)
	send "$1"
	run=$(($(runs) - ${run:-0})) out=$(($(left_device) - out))
	echo "of $1 packets the program saw $run, and $out passed"
	[ "$run" -eq "$1" ] && [ "$out" -eq "$2" ]
}

# The filter works. One that goes by a timer arms it with the first packet, which passes.
drops() { passes 4 0; }
drops_after_first() {
	send 1
	drops
}

# pinned FOLDER NAME...: these are pinned there, and nothing else is. (What tcxctl marks a folder with leads nowhere.)
pinned() {
	folder=$1
	shift
	have=
	for pin in "$folder"/*; do
		[ ! -e "$pin" ] || have="$have${pin##*/} "
	done
	echo "$folder: $have"
	[ "$have" = "${*:+$* }" ]
}

empty() {
	have=$(ls "$bpf")
	echo "left: $have"
	[ -z "$have" ]
}

prog() { tcxctl show "$1" | sed -n 's/^ *[0-9]*  id \([0-9]*\) .*/\1/p'; }
link() { tcxctl show d | sed -n 's/^ *[0-9]*  id .* link \([0-9][0-9]*\).*/\1/p'; }

# hold ARGUMENT...: what a process in the background attaches by a link and holds.
hold() {
	: >"$tmp/held"
	tcxctl attach d egress obj "$@" --link >"$tmp/held" 2>&1 &
	holder=$!
	left=200
	until grep -q held "$tmp/held"; do
		left=$((left - 1))
		[ "$left" -gt 0 ] || break
		sleep 0.1
	done
	cat "$tmp/held"
	grep -q 'attached program id .* link id [0-9]* held ' "$tmp/held"
}

let_go() {
	kill -TERM "$holder"
	wait "$holder"
	status=$?
	holder=
	[ "$status" -eq 0 ]
}

# A filter by a link that is pinned: what it needs is pinned beside it, is exchanged with it, and goes with it.
# pinned_link DROPS OBJECT PROGRAM MAP...
pinned_link() {
	check=$1 object=$2 name=$3
	shift 3
	ok "$name: --link --pin" says 0 "link id [0-9]+ pinned $bpf/f, maps pinned in $bpf/f_maps: .*$1" \
		attach d egress obj "$object" program "$name" --link "--pin=$bpf/f"
	ok "$name: it has its maps when tcxctl is gone" "$check"
	ok "$name: they are pinned beside the link" pinned "$bpf/f_maps" "$@"
	ok "$name: detach takes them along" says 0 'detached program' detach pinned "$bpf/f"
	ok "$name: only the defunct link is left" pinned "$bpf" f
	rm -f "$bpf/f"
	ok "$name: held" hold "$object" program "$name"
	ok "$name: it has its maps" "$check"
	ok "$name: let go" let_go
	ok "$name: it is detached" becomes
}

with_timers=yes cases=110
# The verifier of 6.1 takes none with PREEMPT_RT.
if ! grep -qw bpf_timer_init /proc/kallsyms || grep -q PREEMPT_RT /proc/version; then
	with_timers='' cases=76
fi

echo "TAP version 13"
echo "1..$cases"
{
	ip link add name d type dummy && echo 1 >/proc/sys/net/ipv6/conf/d/disable_ipv6 && ip link set dev d up &&
		ip link add name e type dummy && ip addr add 10.88.0.1/24 dev d && ip neigh add 10.88.0.2 lladdr 02:00:00:00:00:02 dev d nud permanent &&
		echo 1 >/proc/sys/kernel/bpf_stats_enabled && mkdir "$bpf"
} || {
	echo "Bail out! no device, or no bpffs"
	exit 1
}

# Without a link
ok "a filter with a work queue is refused" says 1 'map works \(bpf_wq\).*--pin-maps DIR' \
	attach d egress obj "$tail" program worker
ok "a filter with a tail call is refused" says 1 "cannot attach to d egress: .*$advice" \
	attach d egress obj "$tail" program caller
ok "and in JSON" says 1 '^[{]"error":"cannot attach to d egress: .*--pin-maps DIR.*"[}]$' \
	--json attach d egress obj "$tail" program caller
ok "nothing is attached" shows
ok "a program that needs no map is not" attach "$tail" program plain
ok "it drops" drops
ok "in its place the filter is refused as well" says 1 "$advice" \
	attach d egress obj "$tail" program caller --replace=last
ok "nothing has changed" shows plain
ok "--pin-maps, in its place" says 0 "attached program id .*, maps pinned in $bpf/m: jumps\$" \
	attach d egress obj "$tail" program caller --replace=last "--pin-maps=$bpf/m"
ok "the filter works" drops
ok "what it needs is pinned, and nothing else" pinned "$bpf/m" jumps
ok "a pin that is there already is not touched" says 1 "$bpf/m/jumps is there already" \
	attach d egress obj "$tail" program caller_two --before "--pin-maps=$bpf/m"
ok "nothing has changed" shows caller
ok "nor in the map" drops
ok "another program, more of it in JSON" says 0 "\"pinned_maps\":\\[\"$bpf/n/others\"\\]" \
	--json attach d egress obj "$tail" program unrelated --before "--pin-maps=$bpf/n/"
ok "detach it" says 0 'detached' detach d egress first
ok "detach the other" says 0 'detached' detach d egress first
ok "whose pins were asked for keeps them" pinned "$bpf" m n
rm -rf "$bpf/m" "$bpf/n"
ok "a folder outside bpffs" says 1 'not in bpffs' attach d egress obj "$tail" program caller "--pin-maps=$tmp/m"
ok "is not made" not test -e "$tmp/m"
ok "a folder in no folder" says 1 'make .* first' attach d egress obj "$tail" program caller "--pin-maps=$bpf/x/y"
ok "an attachment that fails" says 1 'its revision is' \
	attach d egress obj "$tail" program caller "--pin-maps=$bpf/m" --expected-revision 999
ok "leaves no pin" empty
ok "--pin-maps with a program that is loaded already" says 2 'program from an object file' \
	attach d egress id 1 "--pin-maps=$bpf/m"
ok "--pin-maps where nothing needs it" attach "$tail" program plain "--pin-maps=$bpf/m"
ok "pins nothing" empty
ok "detach it" says 0 'detached' detach d egress first
ok "a map that libbpf pins needs no more" attach "$by_name" program caller
ok "the filter works" drops
ok "detach it" says 0 'detached' detach d egress first
rm -f /sys/fs/bpf/tcx_maps_jumps

# By links
pinned_link drops "$tail" caller jumps
ok "an attachment that fails" says 1 'its revision is' \
	attach d egress obj "$tail" program caller --link "--pin=$bpf/f" --expected-revision 999
ok "leaves no pin" empty
mkdir "$bpf/f_maps"
ok "somebody else's folder" says 1 "$bpf/f_maps is there already" \
	attach d egress obj "$tail" program caller --link "--pin=$bpf/f"
ok "is left alone, and nothing attached" pinned "$bpf" f_maps
rmdir "$bpf/f_maps"
ok "pin it" says 0 'pinned' attach d egress obj "$tail" program caller --link "--pin=$bpf/f"
rm -f "$bpf/f"
ok "whose link was removed by hand" becomes
ok "is no obstacle to the next" says 0 "maps pinned in $bpf/f_maps: jumps\$" \
	attach d egress obj "$tail" program caller --link "--pin=$bpf/f"
ok "it works" drops
ok "another program elsewhere" says 0 'attached program' attach e egress obj "$tail" program plain
ok "update" says 0 "caller_two now, .*, maps pinned in $bpf/f_maps: jumps\$" \
	update pinned "$bpf/f" obj "$tail" program caller_two
ok "the new one works" drops
ok "it has its maps, and no others" pinned "$bpf/f_maps" jumps
ok "an update that fails" says 1 'is not the present one' \
	update pinned "$bpf/f" obj "$tail" program unrelated "--old=id:$(prog e)"
ok "takes nothing away" drops
ok "and adds nothing" pinned "$bpf/f_maps" jumps
ok "update by the link's id, to other maps" says 0 "maps pinned in $bpf/f_maps: others\$" \
	update link "$(link)" obj "$tail" program unrelated
ok "it works" drops
ok "the old maps are gone" pinned "$bpf/f_maps" others
ok "update to one that needs none" says 0 'plain now' update pinned "$bpf/f" obj "$tail" program plain
ok "no map is left" pinned "$bpf" f
ok "and back" says 0 "\"pinned_maps\":\\[\"$bpf/f_maps/jumps\"\\]" --json update pinned "$bpf/f" obj "$tail" program caller
ok "update with --pin-maps" says 0 "maps pinned in $bpf/m: jumps\$" \
	update pinned "$bpf/f" obj "$tail" program caller_two "--pin-maps=$bpf/m"
ok "it works" drops
ok "what was pinned beside the link is gone" pinned "$bpf" f m
ok "detach it" says 0 'detached' detach pinned "$bpf/f"
rm -rf "$bpf/f" "$bpf/m"

# A link that others hold
ok "hold a plain one" hold "$tail" program plain
ok "nobody would keep the maps of its update" says 1 "cannot update link id $(link): .*not pinned.*--pin-maps DIR" \
	update link "$(link)" obj "$tail" program caller
ok "nothing has changed" shows plain
ok "update with --pin-maps" says 0 'caller now' update link "$(link)" obj "$tail" program caller "--pin-maps=$bpf/m"
ok "it works" drops
ok "let go" let_go
ok "it is detached" becomes
rm -rf "$bpf/m"

if [ "$with_timers" ]; then
	advice='map beats \(bpf_timer\).*--pin-maps DIR.*--link'
	ok "a filter with a timer is refused" says 1 "$advice" attach d egress obj "$timer" program timed
	ok "--pin-maps" attach "$timer" program timed "--pin-maps=$bpf/m"
	ok "its timer is armed" drops_after_first
	ok "what it needs is pinned, and nothing else" pinned "$bpf/m" beats
	ok "detach it" says 0 'detached' detach d egress first
	rm -rf "$bpf/m"
	pinned_link drops_after_first "$timer" timed beats
	pinned_link drops_after_first "$timer" timed_inner inner_one
	pinned_link drops_after_first "$timer" timed_behind behind_beats ways
	ok "pin one" says 0 'pinned' attach d egress obj "$timer" program timed --link "--pin=$bpf/f"
	ok "update with another timer" says 0 'timed_behind now' update pinned "$bpf/f" obj "$timer" program timed_behind
	ok "its timer is armed" drops_after_first
fi

# A device that goes
[ "$with_timers" ] || ok "pin one" says 0 'pinned' attach d egress obj "$tail" program caller --link "--pin=$bpf/f"
ok "the device goes" ip link del dev d
ok "detach what is left" says 0 'was defunct already' detach pinned "$bpf/f"
ok "no map is left" pinned "$bpf" f
rm -f "$bpf/f"
ok "nothing is left" empty

rm -rf "$bpf"
echo "$((n - failed)) passed, $failed failed"
[ "$failed" -eq 0 ]
