#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# about the tool
# needs: ip tcxctl
#
# tcxctl where stdin, stdout, stderr or several of them are closed: what it opens must not take their place, and what
# it is asked for must be done all the same. Runs unchanged with the module and on a kernel with native tcx.

here=$(dirname "$0")
# shellcheck source=tests/lib/tap.sh
. "$here/tap.sh"
# shellcheck source=tests/vm/tool.sh
. "$here/tool.sh"
object=$here/progs/traffic.bpf.o
bpf=/sys/fs/bpf/tcxctl-fds-$$
holder=

cleanup() {
	[ -z "$holder" ] || kill -KILL "$holder" 2>/dev/null
	rm -rf "$tmp" "$bpf"
}
trap cleanup EXIT
trap 'exit 1' HUP INT TERM

# without FDS ARGUMENT...: the tool with these closed, e.g. "0 2".
without() {
	closed=$1
	shift
	(
		exec </dev/null >"$tmp/out" 2>"$tmp/err"
		for fd in $closed; do
			case $fd in
			0) exec <&- ;;
			1) exec >&- ;;
			2) exec 2>&- ;;
			esac
		done
		exec timeout 20 tcxctl "$@"
	)
}

# does ARGUMENT...: it succeeds, or, if it cannot say so, ends with another status. Whether it is done is asked later.
does() {
	status=0
	without "$fds" "$@" || status=$?
	cat "$tmp/out" "$tmp/err"
	case $fds in
	*1*) [ "$status" -ne 0 ] && [ "$status" -ne 124 ] ;;
	*) [ "$status" -eq 0 ] ;;
	esac
}

refused() {
	status=0
	without "$fds" "$@" || status=$?
	cat "$tmp/out" "$tmp/err"
	[ "$status" -eq 1 ]
}

show_has() {
	tcxctl show d >"$tmp/show"
	cat "$tmp/show"
	grep -q -e "$1" "$tmp/show"
}

# held: a process holds the link; where nobody can be told, it is let go and that is a failure.
held() {
	(
		exec </dev/null >"$tmp/held" 2>"$tmp/err"
		for fd in $fds; do
			case $fd in
			0) exec <&- ;;
			1) exec >&- ;;
			2) exec 2>&- ;;
			esac
		done
		exec tcxctl attach d ingress obj "$object" program drop_udp --link
	) &
	holder=$!
	case $fds in
	*1*)
		status=0
		wait "$holder" || status=$?
		holder=
		[ "$status" -ne 0 ] && becomes
		return
		;;
	esac
	left=200
	until grep -q held "$tmp/held"; do
		left=$((left - 1))
		[ "$left" -gt 0 ] || break
		sleep 0.1
	done
	show_has "held by $holder (tcxctl)" || return 1
	kill -TERM "$holder"
	wait "$holder"
	status=$?
	holder=
	[ "$status" -eq 0 ] && becomes
}

echo "TAP version 13"
echo "1..98"
{
	ip link add name d type dummy && mkdir "$bpf"
} || {
	echo "Bail out! no device, or no bpffs"
	exit 1
}
for fds in 0 1 2 "0 1" "0 2" "1 2" "0 1 2"; do
	pin=$bpf/link
	ok "without $fds: attach" does attach d ingress obj "$object" program drop_udp
	ok "without $fds: it is attached" shows drop_udp
	ok "without $fds: show" does show d
	ok "without $fds: detach" does detach d ingress first
	ok "without $fds: it is detached" shows
	ok "without $fds: a pinned link" does attach d ingress obj "$object" program drop_tcp --link --pin "$pin"
	ok "without $fds: it is pinned" show_has "^ *pinned $pin\$"
	ok "without $fds: update by pin" does update pinned "$pin" obj "$object" program drop_icmp
	ok "without $fds: it is updated" shows drop_icmp
	ok "without $fds: before a pinned link" does attach d ingress obj "$object" program pass "--before=pinned:$pin"
	ok "without $fds: it comes first" shows pass drop_icmp
	without "$fds" detach d ingress first
	ok "without $fds: detach by pin" does detach pinned "$pin"
	rm -f "$pin"
	ok "without $fds: a link that is held" held
	ok "without $fds: a device that is not there" refused show none
	becomes >/dev/null
done
ip link del dev d
echo "$((n - failed)) passed, $failed failed"
[ "$failed" -eq 0 ]
