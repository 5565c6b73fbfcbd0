#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# needs: ip tcxctl
# about the tool
#
# What is attached and detached, and by whom: each kind of change, from other namespaces, and what came too fast. On a kernel
# with tcx of its own it is not known by whom, nor whether a link was detached or let go.

here=$(dirname "$0")
# shellcheck source=tests/lib/tap.sh
. "$here/tap.sh"
# shellcheck source=tests/vm/tool.sh
. "$here/tool.sh"
# shellcheck source=tests/vm/watcher.sh
. "$here/watcher.sh"
object=$here/progs/traffic.bpf.o
bpf=/sys/fs/bpf/monitor-$$
blue=blue-$$

cleanup() {
	[ -z "$watcher" ] || kill -KILL "$watcher" 2>/dev/null
	ip netns del "$blue" 2>/dev/null
	ip link del dev d 2>/dev/null
	rm -rf "$tmp" "$bpf"
}
trap cleanup EXIT
trap 'exit 1' HUP INT TERM

who=', by [0-9]+ \(tcxctl\) uid 0' someone=', by [0-9]+ \(.*\) uid [0-9]+' ip=', by [0-9]+ \(ip\) uid 0' released=released
process='\{"pid":[0-9]+,"command":"tcxctl","uid":0\}'
if tcxctl version | grep -q '^backend *native'; then
	who='' someone='' ip='' released=detached process=null
fi

echo "TAP version 13"
tracefs_mount
{
	mkdir "$bpf" && ip netns add "$blue" && ip link add name d type dummy && ip -n "$blue" link add name d type dummy
} || {
	echo "Bail out! no devices, or no bpffs"
	exit 1
}

ok "watched" begins monitor
ok "a program" tcxctl attach d ingress obj "$object" program drop_icmp
ok "is attached" told "^$time d ingress attached: id [0-9]+ drop_icmp$who, revision 2: [0-9]+\$"
ok "a link" tcxctl attach d ingress obj "$object" program drop_udp --link --pin "$bpf/link"
ok "is, too, after it" told "^$time d ingress attached: id [0-9]+ drop_udp, link [0-9]+$who, revision 3: [0-9]+ [0-9]+\$"
ok "its program" tcxctl update pinned "$bpf/link" obj "$object" program drop_tcp
ok "is replaced" told "^$time d ingress replaced: id [0-9]+ drop_tcp in the place of id [0-9]+, link [0-9]+$who, revision 4: [0-9]+ [0-9]+\$"
ok "the pin" rm "$bpf/link"
ok "releases the link" told "^$time d ingress $released: id [0-9]+ drop_tcp, link [0-9]+$someone, revision 5: [0-9]+\$"
ok "the last program" tcxctl detach d ingress first
ok "is detached" told "^$time d ingress detached: id [0-9]+ drop_icmp$who, revision [0-9]+: nothing is attached\$"
ok "a program of a device" tcxctl attach d egress obj "$object" program pass
# Who looks has to see it before it goes.
ok "is attached, too" told "^$time d egress attached: id [0-9]+ pass$who, revision 2: [0-9]+\$"
ok "whose device goes" ip link del dev d
ok "goes with it" told "^$time d egress gone with its device: id [0-9]+ pass$ip\$"
ok "elsewhere" ip netns exec "$blue" tcxctl attach d ingress obj "$object" program drop_udp
ok "is not here" told_not "drop_udp$who, revision"
ok "until it ends" ends

ok "all namespaces" begins --json monitor --all-netns
ok "one more elsewhere" ip netns exec "$blue" tcxctl attach d ingress obj "$object" program pass
ok "as JSON" told '^\{"time":"'"$time"'","change":"attach","netns":[0-9]+,"device":"d","ifindex":[0-9]+,"direction":"ingress","program":\{"id":[0-9]+,"name":"pass",.*\},"replaced":null,"link":null,"revision":3,"programs":\[[0-9]+,[0-9]+\],"process":'"$process"'\}$'
ok "until it ends" ends

ip link add name d type dummy
ok "one device" begins monitor d --count=1
ok "another one" ip link add name e type dummy
tcxctl attach e ingress obj "$object" program pass >/dev/null
tcxctl attach d ingress obj "$object" program pass >/dev/null
ok "is another's affair" told_by_end 1 ' d ingress attached'
ip link del dev e
# Whoever does not read misses some: those told of and those lost are all that were made.
changes() {
	tcxctl attach d ingress obj "$object" program drop_udp --before >/dev/null
	tcxctl detach d ingress first >/dev/null
	made=$((made + 2))
}
stopped_while_changing() {
	made=0
	kill -STOP "$watcher"
	while [ "$made" -lt 80 ]; do
		changes
	done
	kill -CONT "$watcher"
}
# accounted TOLD LOST: by lines like these; in LOST the number is the first one
accounted() {
	told=$(grep -cE -e "$1" "$tmp/watched")
	missed=0
	for number in $(cat "$tmp/watched" "$tmp/watched.err" | grep -E -e "$2" | sed 's/^[^0-9]*\([0-9]*\).*/\1/'); do
		missed=$((missed + number))
	done
	echo "$made made, $told told, $missed missed"
	[ "$missed" -gt 0 ] && [ $((told + missed)) = "$made" ]
}
# A CPU's buffer says so with the next record that it takes.
changes_tell() { changes; sleep 0.5; accounted "$@"; }
ok "one who does not read" begins monitor --buffer=1
stopped_while_changing
ok "is told how much he has missed" within 100 changes_tell ' d ingress (at|de)tached: ' '[0-9] (more )?changes came'
ok "and goes on" ends
ok "as JSON" begins --json monitor --buffer=1
stopped_while_changing
ok "that, too, is all" within 100 changes_tell '"change":"(at|de)tach"' '^\{"lost":[0-9]+\}$'
ok "and goes on" ends
ok "no such device" says 1 'there is no device nosuch' monitor nosuch
ok "two" says 2 "monitor takes one device, not 'lo' too" monitor d lo

echo "1..$n"
echo "# $((n - failed)) passed, $failed failed"
[ "$failed" -eq 0 ]
