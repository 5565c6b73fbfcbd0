# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0
# For tcxctl_device_names.sh and tcxctl_pin_names.sh, which source it after setting here: calls of tcxctl in which an odd name is, and
# what may be printed then. Also a device d, and a folder in bpffs.
#
# DEVICE_TYPE: a type of device that can be made by a name, dummy by default.

here=${here:?to be set by the script that sources this}
# shellcheck source=tests/lib/tap.sh
. "$here/tap.sh"
# shellcheck disable=SC2034 # for that script
object=$here/progs/traffic.bpf.o
bpf=/sys/fs/bpf/names-$$
type=${DEVICE_TYPE:-dummy}
children=

cleanup() {
	# shellcheck disable=SC2086 # one word per process
	[ -z "$children" ] || kill -KILL $children 2>/dev/null
	rm -rf "$tmp" "$bpf"
}
trap cleanup EXIT
trap 'exit 1' HUP INT TERM

# call STATUS ARGUMENT...
call() {
	want=$1 got=0
	shift
	timeout 20 tcxctl "$@" >"$tmp/out" 2>"$tmp/err" || got=$?
	[ "$got" = "$want" ] && return
	echo "status $got"
	return 1
}

# What was printed, for a log that nobody's name shall get into.
failed_row() {
	cat -v "$tmp/out" "$tmp/err"
	return 1
}

# says STATUS NAME ARGUMENT...: as text, with the name in it if one is given.
says() {
	want=$1 name=$2
	shift 2
	call "$want" "$@" && "$here/names" says "$name" "$tmp/out" "$tmp/err" || failed_row
}

# tells STATUS NAME ARGUMENT...: as JSON, with nothing beside it. Where it is refused, the name is in a sentence.
tells() {
	want=$1 name=$2 how=mentions
	shift 2
	[ "$want" != 0 ] || how=tells
	call "$want" --json "$@" && [ ! -s "$tmp/err" ] && "$here/names" "$how" "$name" "$tmp/out" || failed_row
}

# both DESCRIPTION STATUS NAME ARGUMENT...: what changes nothing, in both forms.
both() {
	description_of=$1
	shift
	ok "$description_of" says "$@"
	ok "$description_of, as JSON" tells "$@"
}

# begin: what a script starts with. finish: what it ends with; its status is 0 only if nothing failed.
begin() {
	echo "TAP version 13"
	ip link add name d type "$type" && mkdir "$bpf" && return
	echo "Bail out! no device, or no bpffs"
	exit 1
}

finish() {
	ip link del dev d
	rm -rf "$bpf"
	echo "1..$n"
	echo "$((n - failed)) passed, $failed failed"
	[ "$failed" -eq 0 ]
}
