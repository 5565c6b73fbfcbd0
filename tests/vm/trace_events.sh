#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# needs: ip tcxctl bpftool modprobe rmmod
#
# The module's tracepoints, by way of tracefs: the verdict on each packet, with one program and with several, at each kind of attach
# point, and each kind of change with who made it; and that nothing stays switched on. It ends with status 0 only if nothing failed.

here=$(dirname "$0")
# shellcheck source=tests/lib/tap.sh
. "$here/tap.sh"
# shellcheck source=tests/vm/tool.sh
. "$here/tool.sh"
# shellcheck source=tests/vm/hook.sh
. "$here/hook.sh"
bpf=/sys/fs/bpf/trace-$$
tracing=/sys/kernel/tracing
events=$tracing/events/tcx_backport

cleanup() {
	echo 0 >$events/enable
	for device in a d p; do
		ip link del dev "$device" 2>/dev/null
	done
	rm -rf "$tmp" "$bpf"
	rmmod netkit_backport
	hook_restore
}
trap cleanup EXIT
trap 'exit 1' HUP INT TERM

id_of() { bpftool prog show pinned "$bpf/$1" | sed -n 's/^\([0-9]*\):.*/\1/p'; }
index_of() { ip -o link show dev "$1" | sed 's/:.*//'; }
netns=$(stat -L -c %i /proc/self/ns/net)

# sends DEV SIZE: a packet of so many bytes, with the Ethernet header, goes out of DEV. Nobody answers.
sends() {
	ping -c 1 -W 1 -s $(($2 - 42)) -I "$1" "$(neighbour "$1")" >/dev/null
	true
}
neighbour() {
	case $1 in
	a) echo 192.0.2.2 ;;
	p) echo 198.51.100.2 ;;
	nk0) echo 203.0.113.2 ;;
	esac
}
# prepares DEV NET: packets to the neighbour go out of DEV at once.
prepares() {
	ip addr add "$2.1/24" dev "$1" && ip link set dev "$1" up &&
		ip neigh add "$2.2" lladdr 02:00:00:00:00:02 dev "$1" nud permanent
}

attaches() {
	device=$1 direction=$2
	shift 2
	for name; do
		tcxctl attach "$device" "$direction" pinned "$bpf/$name" || return 1
	done
}
detaches() {
	while tcxctl detach "$1" "$2" last >/dev/null 2>&1; do :; done
}

# tells TYPE DEV FROM SIZE PROGRAM VERDICT [REDIRECT]: a packet of that size that FROM sends has one verdict at DEV, by PROGRAM.
tells() {
	echo >$tracing/trace
	sends "$3" "$4" &
	within 30 grep -q "tcx_verdict: .* len=$4 " $tracing/trace
	kill $! 2>/dev/null
	wait
	grep tcx_verdict: $tracing/trace
	want="netns=$netns device=$2 ifindex=$(index_of "$2") attach_type=$1 prog_id=$(id_of "$5") verdict=$6 redirect=${7:-0} len=$4 protocol=0x0800 "
	echo "want: $want"
	# What is redirected to where it was comes by again.
	[ "$6" = 7 ] || [ "$(grep -c "tcx_verdict: .* len=$4 " $tracing/trace)" = 1 ] || return 1
	grep -qE "tcx_verdict: $want.* vlan_proto=0x0000 vlan_tci=0x0000$" $tracing/trace
}

# A device that takes the tag off: it is told beside the packet's bytes.
vlan_tells() {
	ip link add link a name a.5 type vlan id 5 && prepares a.5 192.0.3 || return 1
	echo >$tracing/trace
	ping -c 1 -W 1 -s 35 -I a.5 192.0.3.2 >/dev/null
	grep tcx_verdict: $tracing/trace
	ip link del dev a.5
	grep -q "tcx_verdict: .* len=77 protocol=0x0800 .* vlan_proto=0x8100 vlan_tci=0x0005$" $tracing/trace
}

# each TYPE DEV DIRECTION FROM: verdicts of each kind
each() {
	type=$1 device=$2 direction=$3 from=$4
	for case in always_next:-1 always_pass:0 pass_or_drop:2 reclassify:1; do
		ok "$device $direction: ${case%:*}" attaches "$device" "$direction" "${case%:*}"
		ok "is told" tells "$type" "$device" "$from" 77 "${case%:*}" "${case#*:}"
		detaches "$device" "$direction"
	done
	ok "$device $direction: redirect" attaches "$device" "$direction" always_redirect
	# To the device that the program sees as the packet's.
	seen=$device
	case $direction in
	primary) seen=nk0 ;;
	esac
	ok "and where to" tells "$type" "$device" "$from" 77 always_redirect 7 "$(index_of $seen)"
	detaches "$device" "$direction"
	ok "$device $direction: several" attaches "$device" "$direction" always_next next_or_drop always_pass
	ok "the second drops" tells "$type" "$device" "$from" 77 next_or_drop 2
	ok "the last passes" tells "$type" "$device" "$from" 90 always_pass 0
	detaches "$device" "$direction"
	attaches "$device" "$direction" always_next next_or_drop
	ok "$device $direction: all let it through" tells "$type" "$device" "$from" 90 next_or_drop -1
	detaches "$device" "$direction"
}

# changed WHAT REGEX COMMAND...: the command makes this change.
changed() {
	what=$1 regex=$2
	shift 2
	echo >$tracing/trace
	"$@" || return 1
	within 50 grep -qE "tcx_change: $what netns=$netns .*$regex" $tracing/trace && return
	echo "wanted: $what $regex"
	grep tcx_change: $tracing/trace
	return 1
}

