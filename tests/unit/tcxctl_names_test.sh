#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Tests of what tcxctl and libtcx make of names that others choose, and of output that cannot be written: the escaped
# form of every character, sentences and messages of the library, options in every spelling, JSON that cannot be made.
# On a host whose kernel has tcx also the scripts of tests/vm about that.
#
# Usage: tests/unit/tcxctl_names_test.sh
# Environment: O, the build directory (default: build); V=1, print all output.

set -u
here=$(cd "$(dirname "$0")/../.." && pwd)
O=$(realpath -m "${O:-$here/build}")
CC=${CC:-gcc}

if ! make -s -C "$here/src/libtcx" O="$O" || ! make -s -C "$here/src/tcxctl" O="$O"; then
	echo "Bail out! tcxctl does not build"
	exit 1
fi
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
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

echo "TAP version 13"

# --- the escaped form -------------------------------------------------------------------------------------------------

cat > escape.c <<'C'
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <libtcx.h>

#include "text.h"

#define CHECK(name, ok) \
	printf("%s %s\n", (ok) ? "yes" : "no", name)

/* What is said, compared with what snprintf() makes of it. */
#define SAME(name, ...) \
	do { \
		struct tcx__text t = { .buf = one, .size = sizeof(one) }; \
		tcx__say(&t, __VA_ARGS__); \
		snprintf(two, sizeof(two), __VA_ARGS__); \
		CHECK(name, !strcmp(one, two) && t.len == strlen(two)); \
	} while (0)

static char one[4096], two[4096];

static size_t decode(char *to, const char *from)
{
	size_t n = 0;
	unsigned int byte;

	while (*from) {
		if (from[0] == '\\') {
			if (from[1] != 'x' || sscanf(from + 2, "%2x", &byte) != 1)
				return 0;
			to[n++] = byte;
			from += 4;
		} else {
			to[n++] = *from++;
		}
	}
	to[n] = 0;
	return n;
}

/* Mostly what is special, and what nearly is. */
static size_t make(char *to)
{
	static const char * const parts[] = {
		"\\", "\\x41", "\n", "\033[", "\xe2\x80\xae", "\xc3\xbc", "\xe6\x97\xa5", "\xe6\x97",
		"\xc0\xaf", "\xed\xa1\x80", "\xf4\x90\x80\x80", "\xf0\x9f\x9a\x80", "\xff", "\x9b", "a", " ",
	};
	size_t n = 0;
	int i, count = rand() % 12;

	for (i = 0; i < count; i++) {
		if (rand() % 3) {
			const char *part = parts[rand() % (sizeof(parts) / sizeof(parts[0]))];

			strcpy(to + n, part);
			n += strlen(part);
		} else {
			to[n++] = 1 + rand() % 255;
		}
	}
	to[n] = 0;
	return n;
}

static int random_texts(void)
{
	char text[256], shown[1024], part[1024], back[1024];
	int i, n;
	size_t size;

	for (i = 0; i < 20000; i++) {
		make(text);
		n = tcx_escape(text, shown, sizeof(shown));
		if (n != (int)strlen(shown) || decode(back, shown) != strlen(text) || strcmp(back, text))
			return 0;
		if (tcx_escape(text, NULL, 0) != n)
			return 0;
		/* The longest beginning that fits, and no part of a character. */
		for (size = 1; size <= (size_t)n + 1; size++) {
			memset(part, 'X', sizeof(part));
			if (tcx_escape(text, part, size) != n || strlen(part) >= size ||
			    strncmp(part, shown, strlen(part)) || part[size] != 'X')
				return 0;
			decode(back, part);
			if (strncmp(back, text, strlen(back)) || size - strlen(part) > 16)
				return 0;
			if (strlen(part) < (size_t)n && (shown[strlen(part)] & 0xc0) == 0x80)
				return 0;
		}
	}
	return 1;
}

