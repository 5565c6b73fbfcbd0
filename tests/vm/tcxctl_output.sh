#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# about the tool
# needs: ip tcxctl
#
# Output of tcxctl that cannot be written: whoever asked for a change hears of it all the same, and the status says that
# it was made. Runs unchanged with the module and on a kernel with native tcx. It ends with status 0 only if nothing
# failed.
#
# DEVICE_TYPE: a type of device that can be made by a name, dummy by default.

here=$(dirname "$0")
# shellcheck source=tests/lib/tap.sh
. "$here/tap.sh"
object=$here/progs/traffic.bpf.o
bpf=/sys/fs/bpf/output-$$
type=${DEVICE_TYPE:-dummy}

cleanup() { rm -rf "$tmp" "$bpf"; }
trap cleanup EXIT
trap 'exit 1' HUP INT TERM

attached() { tcxctl show "$1" 2>/dev/null | grep -c ' id [0-9]'; }

has_attached() {
	echo "attached: $(attached "$1")"
	[ "$(attached "$1")" -eq "$2" ]
}

# untold HOW STATUS WORDS ARGUMENT...: standard output is full, closed, a pipe that nobody reads, or all standard files
# are closed. The words stand in standard error.
untold() {
	to=$1 want=$2 words=$3 got=0
	shift 3
	case $to in
	full) tcxctl "$@" >/dev/full 2>"$tmp/err" || got=$? ;;
	closed) tcxctl "$@" >&- 2>"$tmp/err" || got=$? ;;
	pipe) "$here/names" unread tcxctl "$@" 2>"$tmp/err" || got=$? ;;
	all) tcxctl "$@" >&- 2>&- <&- || got=$? ;;
	esac
	cat "$tmp/err"
	echo "status $got"
	[ "$got" = "$want" ] && { [ "$to" = all ] || [ -z "$words" ] || grep -q -e "$words" "$tmp/err"; }
}

# A link that nobody holds is let go by a worker.
becomes_detached() {
	left=100
	until has_attached d 0; do
		left=$((left - 1))
		[ "$left" -gt 0 ] || return 1
		sleep 0.1
	done
}

# table HOW [--json]: a change is made and told of, and its status is not that of a failure.
table() {
	how=$1
	shift
	case $1 in
	'') done='d ingress: attached program id .* pass' gone='detached the last program' now='drop_tcp now' ;;
	*) done='"device":"d",.*"program":{"id"' gone='"device":"d",.*"direction":"ingress"' now='"replaced":' ;;
	esac
	what="$how $1"
	ok "$what: attach" untold "$how" 3 "$done" attach d ingress obj "$object" program pass "$@"
	ok "$what: it is attached" has_attached d 1
	ok "$what: attach, refused" untold "$how" 1 'id 4294967295' attach d ingress id 4294967295 "$@"
	ok "$what: show" untold "$how" 1 'cannot write the output' show d "$@"
	ok "$what: version" untold "$how" 1 'cannot write the output' version "$@"
	ok "$what: help" untold "$how" 1 'cannot write the output' help "$@"
	ok "$what: wrong usage" untold "$how" 2 "no command 'frob'" frob "$@"
	ok "$what: detach" untold "$how" 3 "$gone" detach d ingress last "$@"
	ok "$what: it is detached" has_attached d 0
	ok "$what: show, empty" untold "$how" "$empty" '' show "$@"
	ok "$what: hold a link" untold "$how" 1 'the program is detached again' \
		attach d ingress obj "$object" program pass --link "$@"
	ok "$what: it is detached again" becomes_detached
	ok "$what: pin a link" untold "$how" 3 "$bpf/untold" \
		attach d ingress obj "$object" program pass --link --pin "$bpf/untold" "$@"
	ok "$what: it is attached" has_attached d 1
	ok "$what: update" untold "$how" 3 "$now" update pinned "$bpf/untold" obj "$object" program drop_tcp "$@"
	ok "$what: detach the link" untold "$how" 3 "$bpf/untold" detach pinned "$bpf/untold" "$@"
	ok "$what: it is detached" has_attached d 0
	ok "$what: detach it again" untold "$how" 1 'cannot write the output' detach pinned "$bpf/untold" "$@"
	rm -f "$bpf/untold"
}

echo "TAP version 13"
{
	ip link add name d type "$type" && mkdir "$bpf"
} || {
	echo "Bail out! no device, or no bpffs"
	exit 1
}

# Nothing is nothing to be written, unless it is clear from the start that it cannot be read either.
empty=0
table full
empty=1
table full --json
table closed
empty=0
table pipe
empty=1
table all
table all --json
ok "a change that is refused is said where it can be" untold full 1 'nothing is attached' detach d ingress last --json

ip link del dev d
rm -rf "$bpf"
echo "1..$n"
echo "$((n - failed)) passed, $failed failed"
[ "$failed" -eq 0 ]
