#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# needs: ip tc tcxctl bpftool tcpdump
# about the tool
#
# Which program gave a packet its verdict: with each hook, for one program and for several, on tcx and on netkit; what is
# filtered, counted, lost; and that nothing stays switched on. With the module only: native tcx has no tracepoints.

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

ping_in() { ip netns exec "$blue" ping -c 1 -W 1 10.78.0.1 >/dev/null 2>&1; }
attached() { tcxctl attach d "$1" obj "$object" program "$2" >/dev/null; }
detached() { tcxctl detach d "$1" first >/dev/null; }

# How often a program has run since the kernel counts: it does only while somebody wants it to.
runs() { bpftool prog show name drop_icmp | sed -n 's/.* run_cnt \([0-9]*\).*/\1/p' | head -n 1; }

verdicts_of_each_kind() {
	ok "$1: one program" attached ingress drop_icmp
	ok "$1: is traced" begins trace d
	# Somebody has to ask for the address once more.
	ip -n "$blue" neigh flush dev e
	ping_in
	ok "$1: drops" told "^$time d ingress 1/1 id [0-9]+ drop_icmp: drop, 98 bytes, icmp 10\\.78\\.0\\.2 > 10\\.78\\.0\\.1\$"
	ok "$1: lets pass what is no icmp" told "^$time d ingress 1/1 id [0-9]+ drop_icmp: next, 42 bytes, arp\$"
	ok "$1: two programs" attached ingress pass
	ok "$1: the order is new" tcxctl detach d ingress first
	ping_in
	ok "$1: passes" told "^$time d ingress 1/1 id [0-9]+ pass: pass, 98 bytes, icmp "
	ok "$1: before it another one" tcxctl attach d ingress obj "$object" program drop_udp --before
	ping_in
	ok "$1: the second of two decides" told "^$time d ingress 2/2 id [0-9]+ pass: pass, 98 bytes, icmp "
	ok "$1: the first did not" told_not " drop_udp: next, 98 bytes, icmp"
	ok "$1: on egress" attached egress drop_tcp
	ping_in
	ok "$1: lets the answer through" told "^$time d egress 1/1 id [0-9]+ drop_tcp: next, 98 bytes, icmp 10\\.78\\.0\\.1 > 10\\.78\\.0\\.2\$"
	ok "$1: ends" ends
	tcxctl detach d egress first && tcxctl detach d ingress first && tcxctl detach d ingress first
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

verdicts_of_each_kind "$(hook)"
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

# netkit: both ends are named by the primary device.
modprobe netkit_backport need_bpf_syscall=0
ok "a pair of netkit devices" ip link add name p type netkit
ok "one of them in a container" ip link set dev nk0 netns "$blue"
ip link set dev p up && ip -n "$blue" link set dev nk0 up && ip addr add 10.79.0.1/24 dev p && ip -n "$blue" addr add 10.79.0.2/24 dev nk0
ok "a program on what the container sends" tcxctl attach p peer obj "$object" program pass
ok "one on what is sent to it" tcxctl attach p primary obj "$object" program drop_icmp
ok "are traced" begins trace p
ip netns exec "$blue" ping -c 1 -W 1 10.79.0.1 >/dev/null 2>&1
ok "the first lets it through" told "^$time p peer 1/1 id [0-9]+ pass: pass, 98 bytes, icmp 10\\.79\\.0\\.2 > 10\\.79\\.0\\.1\$"
ok "the second drops the answer" told "^$time p primary 1/1 id [0-9]+ drop_icmp: drop, 98 bytes, icmp 10\\.79\\.0\\.1 > 10\\.79\\.0\\.2\$"
ok "until it ends" ends
ip link del dev p
ok "nothing of them stays" within 100 rmmod netkit_backport

# Other namespaces
ok "a program in another namespace" ip netns exec "$blue" tcxctl attach e egress obj "$object" program drop_udp
ok "is not told of" begins trace any
ping_in
ok "as all that is not here" told ' drop_icmp: drop'
ok "at all" told_not ' e egress '
ok "but" ends
ok "if that is asked for" begins trace --all-netns
ping_in
ok "it is" told "^$time netns [0-9]+ e egress - id [0-9]+ drop_udp: next, 98 bytes, icmp"
ok "then" ends

# What tracing leaves
ok "programs are counted while it goes on" begins trace d
counted=$(runs)
ping_in
ok "as with kernel.bpf_stats_enabled" [ "$(runs)" -gt "$counted" ]
ok "the module is held" not rmmod tcx_backport
kill -KILL "$watcher"
wait "$watcher" 2>/dev/null
watcher=
counted=$(runs)
ping_in
ok "not once it is killed" [ "$(runs)" = "$counted" ]

# More than anybody can read
ok "one who does not read" begins trace d --buffer=1
kill -STOP "$watcher"
ip netns exec "$blue" ping -c 200 -i 0.01 -W 1 10.78.0.1 >/dev/null 2>&1
kill -CONT "$watcher"
# A CPU's buffer says so with the next record that it takes.
ping_tells() { ping_in; lost packets; }
ok "is told how much he has missed" within 100 ping_tells
ok "and goes on" ends

tcxctl detach d ingress first
ip netns exec "$blue" tcxctl detach e egress first
echo "1..$n"
echo "# $((n - failed)) passed, $failed failed"
[ "$failed" -eq 0 ]