/* Each character that is shown as it is: its number and its width. */
static void list(void)
{
	char text[5], shown[64];
	unsigned int code;

	for (code = 1; code < 0x110000; code++) {
		int n = 0;

		if (code < 0x80) {
			text[n++] = code;
		} else if (code < 0x800) {
			text[n++] = 0xc0 | code >> 6;
			text[n++] = 0x80 | (code & 0x3f);
		} else if (code < 0x10000) {
			text[n++] = 0xe0 | code >> 12;
			text[n++] = 0x80 | (code >> 6 & 0x3f);
			text[n++] = 0x80 | (code & 0x3f);
		} else {
			text[n++] = 0xf0 | code >> 18;
			text[n++] = 0x80 | (code >> 12 & 0x3f);
			text[n++] = 0x80 | (code >> 6 & 0x3f);
			text[n++] = 0x80 | (code & 0x3f);
		}
		text[n] = 0;
		tcx_escape(text, shown, sizeof(shown));
		if (!strcmp(text, shown))
			printf("%u %zu\n", code, tcx__width(text));
		else if (strlen(shown) != 4 * strlen(text) || tcx__width(text) != strlen(shown))
			printf("%u 0\n", code);
	}
}

static char caught[8192];

static int catch(enum tcx_print_level level, const char *format, va_list args)
{
	(void)level;
	return vsnprintf(caught, sizeof(caught), format, args);
}

int main(int argc, char **argv)
{
	TCX_OPTS(tcx_explain_opts, what, .op = TCX_OP_ATTACH, .ifindex = 1,
		 .device = "a\033\nb", .attach_type = BPF_TCX_EGRESS);
	struct tcx__text text = { .buf = one, .size = sizeof(one) };
	int n, i;

	(void)argv;
	if (argc > 1) {
		list();
		return 0;
	}
	CHECK("no text", tcx_escape(NULL, one, 1) == -EINVAL);
	CHECK("no buffer", tcx_escape("x", NULL, 1) == -EINVAL);
	CHECK("empty", !tcx_escape("", one, 1) && !*one);
	CHECK("each byte of what is not shown", tcx_escape("\xe2\x80\xae\x9b\n\\", one, sizeof(one)) == 24 &&
	      !strcmp(one, "\\xe2\\x80\\xae\\x9b\\x0a\\x5c"));
	CHECK("a character that is cut off", tcx_escape("\xe6\x97", one, sizeof(one)) == 8);
	CHECK("random texts come back", random_texts());

	SAME("numbers", "%d %u %x %ld %lu %lx %lld %llu %llx %zu", -3, 4u, 255u, -5l, 6ul, 254ul, -7ll, ~0ull, 253ull,
	     (size_t)8);
	SAME("the smallest numbers", "%d %ld %lld", (int)0x80000000, (long)(1ul << 63), (long long)(1ull << 63));
	SAME("widths", "%-8u|%8u|%08u|%-8d|%08d|%-*u|%*u|%2u", 1u, 2u, 3u, -4, -5, 6, 7u, 8, 9u, 100u);
	SAME("strings", "%s|%-6s|%6s|%-*s|%*s|%c|%%|%s", "a", "b", "c", 5, "d", -5, "e", 'f', "");
	tcx__say(&text, "%-6s|%6s|%-8s|%c|\n", "\xe6\x97\xa5", "\xc3\xbc", "\\", '\033');
	CHECK("columns", !strcmp(one, "\xe6\x97\xa5    |     \xc3\xbc|\\x5c    |\\x1b|\n"));
	text.len = 0;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat"
	tcx__say(&text, "%u %q %s", 1u, "x", "y");
#pragma GCC diagnostic pop
	CHECK("what it does not know ends it", !strcmp(one, "1 %q %s"));

	tcx_set_print(catch);
	setenv("LIBTCX_BACKEND", "b\033[1m\n\\", 1);
	tcx_backend();
	CHECK("a message", !strcmp(caught,
	      "libtcx: LIBTCX_BACKEND=b\\x1b[1m\\x0a\\x5c is ignored: it can be native, module, none or auto\n"));
	memset(two, '\n', 1000);
	two[1000] = 0;
	setenv("LIBTCX_BACKEND", two, 1);
	tcx_backend();
	CHECK("a long message", strlen(caught) > 4000 && strstr(caught, "\\x0a is ignored: it can be"));
	unsetenv("LIBTCX_BACKEND");

	setenv("LIBTCX_DEVICE", "/dev/d\377\n", 1);
	n = tcx_explain(-EACCES, &what, one, sizeof(one));
	CHECK("a sentence", n == (int)strlen(one) &&
	      !strncmp(one, "cannot attach to a\\x1b\\x0ab egress: /dev/d\\xff\\x0a may not be opened", 67));
	for (i = 1; i <= n + 1; i++) {
		memset(two, 'X', sizeof(two));
		if (tcx_explain(-EACCES, &what, two, i) != n || strlen(two) >= (size_t)i ||
		    strncmp(one, two, strlen(two)) || two[i] != 'X')
			break;
	}
	CHECK("a sentence that is cut", i == n + 2);
	return 0;
}
C
for kind in so.1 a; do
	# The formatter is the library's own business: of the shared one, nobody sees it.
	extra=
	[ $kind = a ] || extra="$here/src/libtcx/text.c $here/src/libtcx/escape.c"
	# shellcheck disable=SC2086 # a list
	$CC ${CFLAGS-} -D_GNU_SOURCE -Wall -Wextra -I"$here/include" -I"$here/uapi" -I"$here/src/libtcx" -o escape escape.c \
		$extra -Wl,-rpath,"$O" "$O/libtcx.$kind" -lbpf 2> err
	result $? "libtcx.$kind: links"
	answers "libtcx.$kind" ./escape
