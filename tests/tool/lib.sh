# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# For the tests of tcxctl and libtcx that need no module, which source it. They
# run in a network and a mount namespace of their own, where that can be, and in
# a folder of their own.
#
# Usage: tests/tool/NAME_test.sh
# Environment: O, the build directory (default: build); V=1, print all output;
# RUNNER, a command to run the tool under, such as "valgrind -q".

here=$(cd "$(dirname "$0")/../.." && pwd)
O=$(realpath -m "${O:-$here/build}")
CC=${CC:-gcc}

if [ -z "${TCXCTL_TEST_INSIDE-}" ]; then
	if ! make -s -C "$here/src/libtcx" O="$O" || ! make -s -C "$here/src/tcxctl" O="$O"; then
		echo "Bail out! tcxctl does not build"
		exit 1
	fi
	if unshare -n -m true 2>/dev/null; then
		TCXCTL_TEST_INSIDE=1 exec unshare -n -m "$0" "$@"
	fi
	export TCXCTL_TEST_INSIDE=no
fi

tmp=$(mktemp -d)
# The mount namespace takes bpffs away.
trap 'umount "$tmp/bpf" 2>/dev/null; rm -rf "$tmp"' EXIT
cd "$tmp" || exit 1

passed=0 failed=0 skipped=0 number=0

result() { # OK NAME
	number=$((number + 1))
	if [ "$1" = 0 ]; then
		passed=$((passed + 1))
		echo "ok $number - $2"
	else
		failed=$((failed + 1))
		echo "not ok $number - $2"
	fi
	if [ "$1" != 0 ] || [ "${V:-0}" = 1 ]; then
		cat -v out err 2>/dev/null | sed 's/^/# /'
	fi
}

skip() { # NAME REASON
	number=$((number + 1)) skipped=$((skipped + 1))
	echo "ok $number - $1 # SKIP $2"
}

# compile FILE...: what the Makefile beside this makes of the sources there
compile() {
	make -s -C "$here/tests/tool" CC="$CC" O="$O" OUT="$tmp" "${@/#/$tmp/}" 2> err
}

run() {
	# shellcheck disable=SC2086 # RUNNER is a command and its arguments
	${RUNNER-} "$O/tcxctl" "$@" > out 2> err
}

# expect NAME CODE REGEX ARGUMENTS...: the exit code, and a line of output or,
# when it is not 0, of standard error and of nothing else.
expect() {
	local name=$1 code=$2 regex=$3 got file=out
	shift 3
	run "$@"
	got=$?
	[ "$code" = 0 ] || file=err
	[ "$got" = "$code" ] && grep -qE -- "$regex" "$file" &&
		{ [ "$code" = 0 ] || [ ! -s out ]; }
	result $? "$name"
}

# expect_json NAME CODE EXPRESSION ARGUMENTS...: the output is one JSON value
# and the Python expression on it, v, holds; standard error is empty.
expect_json() {
	local name=$1 code=$2 expression=$3 got
	shift 3
	run --json "$@"
	got=$?
	[ "$got" = "$code" ] && [ ! -s err ] && python3 -c '
import json, sys
v = json.load(sys.stdin)
sys.exit(not eval(sys.argv[1]))' "$expression" < out 2>> err
	result $? "$name"
}

# The answers of a C program, one a line: yes or no, and what about.
answers() { # NAME COMMAND...
	local name=$1 answer what
	shift
	"$@" > answers 2> err
	result $? "$name: runs"
	while read -r answer what; do
		[ "$answer" = yes ]
		result $? "$name: $what"
	done < answers
}

# without FDS ARGUMENTS...: with these closed
without() {
	local fds=$1 fd
	shift
	(
		exec > out 2> err
		for fd in $fds; do
			case $fd in
			0) exec <&- ;;
			1) exec >&- ;;
			2) exec 2>&- ;;
			esac
		done
		# shellcheck disable=SC2086 # RUNNER is a command and its arguments
		exec ${RUNNER-} "$O/tcxctl" "$@"
	)
}

# have_module: the stand-in for the module compiles, and fake is its name.
# with_module COMMAND...: as if that module was there.
fake=
export ASAN_OPTIONS=verify_asan_link_order=0
have_module() {
	! compile fake.so || fake=$tmp/fake.so
	[ "$fake" ]
}

with_module() {
	LIBTCX_BACKEND=auto LIBTCX_DEVICE=/dev/null LD_PRELOAD=$fake "$@"
}

# The end of every script
finish() {
	echo "1..$number"
	[ "$skipped" = 0 ] || echo "# $skipped skipped"
	echo "$passed passed, $failed failed"
	[ "$failed" = 0 ] && [ "$number" -gt 0 ]
}

echo "TAP version 13"
