#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# needs: ip tcxctl bpftool
# about the tool
#
# What is declared, and nothing else of ours, is attached: once however often it is applied, all of it on a device or nothing,
# replaced without a packet that misses it, in the declared order, and with what others have left alone. It ends with status 0
# only if nothing failed.
#
#   APPLY_ROUNDS    how often a program is replaced under traffic (10)

here=$(dirname "$0")
# shellcheck source=tests/lib/tap.sh
. "$here/tap.sh"
# shellcheck source=tests/vm/tool.sh
. "$here/tool.sh"
bpf=/sys/fs/bpf/apply-$$
# shellcheck source=tests/vm/sender.sh
. "$here/sender.sh"
own=/sys/fs/bpf/tcxctl-$(stat -L -c %i /proc/self/ns/net)
rounds=${APPLY_ROUNDS:-10}
accented=$(printf '\303\251\\0')

cleanup() {
	[ -z "$sender" ] || kill -KILL "$sender" 2>/dev/null
	for device in a d e s 'w[1]' "$accented" ab00; do
		ip link del dev "$device" 2>/dev/null
	done
	ip link del group 77 2>/dev/null
	rm -rf "$tmp" "$bpf" "$own"
}
trap cleanup EXIT
trap 'exit 1' HUP INT TERM

# The declarations come from standard input
declare_all() { cat >"$tmp/all.yaml"; }

# one NAME SOURCE DEVICES DIRECTIONS [MORE]: an attachment, on a line
one() { echo "- {name: $1, $2, devices: $3, directions: $4${5:+, $5}}"; }

# attachments LINE...
attachments() {
	echo "attachments:"
	for line; do echo "$line"; done
}

obj() { echo "object: $tmp/$1.o, program: $2"; }
pin() { echo "pinned: $bpf/$1"; }

applies() { says 0 "$1" apply "$tmp/all.yaml"; }
refuses() { says 1 "$1" apply "$tmp/all.yaml"; }
differs() { says "$1" "$2" diff "$tmp/all.yaml"; }

# Status 0, and nothing to say
silent() {
	tcxctl "$@" "$tmp/all.yaml" >"$tmp/out" 2>&1 || return 1
	cat "$tmp/out"
	[ ! -s "$tmp/out" ]
}

silent_saved() { tcxctl "$@" "$tmp/saved.yaml" >"$tmp/out" 2>&1 && [ ! -s "$tmp/out" ]; }

# The ids of all programs on d, and of their links
ids() { tcxctl show d | sed -n 's/^ *[0-9]*  id \([0-9]*\) .*link.* \([0-9]*\).*/\1 \2/p'; }

unchanged() {
	ids >"$tmp/before" && [ -s "$tmp/before" ] && applies '^nothing to do$' && ids >"$tmp/after" && cmp "$tmp/before" "$tmp/after"
}

# A refusal after which all ids are the same
refused() {
	ids >"$tmp/before" && refuses "$1" || return 1
	ids >"$tmp/after" && cmp "$tmp/before" "$tmp/after"
}

pins() { ls "$own" 2>/dev/null; }

# pins_are N: so many files, with what stands beside them
pins_are() {
	pins
	[ "$(pins | wc -l)" = "$1" ]
}

# chain FIRST SECOND THIRD: those on both sides, from that folder
chain() {
	attachments "$(one third "pinned: $bpf/$3/third" b ingress 'after: second')" \
		"$(one first "pinned: $bpf/$1/first" b ingress)" \
		"$(one second "pinned: $bpf/$2/second" b ingress 'after: first')" \
		"$(one efirst "pinned: $bpf/egress/first" a egress)" \
		"$(one esecond "pinned: $bpf/egress/second" a egress)" \
		"$(one ethird "pinned: $bpf/egress/third" a egress)" | declare_all
}