done

./escape list > shown
cat > judge.py <<'P'
# What is shown as it is does nothing but be seen, and the width is right.
import sys, unicodedata as u
bad, seen = [], set()
for line in open("shown"):
    code, width = map(int, line.split())
    c = chr(code)
    seen.add(code)
    if code < 0x80:
        good = 0x20 <= code < 0x7f and c != "\\" and width == 1
    else:
        good = (u.category(c)[0] in "LNPS" and u.combining(c) == 0 and
                u.bidirectional(c) not in ("R", "AL", "AN", "NSM", "BN", "LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI",
                                           "FSI", "PDI") and
                # fillers: letters that are not to be seen
                code not in (0x115f, 0x1160, 0x2800, 0x3164, 0xffa0) and
                width == (2 if u.east_asian_width(c) in "WF" else 1))
    if not good:
        bad.append(f"U+{code:04X} {u.name(c, '?')} width {width}")
wanted = set(range(0x20, 0x7f)) - {0x5c} | set(map(ord, "äöüßéñçøåžłőşČαωΔжяЖ日本語かなカナー한글"))
bad += [f"U+{code:04X} is not shown" for code in wanted - seen]
print("\n".join(bad))
sys.exit(bool(bad))
P
python3 judge.py > out 2> err
result $? "all characters: what is shown is harmless, and as wide as it is said to be"

# --- the command line -------------------------------------------------------------------------------------------------

mkdir json
rows=0

# in_json CODE WORDS ARGUMENT...: the error is one JSON value in standard output, with the words in it, and nothing is in
# standard error. All are judged at once, by judge_json.
in_json() {
	local code=$1 words=$2 got
	shift 2
	rows=$((rows + 1))
	"$O/tcxctl" "$@" > json/$rows.out 2> json/$rows.err
	got=$?
	printf '%s' "$code" > json/$rows.code
	printf '%s' "$got" > json/$rows.got
	printf '%s' "$words" > json/$rows.words
	printf '%q ' "$@" > json/$rows.name
}

judge_json() {
	cat > judge_json.py <<-'P'
		import json, sys
		def read(row, what):
		    return open(f"json/{row}.{what}", "rb").read().decode("utf-8", "surrogateescape")
		for row in range(1, int(sys.argv[1]) + 1):
		    try:
		        good = (read(row, "code") == read(row, "got") and not read(row, "err") and
		                read(row, "words") in json.loads(read(row, "out"))["error"])
		    except (ValueError, KeyError):
		        good = False
		    print("yes" if good else "no", "tcxctl", read(row, "name"))
	P
	answers "as JSON" python3 judge_json.py $rows
}

for json in -j -p -jp -jpd -dj -pd -djp --json --pretty --js --jso --pre --j; do
	in_json 2 "no option --frob" $json show --frob
	in_json 2 "no option --frob" show --frob $json
	in_json 2 "no option --frob" --frob show $json
	in_json 2 "no option -x" -x $json show
	in_json 2 "no option -x" show -x $json
	in_json 2 "no command 'frob'" frob $json
	in_json 2 "needs a value" attach lo $json ingress id 1 --replace
	in_json 2 "above 0, not 'x'" detach lo ingress first --expected-revision=x $json
	in_json 1 "no file none.o" attach lo ingress obj none.o $json
