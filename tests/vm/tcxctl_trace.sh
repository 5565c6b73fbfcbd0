#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# needs: ip tc tcxctl bpftool tcpdump
# about the tool
#
# Which program gave a packet its verdict: with each hook, for one program and for several, on tcx and on netkit; what is
# filtered, counted, lost; and that nothing stays switched on. On a kernel with tcx of its own a program that was attached
# after tracing began is traced a moment later, so there packets are sent until one is.

here=$(dirname "$0")
# shellcheck source=tests/lib/tap.sh
. "$here/tap.sh"
# shellcheck source=tests/vm/tool.sh
. "$here/tool.sh"
# shellcheck source=tests/vm/hook.sh
. "$here/hook.sh"
# shellcheck source=tests/vm/watcher.sh
. "$here/watcher.sh"
object=$here/progs/traffic.bpf.o
blue=blue-$$

cleanup() {
	[ -z "$watcher" ] || kill -KILL "$watcher" 2>/dev/null
	ip netns del "$blue" 2>/dev/null
	ip link del dev d 2>/dev/null
	ip link del dev p 2>/dev/null
	rm -rf "$tmp"
	hook_restore
}
trap cleanup EXIT
trap 'exit 1' HUP INT TERM

# elsewhere: what is known of a place in another namespace
native='' elsewhere=-
if tcxctl version | grep -q '^backend *native'; then
	native=yes elsewhere=1/1
fi

ping_in() { ip netns exec "$blue" ping -c 1 -W 1 10.78.0.1 >/dev/null 2>&1; }
attached() { tcxctl attach d "$1" obj "$object" program "$2" >/dev/null; }
ping_netkit() { ip netns exec "$blue" ping -c 1 -W 1 10.79.0.1 >/dev/null 2>&1; }

# A line like this is there, if need be after one more packet of the same kind.
ping=ping_in
told_of() {
	[ -n "$native" ] || { told "$1" && return; }
	within 20 sent_and_told "$1" || { cat "$tmp/watched" "$tmp/watched.err" && false; }
}
sent_and_told() { grep -qE -e "$1" "$tmp/watched" || { "$ping" && sleep 0.2 && false; }; }

# How often a program has run since the kernel counts: it does only while somebody wants it to.
runs() { bpftool prog show name drop_icmp | sed -n 's/.* run_cnt \([0-9]*\).*/\1/p' | head -n 1; }

verdicts_of_each_kind() {
	ok "$1: one program" attached ingress drop_icmp
	ok "$1: is traced" begins trace d
	# Somebody has to ask for the address once more.
	ip -n "$blue" neigh flush dev e
	ping_in
	ok "$1: drops" told_of "^$time d ingress 1/1 id [0-9]+ drop_icmp: drop, 98 bytes, icmp 10\\.78\\.0\\.2 > 10\\.78\\.0\\.1\$"
	ok "$1: lets pass what is no icmp" told_of "^$time d ingress 1/1 id [0-9]+ drop_icmp: next, 42 bytes, arp\$"
	ok "$1: two programs" attached ingress pass
	ok "$1: the order is new" tcxctl detach d ingress first
	ping_in
	ok "$1: passes" told_of "^$time d ingress 1/1 id [0-9]+ pass: pass, 98 bytes, icmp "
	ok "$1: before it another one" tcxctl attach d ingress obj "$object" program drop_udp --before
	ping_in
	ok "$1: the second of two decides" told_of "^$time d ingress 2/2 id [0-9]+ pass: pass, 98 bytes, icmp "
	ok "$1: the first did not" told_not " drop_udp: next, 98 bytes, icmp"
	ok "$1: on egress" attached egress drop_tcp
	ping_in
	ok "$1: lets the answer through" told_of "^$time d egress 1/1 id [0-9]+ drop_tcp: next, 98 bytes, icmp 10\\.78\\.0\\.1 > 10\\.78\\.0\\.2\$"
	ok "$1: another one in its place" tcxctl detach d ingress first && tcxctl detach d ingress first
	ok "$1: sends it back" tcxctl attach d ingress obj "$here/progs/back.bpf.o"
	ping_in
	ok "$1: to where it has come from" told_of "^$time d ingress 1/1 id [0-9]+ back: redirect to d, 98 bytes, icmp 10\\.78\\.0\\.2 > 10\\.78\\.0\\.1\$"
	ok "$1: ends" ends
	tcxctl detach d egress first && tcxctl detach d ingress first
}

