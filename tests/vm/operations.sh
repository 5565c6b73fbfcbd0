#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# needs: ip tc tcxctl modprobe rmmod tcpdump
# about the tool
#
# What docs/operations.md shows: each command there is run, one after the other, and has to print what stands there, but for
# numbers, tags, dates and the width of columns. Runs unchanged with the module and on a kernel with native tcx. It ends with
# status 0 only if nothing failed.

# The name of whoever is in the namespace is a part of what is shown.
[ "$OPERATIONS" ] || OPERATIONS=yes exec sh "$0"

here=$(realpath "$(dirname "$0")")
# shellcheck source=tests/lib/tap.sh
. "$here/tap.sh"
# shellcheck source=tests/vm/hook.sh
. "$here/hook.sh"
document=$here/operations.md
bpf=/sys/fs/bpf
children=

cleanup() {
	# shellcheck disable=SC2086 # one word per process
	[ -z "$children" ] || kill -KILL $children 2>/dev/null
	ip netns del blue 2>/dev/null
	ip link del dev eth0 2>/dev/null
	rm -rf "$tmp" "$bpf/agent" "$bpf/filter" "$bpf"/tcxctl-* /tmp/filter.bpf.o
	hook_restore
}
trap cleanup EXIT
trap 'exit 1' HUP INT TERM

# The document's commands into N.cmd, what stands below each into N.out, in order.
take_apart() {
	awk -v dir="$tmp" '
		/^    \$ / { n++; print substr($0, 7) >(dir "/" n ".cmd"); printf "" >(dir "/" n ".out"); inside = 1; next }
		/^    / && inside { print substr($0, 5) >(dir "/" n ".out"); next }
		{ inside = 0 }
		END { print n }' "$document"
}

general() {
	sed -E 's/[0-9a-f]{16}/TAG/g; s/20[0-9]{2}-[0-9T:-]*\+0000/DATE/g; s/[0-9]+/N/g; s/  */ /g' "$1"
}

# What has happened in the meantime, before the Nth command
before() {
	case $1 in
	'cat edge.yaml') cp filter.bpf.o /tmp/filter.bpf.o && cp "$tmp/$number.out" edge.yaml ;;
	*'doctor dead-pins unreached'*)
		tc qdisc add dev eth0 clsact && tc filter add dev eth0 egress pref 10 bpf da obj filter.bpf.o sec classifier &&
			tcxctl attach eth0 egress id "$(tc filter show dev eth0 egress | sed -n 's/.* id \([0-9]*\) .*/\1/p')"
		;;
	esac >/dev/null
}

as_shown() {
	before "$(cat "$tmp/$1.cmd")" || return 1
	sh "$tmp/$1.cmd" >"$tmp/$1.got" 2>&1
	general "$tmp/$1.got" >"$tmp/got"
	general "$tmp/$1.out" >"$tmp/wanted"
	cat "$tmp/$1.got"
	# A kernel with tcx of its own does not tell who made a change; that it is watched in another way is said.
	case $(hook)/$(cat "$tmp/$1.cmd") in
	/*' monitor '* | /*' trace '*)
		grep -q 'this kernel tells nobody of ' "$tmp/got" || return
		sed -i '/this kernel tells nobody of /d' "$tmp/got"
		sed -i 's/, by N (tcxctl) uid N//' "$tmp/wanted"
		;;
	esac
	diff "$tmp/wanted" "$tmp/got"
}

# Packets come in while the machine is looked at.
packets() {
	exec ip netns exec blue ping -q -i 0.05 -I peer 10.77.0.1 >/dev/null 2>&1
}

# Somebody attaches and detaches.
changes() {
	while :; do
		sleep 0.5
		tcxctl attach eth0 egress obj filter.bpf.o program pass
		sleep 0.5
		tcxctl detach eth0 egress first
	done >/dev/null 2>&1
}

echo "TAP version 13"
[ -d /sys/kernel/tracing/events ] || mount -t tracefs tracefs /sys/kernel/tracing
[ "$(hook)" != netfilter ] || hook_is_tc
cd "$tmp" && cp "$here/progs/traffic.bpf.o" filter.bpf.o
# The packets come from a namespace that has no eth0.
{
	mkdir $bpf/agent && ip netns add blue && ip -n blue link add name eth0 type dummy &&
		ip link add name eth0 type veth peer name peer netns blue && ip link set dev eth0 up &&
		ip -n blue link set dev peer up && ip addr add 10.77.0.1/24 dev eth0 && ip -n blue addr add 10.77.0.2/24 dev peer &&
		tcxctl attach eth0 ingress obj filter.bpf.o program drop_udp --link --pin $bpf/agent/ingress >/dev/null &&
		ip netns exec blue tcxctl attach eth0 egress obj filter.bpf.o program drop_tcp >/dev/null
} || {
	echo "Bail out! no devices, no bpffs, or nothing can be attached"
	exit 1
}
: >held
tcxctl attach eth0 ingress obj filter.bpf.o program drop_icmp --link >held 2>&1 &
children="$children $!"
within 200 grep -q held held
ip netns exec blue sleep 600 &
children="$children $!"
within 100 grep -qx sleep "/proc/$!/comm"

count=$(take_apart)
number=0
while [ "$number" -lt "$count" ]; do
	number=$((number + 1))
	command=$(cat "$number.cmd")
	case $command in
	*--stats* | *' trace '*)
		packets &
		sender=$!
		children="$children $sender"
		# The first of them are on their way.
		sleep 1
		;;
	*' monitor '*)
		changes &
		changer=$!
		children="$children $changer"
		;;
	esac
	ok "$command" as_shown "$number"
	case $command in
	*--stats* | *' trace '*) kill -KILL "$sender" ;;
	*' monitor '*)
		kill -KILL "$changer"
		wait "$changer" 2>/dev/null
		tcxctl detach eth0 egress first >/dev/null 2>&1
		;;
	esac
done
ok "there were some" [ "$count" -ge 10 ]

echo "1..$n"
echo "# $((n - failed)) passed, $failed failed"
[ "$failed" -eq 0 ]