done
in_json 2 "no option -x" show -xj
in_json 2 "no option -x" show -jx
in_json 2 "no option -x" show -dxp
in_json 2 "--link=3 takes no value" show --link=3 -j
in_json 2 "--json=3 takes no value" show --json=3 -j
judge_json

# in_words WORDS ARGUMENT...: an error in words, since what looks like -j is something else.
in_words() {
	local words=$1
	shift
	"$O/tcxctl" "$@" > out 2> err
	[ $? = 2 ] && [ ! -s out ] && grep -qF -e "$words" err
	result $? "in words: tcxctl $(printf '%q ' "$@")"
}
in_words "no command 'frob'" frob -- -j
in_words "'--json' is one word too many" detach lo ingress id 1 -- --json
in_words "id:N, link:N, pinned:PATH, first or last, not '-j'" attach lo ingress id 1 --replace -j
in_words "no option -\\xc3" show $'-\xc3\xbc'
in_words "no option -\\x1b" show $'-\e'
in_words "no option --\\x1b[1m, or" show $'--\e[1m'
in_words "--json=3 takes no value" show --json=3

# --- names on the command line and in objects, which no kernel has to see ------------------------------------------------

# said CODE NAME ARGUMENT...: as text and as JSON, with the name in the sentence, escaped as bash decodes it.
said() {
	local code=$1 name=$2 text got
	shift 2
	"$O/tcxctl" "$@" > out 2> err
	got=$?
	text=$(cat out err; echo .)
	[ $got = "$code" ] && ! LC_ALL=C grep -qP '[^\x0a\x20-\x7e]' out err && [[ $(printf %b "$text") == *"$name"* ]]
	result $? "said: tcxctl $(printf '%q ' "$@")"
	in_json "$code" "$(sed -n '1s/^tcxctl: //p' err)" -j "$@"
}

word=$'x\e[1m\n\xff\u202e\\x41\\'
rows=0
said 2 "$word" "$word"
said 2 "$word" help "$word"
said 2 "$word" show "--$word"
said 2 "$word" attach lo "$word" id 1
said 2 "$word" attach lo ingress "$word" 1
said 2 "$word" attach lo ingress id "$word"
said 2 "$word" attach lo ingress id 1 "--before=$word"
said 2 "$word" detach lo ingress first "--expected-revision=$word"
said 2 "$word" attach lo ingress id 1 --link "--timeout=$word"
said 2 "$word" show lo "$word"
said 2 "$word" detach lo ingress id 1 "$word"
said 2 "$word" version "$word"
said 2 "$word" help show "$word"
said 2 "$word" attach lo ingress obj x.o "$word"
said 2 "$word" update "$word" 1
said 1 "$word" attach lo ingress obj "$word"
said 1 "$word" attach lo ingress pinned "$word"
said 1 "$word" attach lo ingress pinned "$word" --before=pinned:x
said 1 "$word" detach pinned "$word"
said 1 "$word" update pinned "$word" id 1
: > "$word"
said 1 "$word" attach lo ingress obj "$word"
if clang -O2 -g -target bpf -I"$here/uapi" -idirafter "/usr/include/$($CC -print-multiarch)" -c -o names.bpf.o \
	"$here/tests/vm/progs/names.bpf.c" 2> err; then
	section=$'some\e]0;where\a\u202e'
	said 1 $'a\e[31mred (section tcx/ingress), b\nlibbpf: all is well\n\\x41 (section tc)' attach lo ingress obj names.bpf.o
	said 1 $'c\xff\x9b (section '"$section)" attach lo ingress obj names.bpf.o program none
	said 1 $'classifier/x\e\n\xff' attach lo ingress obj names.bpf.o section none
	said 1 "$section" attach lo ingress obj names.bpf.o program $'c\xff\x9b'
	said 1 $'d\u200bx' attach lo ingress obj names.bpf.o section xdp
else
	skip "names in objects" "no clang for BPF"
fi
judge_json

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

cat > unread.c <<'C'
#include <unistd.h>

int main(int argc, char **argv)
{
	int fds[2];

	if (argc < 2 || pipe(fds) || dup2(fds[1], 1) < 0)
		return 126;
	close(fds[0]);
	close(fds[1]);
	execv(argv[1], argv + 1);
	return 127;
}
C
$CC -o unread unread.c 2> err
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

cat > broken.c <<'C'
#include <dlfcn.h>
#include <stdlib.h>
#include <jansson.h>

