#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# needs: ip tcxctl
# about the tool
#
# What tcxctl shows of other network namespaces, and how often programs run. Runs unchanged with the module and on a kernel
# with native tcx. It ends with status 0 only if nothing failed.

here=$(dirname "$0")
# shellcheck source=tests/lib/tap.sh
. "$here/tap.sh"
# shellcheck source=tests/vm/tool.sh
. "$here/tool.sh"
object=$here/progs/traffic.bpf.o
blue=blue-$$ green=green-$$
children=
stats=/proc/sys/kernel/bpf_stats_enabled

cleanup() {
	# shellcheck disable=SC2086 # one word per process
	[ -z "$children" ] || kill -KILL $children 2>/dev/null
	ip netns del "$blue" 2>/dev/null
	ip netns del "$green" 2>/dev/null
	ip link del dev d 2>/dev/null
	rm -rf "$tmp"
}
trap cleanup EXIT
trap 'exit 1' HUP INT TERM

# within_netns NAME REGEX [ARGUMENT...]: in the paragraph of the namespace with this line such a line is shown.
within_netns() {
	name=$1 regex=$2
	shift 2
	tcxctl show --all-netns "$@" >"$tmp/all" || return 1
	cat "$tmp/all"
	# From "netns N" to the next; a paragraph is kept and printed if it has the line.
	awk -v line="$name" 'function done() { if (has) printf "%s", text; text = ""; has = 0 }
		/^(no )?netns/ { done() }
		{ text = text $0 "\n"; if ($0 == line) has = 1 }
		END { done() }' "$tmp/all" >"$tmp/one"
	grep -qE -e "$regex" "$tmp/one"
}

# The processes that are in it are all that remains of a namespace which has no name.
elsewhere() { [ "$(readlink "/proc/$1/ns/net")" != "$(readlink /proc/self/ns/net)" ]; }
nameless() {
	unshare --net sleep 600 &
	nameless=$!
	children="$children $nameless"
	within 100 elsewhere "$nameless" && ip link add name n type dummy && tcxctl attach n egress obj "$object" program drop_tcp &&
		ip link set dev n netns "$nameless"
}

inode_of() { stat -L -c %i "$1"; }

json_has() {
	tcxctl --json show "$@" >"$tmp/json" || return 1
	cat "$tmp/json"
	grep -qE -e "$regex" "$tmp/json"
}

pings() {
	while :; do
		ping -c 1 -W 1 127.0.0.1 >/dev/null 2>&1
		usleep 20000
	done
}

# ran NAME REGEX: shown of a program after some time of statistics.
ran() {
	tcxctl show lo --stats=1 >"$tmp/stats" || return 1
	cat "$tmp/stats"
	grep -qE -e "^ +[0-9]+  id [0-9]+ +$1 .*  runs $2\$" "$tmp/stats"
}

# Packets go on, and nobody counts them.
counts() { tcxctl show lo | sed -n 's/^ *1 .* runs \([0-9]*\)$/\1/p'; }
off_again() {
	first=$(counts)
	sleep 0.5
	echo "$first, then $(counts)"
	[ -n "$first" ] && [ "$first" = "$(counts)" ] && [ "$(cat "$stats")" = 0 ]
}

echo "TAP version 13"
{
	ip netns add "$blue" && ip netns add "$green" && ip link add name d type dummy && ip link set dev lo up &&
		ip -n "$blue" link add name d type dummy &&
		ip netns exec "$blue" tcxctl attach d egress obj "$object" program drop_udp >/dev/null &&
		tcxctl attach d ingress obj "$object" program drop_icmp >/dev/null
} || {
	echo "Bail out! no namespaces, or nothing can be attached"
	exit 1
}
ip netns exec "$blue" sleep 600 &
sleeper=$!
children="$children $sleeper"
within 100 grep -qx sleep "/proc/$sleeper/comm"

# Namespaces
own="netns $(inode_of /proc/self/ns/net), this one"
ok "the own namespace comes first" within_netns "$own" '^d ingress revision'
ok "it has the processes that are in it, but for tcxctl" within_netns "$own" "^  process $$ \\(tcxctl_show.sh\\)(, [0-9]+ \\(sleep\\))*\$"
ok "only the own one without the option" not says 0 "drop_udp" show
ok "a named namespace" within_netns "  name /run/netns/$blue" '^ +1  id [0-9]+ +drop_udp '
ok "with the processes in it" within_netns "  name /run/netns/$blue" "^  process $sleeper \\(sleep\\)\$"
ok "one with nothing attached" within_netns "  name /run/netns/$green" '^  nothing attached$'
ok "one with a process and no name" nameless
ok "is shown" within_netns "  process $nameless (sleep)" '^ +1  id [0-9]+ +drop_tcp '
regex="\\{\"netns\":$(inode_of "/run/netns/$blue"),\"own\":false,\"names\":\\[\"/run/netns/$blue\"\\],\"processes\":\\[\\{\"pid\":$sleeper,\"command\":\"sleep\"\\}\\],\"points\":\\[\\{\"device\":\"d\",\"ifindex\":[0-9]+,\"direction\":\"egress\",\"revision\":[0-9]+,\"programs\":\\[\\{\"id\":[0-9]+,\"name\":\"drop_udp\""
ok "JSON has whose it is, and what is in it" json_has --all-netns
ok "a device is shown wherever it is" within_netns "  name /run/netns/$blue" '^d ingress revision 1  \(nothing attached\)$' d
ok "and not where it is not" not within_netns "  name /run/netns/$green" . d
ok "no such device anywhere" says 1 'no device none in any network namespace' show --all-netns none
ip netns del "$green"
ok "a namespace that is gone" not within_netns "  name /run/netns/$green" .
ok "tcxctl ends where it began" within_netns "$own" 'drop_icmp'

# How often
ok "attach at lo" says 0 'attached' attach lo egress obj "$object" program drop_tcp
ok "and at its ingress" says 0 'attached' attach lo ingress obj "$object" program drop_udp
pings &
children="$children $!"
ok "how often it ran, and for how long" ran drop_tcp '[1-9][0-9]* +[1-9][0-9]* ns each'
ok "statistics are off again" off_again
regex='"name":"drop_udp",.*"stats":\{"seconds":[1-9][0-9.]*,"run_cnt":[1-9][0-9]*,"run_time_ns":[1-9][0-9]*\}'
ok "JSON has them" json_has --stats lo
ok "with all namespaces" within_netns "  name /run/netns/$blue" 'drop_udp .*  runs 0 *$' --stats
ok "no time" says 2 'a number of seconds from 1 to 3600, not .0.' show --stats=0


# As metrics, which tests/tool/metrics_test.sh reads as Prometheus does
inode=$(inode_of "/run/netns/$blue")
ok "metrics" says 0 "^tcx_programs\\{netns=\"$inode\",device=\"d\",direction=\"egress\"\\} 1\$" show --openmetrics --all-netns
ok "whose namespace" grep -qxF "tcx_netns_info{netns=\"$inode\",name=\"/run/netns/$blue\",command=\"sleep\"} 1" "$tmp/out"
ok "counts" grep -qE "^tcx_program_runs_total\\{netns=\"[0-9]+\",device=\"lo\",direction=\"egress\",id=\"[0-9]+\"\\} [1-9]" "$tmp/out"

echo "1..$n"
echo "# $((n - failed)) passed, $failed failed"
[ "$failed" -eq 0 ]