there_and_back() {
	left=$rounds
	while [ "$left" -gt 0 ]; do
		chain again ingress again && applies 'replaced first' || return 1
		chain ingress again ingress && applies 'replaced second' || return 1
		left=$((left - 1))
	done
}

# The same programs once more, counting in the same maps
loads_again() {
	# shellcheck disable=SC2046 # words
	bpftool prog loadall "$here/progs/numbered.bpf.o" "$bpf/again" type classifier \
		$(for map in first second third; do echo "map name seen_$map pinned $bpf/ingress/maps/seen_$map"; done)
}

object() { cp "$here/progs/$1.bpf.o" "$tmp/$2.o"; }

echo "TAP version 13"
{
	ip link add name a type veth peer name b && ip link set dev a up && ip link set dev b up &&
		ip link add name d type dummy && ip link set dev d up && ip link property add dev d altname uplink-of-this-machine &&
		ip link add name e type dummy && mkdir "$bpf" && object traffic x && object traffic y && object maps_tail t &&
		loads verdicts "$bpf/verdicts" && loads numbered "$bpf/ingress" && loads numbered "$bpf/egress" && loads_again
} >"$tmp/setup" 2>&1 || {
	sed 's/^/# /' "$tmp/setup"
	echo "Bail out! no devices, no bpffs, or no programs"
	exit 1
}

# For nobody
attachments "$(one guard "$(obj x drop_udp)" '[d, nosuch, "ppp*"]' ingress)" | declare_all
absent() { tcxctl "$1" "$tmp/all.yaml" 2>&1 | tee "$tmp/out" | grep -cE "^tcxctl: $tmp/all.yaml:2: 'guard' is for (nosuch|ppp\*), and no device" | grep -qx 2; }
ok "a device that is not here is named" absent diff
ok "and when it is applied" absent apply
attachments "$(one guard "object: $tmp/none.o" d ingress)" | declare_all
ok "diff: no such file" differs 2 "there is no file $tmp/none.o"
ok "and whose it is" grep -q "^tcxctl: that is what 'guard' is declared to be, $tmp/all.yaml:2\$" "$tmp/out"
attachments "$(one guard "$(obj x drop_upd)" d ingress)" | declare_all
ok "diff: no such program" differs 2 'contains no program with this name'
ok "apply: neither" refuses "that is what 'guard' is declared to be"
attachments "$(one guard "pinned: $bpf/none" d ingress)" | declare_all
ok "diff: no such pin" differs 2 "$bpf/none"
echo "attachments: []" | declare_all && applies 'removed guard' >/dev/null

# Once
attachments "$(one guard "$(obj x drop_udp)" d ingress)" "$(one count "$(obj y drop_tcp)" '["[e-z]", uplink-*]' '[ingress, egress]' 'before: guard')" | declare_all
ok "diff: all is to be done" differs 1 '^d ingress: attach count$'
ok "and does nothing" shows
ok "applied" applies '^d ingress: attached guard, program id [0-9]+, link id [0-9]+$'
ok "in the declared order" shows drop_tcp drop_udp
ok "by pattern, too" says 0 drop_tcp show e
ok "diff: the same" silent diff
ok "once more changes nothing" unchanged
ok "others have their own" tcxctl attach d ingress pinned "$bpf/verdicts/always_pass" --before
ok "beside ours" unchanged
cp "$tmp/x.o" "$tmp/copy" && mv "$tmp/copy" "$tmp/x.o"
ok "a file that is new, with what it had" unchanged
attachments "$(one guard "$(obj x pass)" d ingress)" "$(one count "$(obj y drop_tcp)" '["[e-z]", uplink-*]' '[ingress, egress]' 'before: guard')" | declare_all
ok "diff: another program" differs 1 '^d ingress: replace guard$'
ids >"$tmp/links"
ok "replaced" applies '^d ingress: replaced guard'
ok "in its place" shows always_pass drop_tcp pass
links() { sed 's/.* //' "$1"; }
ids >"$tmp/new-links"
links "$tmp/links" >"$tmp/1" && links "$tmp/new-links" >"$tmp/2"
ok "by the same link" cmp "$tmp/1" "$tmp/2"
printf '\0' >>"$tmp/x.o"
ok "the file has changed" differs 1 '^d ingress: replace guard$'
ok "it is loaded anew" applies '^d ingress: replaced guard'
ok "and that is all" unchanged

