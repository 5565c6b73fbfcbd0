#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# about the tool
# needs: ip tcxctl
#
# What `tcxctl show` costs per device and link, in system calls, which are the same on every machine: a node has thousands
# of them. Runs unchanged with the module and on a kernel with native tcx. It ends with status 0 only if nothing failed.

here=$(dirname "$0")
# shellcheck source=tests/lib/tap.sh
. "$here/tap.sh"
# shellcheck source=tests/vm/tool.sh
. "$here/tool.sh"
object=$here/progs/traffic.bpf.o
trace=/sys/kernel/tracing/instances/tcx_many
few=${FEW:-10} many=${MANY:-30}
holders='' made=0

cleanup() {
	# shellcheck disable=SC2086 # one word per process
	[ -z "$holders" ] || kill -KILL $holders 2>/dev/null
	while [ "$made" -gt 0 ]; do
		made=$((made - 1))
		ip link del dev "m$made"
	done
	ip link del dev d
	echo 0 >"$trace/events/raw_syscalls/sys_enter/enable"
	rmdir "$trace"
	rm -rf "$tmp"
}
trap cleanup EXIT
trap 'exit 1' HUP INT TERM

# grow N: up to so many devices, each with a program, and with another one by a link that a process of its own holds.
grow() {
	while [ "$made" -lt "$1" ]; do
		ip link add name "m$made" type dummy || return 1
		tcxctl attach "m$made" ingress id "$prog" || return 1
		tcxctl attach "m$made" egress id "$prog" --link >"$tmp/held.$made" 2>&1 &
		holders="$holders $!"
		within 200 grep -q held "$tmp/held.$made" || return 1
		made=$((made + 1))
	done
}

# count_calls: the system calls of show, into $calls. Only whoever is named in set_event_pid is followed.
count_calls() {
	echo >"$trace/trace"
	echo 1 >"$trace/events/raw_syscalls/sys_enter/enable"
	# shellcheck disable=SC2016 # the inner shell expands it
	sh -c 'echo $$ >"$0/set_event_pid"; exec tcxctl show' "$trace" >"$tmp/shown" || return 1
	echo 0 >"$trace/events/raw_syscalls/sys_enter/enable"
	calls=$(grep -c sys_enter "$trace/trace")
	[ "$calls" -gt 0 ]
}

shows_all() {
	grow "$1" && count_calls || return 1
	tail -n 5 "$tmp/shown"
	[ "$(grep -c '^m[0-9]* ingress' "$tmp/shown")" = "$1" ] && [ "$(grep -c ' held by ' "$tmp/shown")" = "$1" ]
}

# at_most LIMIT: system calls for each further device.
at_most() {
	each=$(((many_calls - few_calls) / (many - few)))
	echo "$each for each device: $few_calls with $few, $many_calls with $many"
	[ "$each" -gt 0 ] && [ "$each" -le "$1" ]
}

echo "TAP version 13"
echo "1..3"
{
	mkdir "$trace" && ip link add name d type dummy && tcxctl attach d ingress obj "$object" program drop_udp >/dev/null
} || {
	echo "Bail out! no device, no tracing, or nothing can be attached"
	exit 1
}
prog=$(tcxctl show d | sed -n 's/^ *1  id \([0-9]*\) .*/\1/p')
ok "show with $few devices, links and processes" shows_all "$few"
few_calls=$calls
ok "show with $many" shows_all "$many"
many_calls=$calls
echo "# $few_calls system calls with $few, $many_calls with $many"
# Two queries, a third where there is netkit; the id of the link; of the process, some ten to look into it, one for each of
# its fds, 3 for what the link says, 3 for its name. What is known already is not asked again: natively there is no /dev/tcx.
ok "no more than ${LIMIT:-23} system calls for each of them" at_most "${LIMIT:-23}"
echo "$((n - failed)) passed, $failed failed"
[ "$failed" -eq 0 ]