runs() { bpftool prog show pinned "$bpf/always_next" | sed -n 's/.* run_cnt \([0-9]*\).*/\1/p'; }
# What somebody attaches by a link lives as long as he does.
holds() {
	tcxctl attach d ingress pinned "$bpf/always_next" --link >/dev/null &
	within 50 grep -q "tcx_change: attach .*link_id=[1-9]" $tracing/trace
	kill -KILL $!
	wait
	true
}

echo "TAP version 13"
{
	ip link add name a type veth peer name b && prepares a 192.0.2 && ip link set dev b up &&
		ip link add name d type dummy && mkdir "$bpf" &&
		bpftool prog loadall "$here/progs/verdicts.bpf.o" "$bpf" type classifier &&
		modprobe netkit_backport need_bpf_syscall=0 && ip link add name p type netkit && prepares p 198.51.100 && prepares nk0 203.0.113
} >"$tmp/setup" 2>&1 || {
	sed 's/^/# /' "$tmp/setup"
	echo "Bail out! no devices, no bpffs, or no programs"
	exit 1
}
for directory in /proc/sys/net/ipv6/conf/*; do
	echo 1 >"$directory/disable_ipv6"
done

# Verdicts
ok "verdicts on" eval "echo 1 >$events/tcx_verdict/enable"
each 47 a egress a
each 46 b ingress a
ok "a program for a VLAN" attaches a egress always_next
ok "its tag is told" vlan_tells
detaches a egress
each 54 p primary p
each 55 p peer nk0
ok "a program" attaches a egress always_next
ok "a packet" sends a 77
before=$(runs)
ok "its runs are counted meanwhile" [ "${before:-0}" -gt 0 ]
ok "verdicts off" eval "echo 0 >$events/tcx_verdict/enable"
echo >$tracing/trace
ok "a packet" sends a 77
ok "nothing is told any more" not grep -q tcx_verdict: $tracing/trace
ok "nor counted" [ "$(runs)" = "$before" ]
detaches a egress

# Changes
ok "changes on" eval "echo 1 >$events/tcx_change/enable"
first=$(id_of always_next) second=$(id_of always_pass)
who="tgid=[0-9]+ uid=0 comm=tcxctl$"
place="device=d ifindex=$(index_of d) attach_type=46"
ok "attach" changed attach "$place prog_id=$first old_prog_id=0 link_id=0 revision=2 progs=\{0x$(printf %x "$first")\} $who" attaches d ingress always_next
ok "one more" changed attach "$place prog_id=$second .* revision=3 progs=\{0x$(printf %x "$first"),0x$(printf %x "$second")\} " attaches d ingress always_pass
ok "replace" changed replace "$place prog_id=$(id_of by_map) old_prog_id=$second link_id=0 revision=4 .*$who" \
	tcxctl attach d ingress pinned "$bpf/by_map" "--replace=id:$second"
ok "detach" changed detach "$place prog_id=$(id_of by_map) old_prog_id=0 link_id=0 revision=5 progs=\{0x$(printf %x "$first")\} $who" tcxctl detach d ingress last
ok "detach the last" changed detach "$place prog_id=$first .* revision=1 progs=\{\} $who" tcxctl detach d ingress last
ok "a link" changed attach "$place prog_id=$first old_prog_id=0 link_id=[1-9][0-9]* revision=2 .*$who" \
	tcxctl attach d ingress pinned "$bpf/always_next" --link --pin="$bpf/link"
ok "gets another program" changed replace "$place prog_id=$second old_prog_id=$first link_id=[1-9][0-9]* revision=3 .*$who" \
	tcxctl update pinned "$bpf/link" pinned "$bpf/always_pass"
ok "goes" changed release "$place prog_id=$second old_prog_id=0 link_id=[1-9][0-9]* revision=1 progs=\{\} " rm "$bpf/link"
ok "goes with its owner" changed release "$place prog_id=$first .* comm=tcxctl$" holds
ok "netkit" changed attach "device=p ifindex=$(index_of p) attach_type=55 .*$who" attaches p peer always_next
ok "a link to lose its device" tcxctl attach d egress pinned "$bpf/always_next" --link --pin="$bpf/link"
ok "gone with its device" changed gone "device=d ifindex=$(index_of d) attach_type=47 prog_id=$first old_prog_id=0 link_id=[1-9][0-9]* revision=0 progs=\{\} .* comm=ip$" \
	ip link del dev d
netns=0
ok "and it goes without one" changed release "device= ifindex=0 attach_type=47 prog_id=$first .* link_id=[1-9]" rm "$bpf/link"
ok "netkit's device" eval "netns=[0-9]+; changed gone 'attach_type=55 prog_id=$first .* comm=ip$' ip link del dev p"
ok "changes off" eval "echo 0 >$events/tcx_change/enable"
echo >$tracing/trace
ok "a program" attaches a egress always_next
ok "nothing is told any more" not grep -q tcx_change: $tracing/trace
detaches a egress

# The module goes while they are on.
rmmod netkit_backport
ok "both on" eval "echo 1 >$events/enable"
ok "unload" within 100 rmmod tcx_backport
# shellcheck disable=SC2086 # one word per parameter
ok "load" modprobe tcx_backport $TCX_MODULE_ARGS
modprobe netkit_backport need_bpf_syscall=0
ok "a program" attaches a egress always_next
before=$(runs)
ok "a packet" sends a 77
ok "its runs are not counted" [ "$(runs)" = "$before" ]
detaches a egress

echo "1..$n"
echo "# $((n - failed)) passed, $failed failed"
[ "$failed" -eq 0 ]