# Changed by hand
ok "somebody updates a link of ours" tcxctl update pinned "$(echo "$own"/guard:*:ingress)" pinned "$bpf/verdicts/reclassify"
ok "which is seen" differs 1 '^d ingress: replace guard$'
ok "and set right" applies 'replaced guard'
ok "somebody detaches it" tcxctl detach pinned "$(echo "$own"/guard:*:ingress)"
ok "a dead link is to go" differs 1 '^d ingress: remove guard, whose link is defunct$'
ok "it is replaced" applies '^d ingress: attached guard'
ok "it is there" shows always_pass drop_tcp pass
ok "the dead one is gone" unchanged

# Order
attachments "$(one guard "$(obj x pass)" d ingress)" "$(one count "$(obj y drop_tcp)" '["[e-z]", uplink-*]' '[ingress, egress]' 'after: guard')" | declare_all
ok "the other order" applies '^d ingress: moved count'
ok "is there" becomes always_pass pass drop_tcp
ok "and stays" unchanged

# Written down
saves() { tcxctl save >"$tmp/saved.yaml" 2>"$tmp/said"; }
ok "a device with a strange name" sh -c "ip link add name 'w[1]' type dummy && ip link property add dev 'w[1]' altname uplink-w"
ok "is one of them" applies '^w\[1\] ingress: attached count,'
ok "another, of other letters" sh -c "ip link add name '$accented' type dummy && ip link property add dev '$accented' altname uplink-e"
ok "as well" applies '0 ingress: attached count,'
ok "saved" saves
ok "what is not ours is named" grep -qE '^# not saved: d ingress 1/3 id [0-9]+ always_pass$' "$tmp/saved.yaml"
ok "and counted" grep -q '^tcxctl: 1 attached programs are not saved: ' "$tmp/said"
ok "a device is chosen by its name" grep -qE '^ *devices: \[.*\<d\>.*\]$' "$tmp/saved.yaml"
ok "it is what is there" silent_saved diff
ok "a device whose name has as many bytes" sh -c "ip link add name ab00 type dummy"
ok "is another" silent_saved diff
cp "$tmp/saved.yaml" "$tmp/1"
ok "declare nothing" sh -c "echo 'attachments: []' | tcxctl apply /dev/stdin >/dev/null"
ok "what is not ours is all that stays" becomes always_pass
ok "put back" says 0 'attached guard' apply "$tmp/saved.yaml"
ok "as it was" becomes always_pass pass drop_tcp
ok "saved again" saves
ok "it is the same" sh -c "sed 's/id [0-9]*//' '$tmp/1' >'$tmp/2' && sed 's/id [0-9]*//' '$tmp/saved.yaml' | cmp - '$tmp/2'"
ok "as JSON" sh -c "tcxctl --json save >'$tmp/saved.yaml' 2>/dev/null"
ok "it can be applied, too" silent_saved diff
ok "as it was declared" applies '^nothing to do$'
ip link del dev 'w[1]'
ip link del dev "$accented"
ip link del dev ab00
applies 'which is gone' >/dev/null
attachments "$(one one "$(pin verdicts/always_next)" d ingress)" "$(one two "$(pin verdicts/stolen)" d ingress)" | declare_all
ok "others instead: those that are no longer declared go" applies '^d ingress: removed guard$'
ok "and only those" becomes always_pass always_next stolen
ok "the second one first" sh -c "sed -i 's/^\(- {name: one.*\)}/\1, after: two}/' '$tmp/all.yaml'"
ok "pinned programs move" applies 'moved one'
ok "into that order" becomes always_pass stolen always_next
ok "where they stay" unchanged

