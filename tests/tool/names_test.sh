#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Names that others choose, in sentences and JSON; and options in every spelling.

set -u
# shellcheck source=tests/tool/lib.sh
. "$(dirname "$0")/lib.sh"

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

word=$'x\e[1m\n\xff\xe2\x80\xae\\x41\\'
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
if compile names.o; then
	section=$'some\e]0;where\a\xe2\x80\xae'
	said 1 $'a\e[31mred (section tcx/ingress), b\nlibbpf: all is well\n\\x41 (section tc)' attach lo ingress obj names.o
	said 1 $'c\xff\x9b (section '"$section)" attach lo ingress obj names.o program none
	said 1 $'classifier/x\e\n\xff' attach lo ingress obj names.o section none
	said 1 $'d\xe2\x80\x8bx' attach lo ingress obj names.o section xdp
else
	skip "names in objects" "no clang for BPF"
fi
judge_json

# --- the module's answers --------------------------------------------------------------------------------------------

compile other_module.so
result $? "a module of another version"
ln -s /dev/null $'d\n\e]0;\xff'
export LIBTCX_DEVICE=$'d\n\e]0;\xff' LIBTCX_BACKEND=module
LD_PRELOAD=$tmp/other_module.so "$O/tcxctl" version > out 2> err
grep -qxF 'module    9\x1b[2J\x0a\xff\x5c, ABI 77' out && grep -qF '(version 9\x1b[2J\x0a\xff\x5c)' out
result $? "version: the module's version"
LD_PRELOAD=$tmp/other_module.so "$O/tcxctl" -jd version > out 2> err
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

finish
