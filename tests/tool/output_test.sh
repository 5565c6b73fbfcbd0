#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Output that cannot be written, JSON that cannot be made, and that all sources go through what notices it.

set -u
# shellcheck source=tests/tool/lib.sh
. "$(dirname "$0")/lib.sh"

# --- output that cannot be written -----------------------------------------------------------------------------------

# lost HOW CODE WORDS ARGUMENT...
lost() {
	local how=$1 code=$2 words=$3 got
	shift 3
	: > out
	case $how in
	full) "$O/tcxctl" "$@" > /dev/full 2> err ;;
	closed) "$O/tcxctl" "$@" >&- 2> err ;;
	pipe) ./unread "$O/tcxctl" "$@" 2> err ;;
	errors) "$O/tcxctl" "$@" > out 2> /dev/full ;;
	closed_errors) "$O/tcxctl" "$@" > out 2>&- ;;
	none) "$O/tcxctl" "$@" <&- >&- 2>&- ;;
	esac
	got=$?
	[ "$got" = "$code" ] && { [ -z "$words" ] || grep -qF -e "$words" err; }
	result $? "$how: tcxctl $*"
}

compile unread
result $? "a pipe that nobody reads"
export LIBTCX_BACKEND=none
for how in full closed pipe; do
	for command in version "version -j" "version -p" help "help attach" --version -h; do
		# shellcheck disable=SC2086 # a list
		lost $how 1 "tcxctl: cannot write the output: " $command
	done
	lost $how 2 "tcxctl: there is no command 'frob'" frob
	lost $how 2 "tcxctl: there is no command 'frob'" frob --json
	lost $how 1 "tcxctl: there is no file none.o" attach lo ingress obj none.o -jp
done
for how in errors closed_errors; do
	lost $how 0 "" version
	lost $how 2 "" frob
	lost $how 2 "" frob --json
	LIBTCX_BACKEND=module LIBTCX_DEVICE=/dev/null lost $how 1 "" --debug version
done
lost none 1 "" version
lost none 2 "" frob
unset LIBTCX_BACKEND

# --- JSON that cannot be made ----------------------------------------------------------------------------------------

# broken NAME CODE ARGUMENT...: each call fails once. What is printed is whole, or nothing and an error.
broken() {
	local name=$1 code=$2 i got
	shift 2
	"$O/tcxctl" "$@" --json > whole 2> err
	for ((i = 1; i < 200; i++)); do
		BROKEN=$i LD_PRELOAD=$tmp/broken.so "$O/tcxctl" "$@" --json > out 2> err
		got=$?
		if cmp -s out whole && [ $got = "$code" ] && [ ! -s err ]; then
			break
		fi
		if [ -s out ] || [ ! -s err ] || [ $got = 0 ]; then
			result 1 "$name: call $i fails: status $got"
			return
		fi
	done
	[ $i -gt 1 ] && [ $i -lt 200 ]
	result $? "$name: one of $((i - 1)) calls fails"
}
if compile broken.so; then
	LIBTCX_BACKEND=none broken "JSON of version" 0 version
	broken "JSON of an error" 2 frob
	broken "JSON of a refusal" 1 attach lo ingress obj none.o
else
	result 1 "the library that fails builds"
fi

# --- the sources -----------------------------------------------------------------------------------------------------

# Whoever adds an output uses what escapes and what notices that it fails.
cd "$here/src/tcxctl" || exit 1
grep -nE '\b(printf|puts|putchar|fputs|putc|fputc|fwrite|perror|vprintf|dprintf|fprintf|vfprintf|json_dump[a-z]*)\(' ./*.c */*.c |
	grep -vE '^./(print|refuse|log|json)\.c:|fprintf\(f, |json_dumps\(mark, |fwrite\(text, 1, size, w->to\)' > "$tmp/out"
[ ! -s "$tmp/out" ]
result $? "sources: all output goes through print.c, refuse.c, log.c and json.c"
grep -nE '\b(json_object_set|json_object_set_new|json_array_append|json_array_append_new)\(' ./*.c */*.c | grep -v '^./json.c:' > "$tmp/out"
[ ! -s "$tmp/out" ]
result $? "sources: members of JSON objects are put there by json.c"
# Of the strings that jansson gets, those that are not ours are escaped.
grep -nE 'json_string\(|json_pack\(' ./*.c */*.c | grep -vE '^./json\.c:|json_pack\("[^"%]*"|json_string\((name|log|levels\[|finding->(check|device|what|why|mend)|details->(tag|type|loaded_at)|features\[i\].name|hook_name\(|point_direction\(|verdict_name\(|time\)|packet->(source|destination)\)|s->why|$)' > "$tmp/out"
[ ! -s "$tmp/out" ]
result $? "sources: no JSON string of somebody else's"
cat ./*.c */*.c ../libtcx/*.c | grep -oE '\b(print|refuse|usage|text_format|say|tcx__say|pr_warn|pr_debug)\((c, |text, )?"([^"\\]|\\.)*"' |
	grep -oE '%[^a-zA-Z%]*(ll|l|z|hh|h|j|t)?[a-zA-Z%]' | grep -vxE '%([-0]*(\*|[0-9]+)?(ll|l|z)?[dux]|-?(\*|[0-9]+)?[sc]|%)' > "$tmp/out"
[ ! -s "$tmp/out" ]
result $? "sources: only conversions that libtcx/text.h has"
cd "$tmp" || exit 1

finish