echo "TAP version 13"
tracefs_mount
{
	ip netns add "$blue" && ip link add name d type veth peer name e netns "$blue" && ip link set dev d up &&
		ip -n "$blue" link set dev e up && ip addr add 10.78.0.1/24 dev d && ip -n "$blue" addr add 10.78.0.2/24 dev e
} || {
	echo "Bail out! no devices"
	exit 1
}

verdicts_of_each_kind "${native:+native}$(hook)"
if [ "$(hook)" = netfilter ]; then
	hook_is_tc
	verdicts_of_each_kind tc
fi

# What is asked for
attached ingress drop_icmp
ok "only so many" begins trace any --count=2
ping_in
ping_in
ping_in
ok "are told of" told_by_end 2 ' drop_icmp: '
ok "only drops" begins trace d --drops
ip -n "$blue" neigh flush dev e
ping_in
ok "are told of, too" told ' drop_icmp: drop, '
ok "and nothing else" told_not ': (next|pass)'
ok "until it ends" ends
ok "only for a while" tcxctl trace d --for=1
ok "a filter" begins trace d icmp and src 10.78.0.2
ip -n "$blue" neigh flush dev e
ping_in
ok "takes what it is about" told ' icmp 10\.78\.0\.2 > '
ok "and nothing else" told_not ' arp'
ok "until it ends" ends
ok "a filter that is none" says 2 "'icmp or or' is no filter: .*pcap-filter" trace d icmp or or
ok "no such device" says 1 'there is no device nosuch' trace nosuch
ok "no tcx: as other commands say it" sh -c "LIBTCX_BACKEND=none tcxctl trace d 2>&1 | grep 'backend none was chosen'"
ok "no direction" says 2 "trace takes no direction, 'ingress'" trace d ingress
ok "a device everywhere" says 2 "no device but 'any'" trace d --all-netns
ok "a summary" begins trace d --summary
ping_in
ping_in
ok "of what there was" ends
ok "by program and verdict" told '^d ingress 1/1 id [0-9]+ drop_icmp: drop 2 packets, 196 bytes$'
ok "as JSON" begins --json trace d --drops
ping_in
ok "an object a line" told '^\{"time":"'"$time"'","netns":[0-9]+,"device":"d","ifindex":[0-9]+,"direction":"ingress","place":1,"program":\{"id":[0-9]+,"name":"drop_icmp",.*\},"verdict":"drop","returned":2,"redirect_ifindex":null,"length":98,"protocol":2048,"ip_protocol":1,"source":"10\.78\.0\.2","destination":"10\.78\.0\.1"\}$'
ok "until it ends" ends
ok "a summary as JSON" begins --json trace d icmp --summary
ping_in
ping_in
ok "of what there was" ends
ok "an array" told '^\[\{"netns":[0-9]+,"device":"d","direction":"ingress","place":1,"program":\{"id":[0-9]+,"name":"drop_icmp",.*\},"verdict":"drop","packets":2,"bytes":196\}\]$'