# Beside others
first() {
	attachments "$(one one "$(pin verdicts/always_next)" d ingress)" "$(one three "$(pin verdicts/always_redirect)" d ingress "before: two")" \
		"$(one two "$(pin verdicts/stolen)" d ingress "place: $1")" | declare_all
}
first first
ok "one that is to be first" applies 'moved two'
ok "is, after what has to be before it" shows always_redirect stolen always_pass always_next
ok "and stays" unchanged
ok "saved" saves
ok "with its place" silent_saved diff
first last
ok "last again" applies 'moved two'
ok "it is" shows always_pass always_next always_redirect stolen
ok "where it stays" unchanged
attachments "$(one one "$(pin verdicts/always_next)" d ingress 'after: two')" "$(one two "$(pin verdicts/stolen)" d ingress)" | declare_all
applies 'removed three' >/dev/null

# All or nothing
attachments "$(one two "$(pin verdicts/always_redirect)" d ingress)" "$(one new "$(obj x drop_icmp)" '[d, e]' ingress)" "$(one three "$(pin verdicts/always_pass)" d ingress)" "$(one one "$(pin verdicts/always_next)" d ingress)" | declare_all
ok "one is there already, by somebody else" refused 'd ingress.*always_pass|already'
ok "nothing has changed" shows always_pass stolen always_next
ok "the other device has its own" says 0 drop_icmp show e
attachments "$(one new "$(obj x drop_icmp)" d ingress)" "$(one none "object: $tmp/none.o" d egress)" | declare_all
ok "a file that is not there" refused 'there is no file .*/none.o'

# Maps that the kernel empties
attachments "$(one tail "$(obj t caller)" d egress)" | declare_all
ok "a program with tail calls" applies '^d egress: attached tail'
ok "its maps are beside its link" test -e "$(echo "$own"/tail:*:egress_maps/jumps)"
attachments "$(one tail "$(obj t caller_two)" d egress)" | declare_all
ok "another" applies '^d egress: replaced tail'
ok "has them too" test -e "$(echo "$own"/tail:*:egress_maps/jumps)"
attachments "$(one tail "$(obj t plain)" d egress)" | declare_all
ok "one without" applies '^d egress: replaced tail'
ok "has none" not test -e "$(echo "$own"/tail:*:egress_maps)"