/* Whether this call, counted over all functions, is the one that fails. */
static int fails(void)
{
	static int calls;
	const char *which = getenv("BROKEN");

	return which && ++calls == atoi(which);
}

#define BREAK(type, name, declared, given) \
type name declared \
{ \
	type (*real) declared = dlsym(RTLD_NEXT, #name); \
	return fails() ? (type)0 : real given; \
}

BREAK(json_t *, json_string, (const char *s), (s))
BREAK(json_t *, json_integer, (json_int_t n), (n))
BREAK(json_t *, json_array, (void), ())
BREAK(json_t *, json_object, (void), ())
BREAK(char *, json_dumps, (const json_t *j, size_t f), (j, f))

int json_object_set_new(json_t *o, const char *k, json_t *v)
{
	int (*real)(json_t *, const char *, json_t *) = dlsym(RTLD_NEXT, "json_object_set_new");

	return fails() ? -1 : real(o, k, v);
}

int json_array_append_new(json_t *a, json_t *v)
{
	int (*real)(json_t *, json_t *) = dlsym(RTLD_NEXT, "json_array_append_new");

	return fails() ? -1 : real(a, v);
}
C
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
if $CC -shared -fPIC -D_GNU_SOURCE -o broken.so broken.c -ldl 2> err; then
	LIBTCX_BACKEND=none broken "JSON of version" 0 version
	broken "JSON of an error" 2 frob
	broken "JSON of a refusal" 1 attach lo ingress obj none.o
else
	result 1 "the library that fails builds"
fi

# --- the module's answers --------------------------------------------------------------------------------------------

cat > fake.c <<'C'
#include <stdarg.h>
#include <string.h>
#include <linux/tcx_backport.h>

int ioctl(int fd, unsigned long cmd, ...)
{
	struct tcx_backport_info *info;
	va_list args;

	(void)fd;
	va_start(args, cmd);
	info = va_arg(args, struct tcx_backport_info *);
	va_end(args);
	if (cmd != TCX_BACKPORT_INFO)
		return -1;
	memset(info, 0, sizeof(*info));
	info->magic = TCX_BACKPORT_MAGIC;
	info->abi = 77;
	memcpy(info->version, "9\033[2J\n\377\\", 9);
	return 0;
}
C
$CC -shared -fPIC -I"$here/uapi" -o fake.so fake.c 2> err
result $? "a module of another version"
ln -s /dev/null $'d\n\e]0;\xff'
export LIBTCX_DEVICE=$'d\n\e]0;\xff' LIBTCX_BACKEND=module
LD_PRELOAD=$tmp/fake.so "$O/tcxctl" version > out 2> err
grep -qxF 'module    9\x1b[2J\x0a\xff\x5c, ABI 77' out && grep -qF '(version 9\x1b[2J\x0a\xff\x5c)' out
result $? "version: the module's version"
LD_PRELOAD=$tmp/fake.so "$O/tcxctl" -jd version > out 2> err
python3 -c '
import json
v = json.load(open("out"))
assert v["module"]["version"] == r"9\x1b[2J\x0a\xff\x5c"
assert r"(version 9\x1b[2J\x0a\xff\x5c)" in v["problem"]
assert r"libtcx: d\x0a\x1b]0;\xff has ABI version 77" in open("err").read()' 2>> err
result $? "version: the module's version, as JSON, and the device in a message"
"$O/tcxctl" show > out 2> err
[ $? = 1 ] && grep -qF 'd\x0a\x1b]0;\xff is not the device of tcx_backport' err && [ "$(wc -l < err)" = 1 ]
result $? "show: the device's path"
unset LIBTCX_DEVICE LIBTCX_BACKEND

# --- the sources -----------------------------------------------------------------------------------------------------

# Whoever adds an output uses what escapes and what notices that it fails.
cd "$here/src/tcxctl" || exit 1
grep -nE '\b(printf|puts|putchar|fputs|putc|fputc|fwrite|perror|vprintf|dprintf|fprintf|vfprintf|json_dump[a-z]*)\(' ./*.c cmd/*.c |
	grep -vE '^./(print|refuse|log|json)\.c:|fprintf\(f, ' > "$tmp/out"
[ ! -s "$tmp/out" ]
result $? "sources: all output goes through print.c, refuse.c, log.c and json.c"
grep -nE '\b(json_object_set|json_object_set_new|json_array_append|json_array_append_new)\(' ./*.c cmd/*.c | grep -v '^./json.c:' > "$tmp/out"
[ ! -s "$tmp/out" ]
result $? "sources: members of JSON objects are put there by json.c"
# Of the strings that jansson gets, those that are not ours are escaped.
grep -nE 'json_string\(|json_pack\(' ./*.c cmd/*.c | grep -vE '^./json\.c:|json_pack\("[^"%]*"|json_string\((name|log|details->(tag|type|loaded_at)|features\[i\].name|hook_name\(|point_direction\(|s->why|$)' > "$tmp/out"
[ ! -s "$tmp/out" ]
result $? "sources: no JSON string of somebody else's"
cat ./*.c cmd/*.c ../libtcx/*.c | grep -oE '\b(print|refuse|usage|text_format|say|tcx__say|pr_warn|pr_debug)\((c, |text, )?"([^"\\]|\\.)*"' |
	grep -oE '%[^a-zA-Z%]*(ll|l|z|hh|h|j|t)?[a-zA-Z%]' | grep -vxE '%([-0]*(\*|[0-9]+)?(ll|l|z)?[dux]|-?(\*|[0-9]+)?[sc]|%)' > "$tmp/out"
[ ! -s "$tmp/out" ]
result $? "sources: only conversions that libtcx/text.h has"
cd "$tmp" || exit 1

# --- real names ------------------------------------------------------------------------------------------------------

cat > refused.c <<'C'
__attribute__((section("tc"), used)) int refused(void *ctx)
{
	int ret;

	__asm__ volatile("%0 = *(u32 *)(r10 - 600)" : "=r"(ret)); /* no such place */ /* 	\ */
	return ret;
}
char _license[] __attribute__((section("license"), used)) = "GPL";
C
vm() { # SCRIPT
	local kind name
	mkdir -p vm
	cp "$here/tests/lib/tap.sh" "$here/tests/vm/names.sh" "$here/tests/vm/$1" vm/
	# shellcheck disable=SC2016 # the inner shell expands it
	DEVICE_TYPE=bridge PATH=$O:$PATH timeout 600 unshare -n -m sh -c \
		'mount -t bpf none /sys/fs/bpf && exec "$@"' - "vm/$1" > vm.out 2> err
	while IFS= read -r kind; do
		name=${kind#* - }
		case $kind in
		'ok '*) result 0 "$1: $name" ;;
		'not ok '*) result 1 "$1: $name" ;;
		esac
	done < <(grep -aE '^(not )?ok ' vm.out)
	[ "$(grep -acE '^(not )?ok ' vm.out)" = "$(sed -n 's/^1\.\.//p' vm.out)" ]
	result $? "$1: as many results as announced"
}