# Of packets that are no ICMP over IPv4
in_blue() { timeout 10 ip netns exec "$blue" "$@" >/dev/null 2>&1; }
tcp_in() { in_blue nc -w 1 10.78.0.1 7; }
udp_in() { in_blue traceroute -n -q 1 -w 1 -m 1 10.78.0.1; }
ping6_in() { in_blue ping -6 -c 1 -W 1 fd00:78::1; }
ok "ports" begins trace d tcp or udp
ping=tcp_in
tcp_in
ok "of TCP" told_of "^$time d ingress 1/1 id [0-9]+ drop_icmp: next, [0-9]+ bytes, tcp 10\\.78\\.0\\.2 [0-9]+ > 10\\.78\\.0\\.1 7\$"
ping=udp_in
udp_in
ok "of UDP" told_of "^$time d ingress 1/1 id [0-9]+ drop_icmp: next, [0-9]+ bytes, udp 10\\.78\\.0\\.2 [0-9]+ > 10\\.78\\.0\\.1 33[0-9]+\$"
ok "until it ends" ends
ok "as JSON, too" begins --json trace d tcp
ping=tcp_in
tcp_in
ok "there are ports" told_of '"protocol":2048,"ip_protocol":6,"source":"10\.78\.0\.2","destination":"10\.78\.0\.1","source_port":[0-9]+,"destination_port":7\}$'
ok "until it ends" ends
ip addr add fd00:78::1/64 dev d nodad
ip -n "$blue" addr add fd00:78::2/64 dev e nodad
ok "IPv6" begins trace d icmp6
ping=ping6_in
ping6_in
ok "is told of" told_of "^$time d ingress 1/1 id [0-9]+ drop_icmp: next, 118 bytes, icmp6 fd00:78::2 > fd00:78::1\$"
ok "until it ends" ends

# A VLAN tag that is beside the packet's bytes is told of and filtered as if it were in them, one that is in them as before.
vlan() {
	ip link add link d"$1" name d"$1.$2" type vlan id "$2" && ip link set dev d"$1.$2" up && ip addr add "$3.1/24" dev d"$1.$2" &&
		ip -n "$blue" link add link e"$1" name e"$1.$2" type vlan id "$2" && ip -n "$blue" link set dev e"$1.$2" up &&
		ip -n "$blue" addr add "$3.2/24" dev e"$1.$2"
}
ping_vlan() { in_blue ping -c 1 -W 1 10.80.0.1; }
ping_vlans() { in_blue ping -c 1 -W 1 10.81.0.1; }
ok "a VLAN" vlan '' 5 10.80.0
ok "and one in it" vlan .5 7 10.81.0
ok "a filter for it" begins trace d vlan 5 and icmp
ping=ping_vlan
ping_in
ping_vlan
ok "takes its packets" told_of "^$time d ingress 1/1 id [0-9]+ drop_icmp: drop, 98 bytes, vlan 5 icmp 10\\.80\\.0\\.2 > 10\\.80\\.0\\.1\$"
ok "and no others" told_not '10\.78\.'
ok "until it ends" ends
ok "a filter for both" begins --json trace d vlan 5 and vlan 7 and icmp
ping=ping_vlans
ping_vlan
ping_vlans
ok "takes what has both" told_of '"length":102,"vlan":\[5,7\],"protocol":2048,"ip_protocol":1,"source":"10\.81\.0\.2","destination":"10\.81\.0\.1"\}$'
ok "and no others" told_not '10\.80\.'
ok "until it ends" ends
ok "a filter without it" begins trace d icmp
ping=ping_in
ping_vlan
ping_in
ok "takes what has no tag" told_of 'drop, 98 bytes, icmp 10\.78\.0\.2 > '
ok "and not this one's" told_not 'vlan'
ok "until it ends" ends
ip link del dev d.5

# netkit: both ends are named by the primary device.
[ -n "$native" ] || modprobe netkit_backport need_bpf_syscall=0
ok "a pair of netkit devices" ip link add name p type netkit
ok "one of them in a container" ip link set dev nk0 netns "$blue"
ip link set dev p up && ip -n "$blue" link set dev nk0 up && ip addr add 10.79.0.1/24 dev p && ip -n "$blue" addr add 10.79.0.2/24 dev nk0
ok "a program on what the container sends" tcxctl attach p peer obj "$object" program pass
ok "one on what is sent to it" tcxctl attach p primary obj "$object" program drop_icmp
ok "are traced" begins trace p
ping=ping_netkit
ping_netkit
ok "the first lets it through" told_of "^$time p peer 1/1 id [0-9]+ pass: pass, 98 bytes, icmp 10\\.79\\.0\\.2 > 10\\.79\\.0\\.1\$"
ok "the second drops the answer" told_of "^$time p primary 1/1 id [0-9]+ drop_icmp: drop, 98 bytes, icmp 10\\.79\\.0\\.1 > 10\\.79\\.0\\.2\$"
ok "until it ends" ends
ip link del dev p
ping=ping_in
[ -n "$native" ] || ok "nothing of them stays" within 100 rmmod netkit_backport