# Open files: the limit is raised where it may be, and is for one device; where it is too low for that, it is said
many() {
	left=30
	while [ "$left" -gt 0 ]; do
		ip link add name "m$left" group 77 type dummy || return 1
		left=$((left - 1))
	done
}
# 20 of them on d
twenty() {
	echo "attachments:"
	for number in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		one "n$number" "$(obj y "$1")" d ingress
	done
}
# soft LIMIT COMMAND..., hard LIMIT COMMAND...
# shellcheck disable=SC3045 # the shells that run this have it
soft() { (ulimit -S -n "$1" && shift && "$@"); }
# shellcheck disable=SC3045
hard() { (ulimit -n "$1" && shift && "$@"); }
attachments "$(one each "$(obj x pass)" '"m*"' '[ingress, egress]')" | declare_all
ok "30 devices" many
ok "all of them" soft 16 applies '^m30 egress: attached each'
ok "diff: the same, with 16 open files" soft 16 silent diff
ok "with no more allowed" hard 16 silent diff
attachments "$(one each "$(obj x drop_udp)" '"m*"' '[ingress, egress]')" | declare_all
ok "another program" hard 24 applies '^m30 egress: replaced each'
ok "once" applies '^nothing to do$'
advice="; raise the limit of open files, with 'ulimit -n NUMBER' or, in a unit of systemd, with LimitNOFILE=NUMBER\$"
# few STATUS ARGUMENT...: with 5, of which a shell itself needs more
few() {
	want=$1 got=0
	shift
	# shellcheck disable=SC2016 # the inner shell expands it
	sh -c 'ulimit -n 5 && exec tcxctl "$@"' sh "$@" >"$tmp/out" 2>&1 || got=$?
	cat "$tmp/out"
	[ "$got" = "$want" ] && grep -qE "^tcxctl: $own cannot be read: Too many open files$advice" "$tmp/out"
}
ok "diff: with 5, it cannot be told" few 2 diff "$tmp/all.yaml"
ok "nor applied" few 1 apply "$tmp/all.yaml"
ok "nor saved" few 1 save
ip link del group 77
applies 'which is gone' >/dev/null
twenty drop_tcp | declare_all
ok "20 on a device" hard 16 refuses "$advice"
ok "are all or nothing" shows always_pass
ok "where there may be more" soft 16 applies '^d ingress: attached n20'
twenty drop_udp | declare_all
ok "20 others" hard 24 refused "$advice"
attachments "$(one one "$(pin verdicts/always_next)" d ingress)" "$(one two "$(pin verdicts/stolen)" d ingress)" | declare_all
ok "two that cannot be there twice" applies '^d ingress: attached two'
# Wherever it fails, both are there afterwards.
moves() {
	limit=5
	# shellcheck disable=SC2016 # the inner shell expands it
	until sh -c 'ulimit -n "$1" && exec tcxctl apply "$2"' sh "$limit" "$tmp/all.yaml" >"$tmp/out" 2>&1; do
		cat "$tmp/out"
		shows always_pass always_next stolen || shows always_pass stolen always_next || return 1
		limit=$((limit + 1))
		[ "$limit" -lt 50 ] || return 1
	done
	cat "$tmp/out"
	shows always_pass stolen always_next && [ "$limit" -gt 6 ]
}
attachments "$(one two "$(pin verdicts/stolen)" d ingress)" "$(one one "$(pin verdicts/always_next)" d ingress)" | declare_all
ok "move, with ever more open files" moves

# Under traffic
chain ingress ingress ingress
ok "three on each side" applies '^b ingress: attached third'
ok "packets flow" sends
ok "$rounds times there and back" there_and_back
ok "each packet has met each program once" stops
sed 's/^/# /' "$tmp/sent"

# What goes
ip link del dev a
ok "devices that are gone" applies 'which is gone, egress: removed efirst'
echo "attachments: []" | declare_all
ok "as JSON, nothing" silent --json apply
ok "nothing is left" pins_are 0
ok "but what others have" shows always_pass
ok "as JSON" says 1 '^\{"action":"attach","name":"n","ifindex":[0-9]+,"direction":"ingress","device":"d"\}$' --json diff /dev/stdin <<EOF
$(attachments "$(one n "$(obj x pass)" d ingress)")
EOF
ok "classic tc has no links" says 1 'owned by BPF links, which classic tc does not have' --backend=legacy apply "$tmp/all.yaml"

# What apply has pinned is in a folder of its own, in which nobody else can put anything.
rmdir "$own"
attachments "$(one n "$(pin verdicts/always_next)" d ingress)" | declare_all
mkdir -m 700 "$own" && chown 65534 "$own"
ok "a folder of somebody else's: refused" refuses "$own belongs to user 65534, .*mode=0700"
ok "it is not looked into" differs 2 'belongs to user 65534'
chown 0 "$own" && chmod 777 "$own"
ok "one that is open to all: refused" refuses 'others may write to it'
rmdir "$own" && ln -s "$bpf" "$own"
ok "a symlink: refused" refuses "$own cannot be opened"
ok "nothing was attached" shows always_pass
rm "$own"
ok "without them it is made anew" applies '^d ingress: attached n'
echo "attachments: []" | declare_all
applies 'removed n' >/dev/null
tcxctl detach d ingress first >/dev/null
echo "1..$n"
echo "# $((n - failed)) passed, $failed failed"
[ "$failed" -eq 0 ]
