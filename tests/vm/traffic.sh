#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# needs: ip tcxctl
#
# End to end: programs attached with tcxctl between two hosts that ping, and talk UDP and TCP.
#
#   host one                     host two
#   10.77.0.1  a ------------ b  10.77.0.2
#     egress: drop_tcp             ingress: drop_icmp, drop_udp, pass
#
# It ends with status 0 only if nothing failed.

here=$(dirname "$0")
# shellcheck source=tests/lib/tap.sh
. "$here/tap.sh"
object=$here/progs/traffic.bpf.o
one=tcx-one-$$ two=tcx-two-$$

cleanup() {
	# A namespace goes once nobody is in it.
	[ -z "$server" ] || kill "$server" 2>/dev/null
	ip netns del "$one" 2>/dev/null
	ip netns del "$two" 2>/dev/null
	rm -rf "$tmp"
}
server=
trap cleanup EXIT
trap 'exit 1' HUP INT TERM

on_one() { timeout 10 ip netns exec "$one" "$@"; }
on_two() { timeout 10 ip netns exec "$two" "$@"; }

ping_works() { on_one ping -c 2 -W 1 10.77.0.2; }

# A port where nobody listens: two answers a UDP packet with ICMP.
udp_works() {
	on_one traceroute -n -q 1 -w 1 -m 1 10.77.0.2 >"$tmp/trace" 2>&1
	cat "$tmp/trace"
	grep -q '^ *1 .*10\.77\.0\.2.* ms' "$tmp/trace"
}

# The server is a cat, since nc ends the connection when its own input ends.
tcp_works() {
	: >"$tmp/received"
	ip netns exec "$two" timeout 10 nc -l -p 7 -e sh -c "cat >$tmp/received" &
	server=$!
	left=100
	until on_two cat /proc/net/tcp /proc/net/tcp6 | grep -q ':0007 .* 0A '; do
		left=$((left - 1))
		[ "$left" -gt 0 ] || break
		sleep 0.05
	done
	# Without a connection the server would wait for one.
	on_one nc -w 1 10.77.0.2 7 <"$tmp/sent" || kill "$server"
	wait "$server"
	server=
	cmp "$tmp/sent" "$tmp/received"
}

# shows WHERE NAME...: these programs, in this order, are attached to device b's ingress or device a's egress.
shows() {
	where=$1
	shift
	case $where in
	ingress) on_two tcxctl show b ;;
	egress) on_one tcxctl show a ;;
	esac >"$tmp/show" || return 1
	cat "$tmp/show"
	seen=$(grep -oE 'drop_icmp|drop_udp|drop_tcp|pass' "$tmp/show" | tr '\n' ' ')
	[ "$seen" = "${*:+$* }" ]
}

echo "TAP version 13"
echo "1..29"
{
	ip netns add "$one" && ip netns add "$two" &&
		ip -n "$one" link add name a type veth peer name b netns "$two" &&
		ip -n "$one" addr add 10.77.0.1/24 dev a &&
		ip -n "$two" addr add 10.77.0.2/24 dev b &&
		ip -n "$one" link set dev a up && ip -n "$two" link set dev b up
} || {
	echo "Bail out! cannot set up two hosts"
	exit 1
}
head -c 300000 /dev/urandom >"$tmp/sent"

ok "ping works without programs" ping_works
ok "UDP works without programs" udp_works
ok "TCP works without programs" tcp_works
ok "nothing is attached" shows ingress

ok "attach drop_icmp" on_two tcxctl attach b ingress obj "$object" section tcx/ingress
ok "show has it" shows ingress drop_icmp
ok "ping is dropped" not ping_works
ok "UDP works still" udp_works
ok "TCP works still" tcp_works

ok "attach drop_udp after it" on_two tcxctl attach b ingress obj "$object" program drop_udp
ok "show has both in order" shows ingress drop_icmp drop_udp
ok "UDP is dropped" not udp_works
ok "TCP works still" tcp_works

ok "attach drop_tcp to the sender's egress" on_one tcxctl attach a egress obj "$object" section tcx/egress
ok "show has it" shows egress drop_tcp
ok "TCP is dropped" not tcp_works

ok "attach pass before all others" on_two tcxctl attach b ingress obj "$object" program pass --before
ok "show has it first" shows ingress pass drop_icmp drop_udp
ok "ping works again" ping_works
ok "UDP works again" udp_works

ok "detach the first" on_two tcxctl detach b ingress first
ok "ping is dropped again" not ping_works
ok "detach the last" on_two tcxctl detach b ingress last
ok "UDP works again" udp_works
ok "detach the only one" on_two tcxctl detach b ingress last
ok "ping works again" ping_works
ok "there is no further one to detach" not on_two tcxctl detach b ingress last
ok "detach drop_tcp" on_one tcxctl detach a egress last
ok "TCP works again" tcp_works

echo "# $((n - failed)) passed, $failed failed"
[ "$failed" -eq 0 ]