"$O/tcxctl" version > out
if ! grep -q "^backend *native" out; then
	skip "real names" "the host's kernel has no tcx of its own"
elif ! unshare -n -m true 2> err; then
	skip "real names" "no namespaces can be made here"
elif ! make -s -C "$here/tests/vm" OUT="$tmp/vm" KSELFTEST=. "$tmp/vm/names" "$tmp/vm/progs/names.bpf.o" \
	"$tmp/vm/progs/traffic.bpf.o" > out 2> err; then
	result 1 "the helpers of tests/vm build"
else
	clang -O2 -g -target bpf -c refused.c 2> err
	"$O/tcxctl" attach lo ingress obj refused.o > out 2> err
	# The log is the message's second and further lines.
	[ $? = 1 ] && grep -q '^  .*no such place.*\\x09\\x5c' err && ! grep -vqE '^(tcxctl: |libbpf: |  )' err
	result $? "the verifier's log, with a line of source"
	"$O/tcxctl" -j attach lo ingress obj refused.o > out 2> err
	python3 -c '
import json
log = json.load(open("out"))["log"]
assert r"no such place */ /* \x09\x5c" in log
assert all(line[:2] == "  " or line[:7] == "libbpf:" for line in log.splitlines()), log' 2>> err
	result $? "the verifier's log, as JSON"
	vm tcxctl_device_names.sh
	vm tcxctl_pin_names.sh
	vm tcxctl_output.sh
fi

echo "1..$number"
[ "$skipped" = 0 ] || echo "# $skipped skipped"
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
