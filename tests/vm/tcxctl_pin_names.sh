#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# about the tool
# needs: ip tcxctl
#
# Names that others choose, those of pins, processes and programs, through the commands of tcxctl: nothing that a
# terminal obeys comes out, and what comes out gives the name back. Runs unchanged with the module and on a kernel with
# native tcx.

here=$(dirname "$0")
# shellcheck source=tests/vm/names.sh
. "$here/names.sh"
odd=$here/progs/names.bpf.o

# pin LABEL NAME: a folder and a pin of that name
pin() {
	what=$1 dir="$bpf/$2" at="$bpf/$2/$2"
	both "$what: no such folder" 1 "$dir" attach d ingress obj "$object" program pass --link --pin "$at"
	mkdir "$dir"
	both "$what: no such pin" 1 "$at" attach d ingress pinned "$at"
	mkdir "$tmp/$2"
	both "$what: a place outside bpffs" 1 "$tmp/$2" attach d ingress obj "$object" program pass --link --pin "$tmp/$2/x"
	ok "$what: attach" says 0 "$at" attach d ingress obj "$object" program pass --link --pin "$at"
	both "$what: it is there already" 1 "$at" attach d ingress obj "$object" program pass --link --pin "$at"
	both "$what: show" 0 "$at" show d
	both "$what: show all" 0 "$at" show
	both "$what: it is not a program" 1 "$at" attach d egress pinned "$at"
	ok "$what: update" says 0 '' update pinned "$at" obj "$object" program drop_tcp
	ok "$what: detach" says 0 "$at" detach pinned "$at"
	both "$what: show the defunct" 0 "$at" show
	ok "$what: detach the defunct, as JSON" tells 0 "$at" detach pinned "$at"
	rm "$at"
	ok "$what: attach, as JSON" tells 0 "$at" attach d ingress obj "$object" program pass --link --pin "$at"
	rm "$at"
	"$here/names" map "$at"
	both "$what: a map is no link" 1 "$at" update pinned "$at" id 1
	both "$what: nor anything to detach" 1 "$at" detach d ingress pinned "$at"
	rm "$at"
	rmdir "$dir"
}

# begins FILE: waits until it has a line
begins() {
	left=200
	until [ -s "$1" ]; do
		left=$((left - 1))
		[ "$left" -gt 0 ] || return 1
		sleep 0.1
	done
}

# The line has one holder, and no blank in its name.
one_holder() {
	tcxctl show d >"$tmp/show"
	cat -v "$tmp/show"
	grep -qE "^ *held by $holder \\([^ ]*\\)\$" "$tmp/show"
}

# process LABEL NAME: a process of that name holds the link at $bpf/held.
process() {
	what=$1
	: >"$tmp/ready"
	"$here/names" hold "$2" "$bpf/held" >"$tmp/ready" &
	holder=$!
	children="$children $holder"
	begins "$tmp/ready"
	both "$what: show" 0 "$2" show d
	ok "$what: it is one process, with one name" one_holder
	kill -KILL "$holder"
	wait "$holder" 2>/dev/null
}

detach_held() {
	: >"$tmp/ready"
	"$here/names" hold "$1" "$bpf/held" >"$tmp/ready" &
	children="$children $!"
	begins "$tmp/ready"
}

begin
pin "pin with lines" "$(printf 'a\n1\033[2J')"
pin "pin like two" "$(printf 'x, y and 2 more\\x\377\302\205')"

ok "a link to hold" says 0 '' attach d ingress obj "$object" program pass --link --pin "$bpf/held"
process "process with lines" "$(printf 'p\n\033]0;x\007')"
process "process like two" "$(printf 'x), 1 (\377\302\233\\')"
ok "a process to let go" detach_held "$(printf 'q\n\033c')"
ok "detach says who holds it" says 0 "$(printf 'q\n\033c')" detach pinned "$bpf/held"
ok "detach says so as JSON" tells 0 "$(printf 'q\n\033c')" detach pinned "$bpf/held"
word=$(printf 'x\033[1m\n\377\\')
both "word: old program" 2 "$word" update pinned "$bpf/held" id 1 "--old=$word"
# shellcheck disable=SC2086 # one word per process
kill -KILL $children 2>/dev/null
wait 2>/dev/null
children=
rm "$bpf/held"

# The kernel takes Latin 1 in the name of a program.
program=$(printf 'n\351\344')
ok "a program of an odd name" "$here/names" load "$program" "$bpf/program"
ok "program: attach" says 0 "$program" attach d ingress pinned "$bpf/program"
both "program: show" 0 "$program" show d
ok "program: detach" says 0 '' detach d ingress pinned "$bpf/program"
ok "program: attach, as JSON" tells 0 "$program" attach d ingress pinned "$bpf/program"
ok "program: detach, as JSON" tells 0 '' detach d ingress pinned "$bpf/program"
ok "program: a link to update" says 0 '' attach d ingress obj "$object" program pass --link --pin "$bpf/updated"
ok "program: update" says 0 "$program" update pinned "$bpf/updated" pinned "$bpf/program"
rm "$bpf/updated"
ok "program: a link to update, as JSON" tells 0 '' attach d ingress obj "$object" program pass --link --pin "$bpf/updated"
ok "program: update, as JSON" tells 0 "$program" update pinned "$bpf/updated" pinned "$bpf/program"
rm "$bpf/updated" "$bpf/program"

# What stands in an object file, where the kernel is asked to load it
one=$(printf 'a\033[31mred') two=$(printf 'b\nlibbpf: all is well\n\\x41')
both "object: libbpf complains" 1 "$one" attach d ingress obj "$odd" program "$two"
ok "object: no line is made up" not grep -q '^libbpf: all is well' "$tmp/err"
ok "object: libbpf debugs" says 1 "$two" --debug attach d ingress obj "$odd" program "$two"
ok "object: no line is made up" not grep -q '^libbpf: all is well' "$tmp/err"

finish