# Other namespaces
ok "a program in another namespace" ip netns exec "$blue" tcxctl attach e egress obj "$object" program drop_udp
ok "is not told of" begins trace any
ping_in
ok "as all that is not here" told ' drop_icmp: drop'
ok "at all" told_not ' e egress '
ok "but" ends
ok "if that is asked for" begins trace --all-netns
ping_in
ok "it is" told "^$time netns [0-9]+ e egress $elsewhere id [0-9]+ drop_udp: next, 98 bytes, icmp"
ok "then" ends

# What tracing leaves
traced() { [ "$(bpftool prog show name tcxctl_trace | grep -c ' name tcxctl_trace ')" = "$1" ]; }
ok "while it goes on" begins trace d
if [ -n "$native" ]; then
	ok "there is a program for each" traced 1
	ok "that is detached" tcxctl detach d ingress first
	ok "it goes with it" within 100 traced 0
	attached ingress drop_icmp
	ok "there is one for what comes" within 100 traced 1
else
	counted=$(runs)
	ping_in
	ok "programs are counted as with kernel.bpf_stats_enabled" [ "$(runs)" -gt "$counted" ]
	ok "the module is held" not rmmod tcx_backport
fi
if [ -n "$native" ]; then
	ok "a program without BTF" tcxctl attach d ingress obj "$here/progs/no_btf.bpf.o"
	ok "cannot be traced" within 100 grep -qE 'program id [0-9]+ untold cannot be traced: it was loaded without BTF' "$tmp/watched.err"
	tcxctl detach d ingress last
fi
# With ever more file descriptors there are at some time too few for a program of tcxctl's behind each. Looking at what is
# attached takes some, too, for a moment: several programs take more.
few_fds() {
	for _ in 1 2 3 4; do
		attached ingress pass
	done
	: >"$tmp/few"
	: >"$tmp/said"
	fds=8
	until ! grep -q 'cannot be traced' "$tmp/few" && [ -s "$tmp/said" ]; do
		fds=$((fds + 1))
		[ "$fds" -lt 64 ] || break
		# shellcheck disable=SC3045 # dash and busybox have it
		(ulimit -n "$fds" && timeout 60 tcxctl trace d --for=1) >/dev/null 2>"$tmp/few"
		cat "$tmp/few"
		grep 'cannot be traced' "$tmp/few" >>"$tmp/said"
	done
	for _ in 1 2 3 4; do
		tcxctl detach d ingress last >/dev/null
	done
	! grep -vE 'program id [0-9]+ [a-z_]+ cannot be traced: Too many open files; its packets' "$tmp/said" && [ -s "$tmp/said" ]
}
kill -KILL "$watcher"
wait "$watcher" 2>/dev/null
watcher=
[ -z "$native" ] || ok "too few file descriptors are said to be that" few_fds
if [ -n "$native" ]; then
	ok "not once it is killed" within 100 traced 0
else
	counted=$(runs)
	ping_in
	ok "not once it is killed" [ "$(runs)" = "$counted" ]
fi

# More than anybody can read
ok "one who does not read" begins trace d --buffer=1
kill -STOP "$watcher"
ip netns exec "$blue" ping -c 200 -i 0.01 -W 1 10.78.0.1 >/dev/null 2>&1
kill -CONT "$watcher"
# A CPU's buffer says so with the next record that it takes: several pings at a time are on all CPUs.
ping_tells() {
	pings=
	for _ in 1 2 3 4; do
		ping_in &
		pings="$pings $!"
	done
	# shellcheck disable=SC2086 # one word per process
	wait $pings
	lost packets
}
told_lost() { within 100 ping_tells || { cat "$tmp/watched" "$tmp/watched.err" && false; }; }
ok "is told how much he has missed" told_lost
ok "and goes on" ends

tcxctl detach d ingress first
ip netns exec "$blue" tcxctl detach e egress first
echo "1..$n"
echo "# $((n - failed)) passed, $failed failed"
[ "$failed" -eq 0 ]
