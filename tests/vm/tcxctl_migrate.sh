#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# needs: ip tc tcxctl bpftool modprobe rmmod
# about the tool
#
# Moving programs from classic tc to tcx and back while packets flow, each of which has to meet each program once; and what is
# refused. With the module always with hook=tc, but for the refusal of the other. It ends with status 0 only if nothing failed.
#
#   MIGRATE_ROUNDS    how often there and back under traffic (2)

here=$(dirname "$0")
# shellcheck source=tests/lib/tap.sh
. "$here/tap.sh"
# shellcheck source=tests/vm/tool.sh
. "$here/tool.sh"
# shellcheck source=tests/vm/hook.sh
. "$here/hook.sh"
# shellcheck source=tests/vm/planes.sh
. "$here/planes.sh"
bpf=/sys/fs/bpf/migrate-$$
# shellcheck source=tests/vm/sender.sh
. "$here/sender.sh"
verdicts=$bpf/verdicts
rounds=${MIGRATE_ROUNDS:-2}

cleanup() {
	[ -z "$sender" ] || kill -KILL "$sender" 2>/dev/null
	for device in a d s; do
		ip link del dev "$device" 2>/dev/null
	done
	rm -rf "$tmp" "$bpf"
	hook_restore
}
trap cleanup EXIT
trap 'exit 1' HUP INT TERM

# d has a clsact and nothing else.
empty() {
	tc qdisc del dev d clsact 2>/dev/null
	for side in ingress egress; do
		while tcxctl detach d $side last >/dev/null 2>&1; do :; done
	done
	tc qdisc add dev d clsact
	side=ingress
}

# refused REGEX [OPTION...]: and nothing has changed.
refused() {
	regex=$1
	shift
	tc filter show dev d ingress >"$tmp/before" && tcxctl show d >>"$tmp/before"
	says 1 "$regex" migrate d "$@" || return 1
	tc filter show dev d ingress >"$tmp/after" && tcxctl show d | sed 's/revision [0-9]*/revision/' >>"$tmp/after"
	sed -i 's/revision [0-9]*/revision/' "$tmp/before"
	cmp "$tmp/before" "$tmp/after"
}

there_and_back() {
	left=$rounds
	while [ "$left" -gt 0 ]; do
		tcxctl migrate b && tcxctl migrate a && tcxctl migrate b --back && tcxctl migrate a --back || return 1
		left=$((left - 1))
	done
}

# As one would by hand. No packet misses a program so, but some meet it twice.
by_hand() {
	for name in first second third; do
		tcxctl attach b ingress pinned "$bpf/ingress/$name" || return 1
	done
	sleep 0.2
	tc filter del dev b ingress
}

echo "TAP version 13"
{
	ip link add name a type veth peer name b && ip link set dev a up && ip link set dev b up &&
		ip link add name d type dummy && ip link set dev d up && ip link add name s type dummy && mkdir "$bpf" &&
		loads verdicts "$verdicts" && loads numbered "$bpf/ingress" && loads numbered "$bpf/egress"
} >"$tmp/setup" 2>&1 || {
	sed 's/^/# /' "$tmp/setup"
	echo "Bail out! no devices, no bpffs, or no programs"
	exit 1
}
empty
case $(hook) in
netfilter)
	ok "a filter" classic d ingress 1 "$verdicts/next_or_drop"
	ok "hook=netfilter" refused 'with hook=netfilter classic tc and tcx are at different places .* load the module with hook=tc'
	empty
	hook_is_tc
	ok "now hook=tc" says 0 '^hook +tc$' version
	;;
esac

# Under traffic
tc qdisc add dev a clsact
tc qdisc add dev b clsact
number=0
for name in first second third; do
	number=$((number + 10))
	ok "$name, classic" classic a egress $number "$bpf/egress/$name"
	ok "and on ingress" classic b ingress $number "$bpf/ingress/$name"
done
ok "packets flow" sends
ok "$rounds times there and back" there_and_back
ok "each packet has met each program once" stops
sed 's/^/# /' "$tmp/sent"
ok "the order is the same" are b ingress "first second third" ""
ok "packets flow again" sends
ok "moved by hand" by_hand
ok "some have met a program twice, and that is seen" not stops
sed 's/^/# /' "$tmp/sent"
ok "that is where it would have come to" are b ingress "" "first second third"

# What is said, and moved
ok "dry run: nothing there" says 1 'there is nothing to move: d has no BPF filters of classic tc' migrate d --dry-run
ok "two filters" classic d ingress 20 "$verdicts/next_or_drop"
ok "the later one comes first" classic d ingress 10 "$verdicts/always_next"
ok "one on egress" classic d egress 7 "$verdicts/always_redirect"
ok "a program in tcx before" tcxctl attach d ingress pinned "$verdicts/always_pass"
ok "dry run" says 0 '^d ingress: would move program id [0-9]+ next_or_drop from pref 20 of classic tc to place 3 of tcx$' migrate d --dry-run
ok "it moves nothing" are d ingress "always_next next_or_drop" "always_pass"
ok "both directions" says 0 '^d egress: moved program id [0-9]+ always_redirect from pref 7 of classic tc to place 1 of tcx$' migrate d
ok "ingress" are d ingress "" "always_pass always_next next_or_drop"
ok "egress" are d egress "" "always_redirect"
ok "there is nothing left to move" says 1 'there is nothing to move' migrate d
ok "dry run back, as JSON" says 0 '^\[\{"device":"d","ifindex":[0-9]+,"direction":"ingress","to":"classic","dry_run":true,"moved":\[\{"program":\{"id":[0-9]+,"name":"always_pass",.*\},"pref":1,"place":1\},.*"pref":3,"place":3\}\]\},\{.*"direction":"egress",' \
	--json migrate d --back --dry-run
ok "back" says 0 '^d ingress: moved program id [0-9]+ next_or_drop from place 3 of tcx to pref 3 of classic tc$' migrate d --back
ok "all of ingress" are d ingress "always_pass always_next next_or_drop" ""
ok "all of egress" are d egress "always_redirect" ""
ok "nothing left to move back" says 1 'no tcx program that is attached without a link' migrate d --back
tc qdisc del dev d clsact
ok "a program, and no clsact" tcxctl attach d ingress pinned "$verdicts/always_pass"
ok "makes one" says 0 'moved' migrate d --back
ok "which has it" are d ingress "always_pass" ""
ok "a link stays" tcxctl attach d ingress obj "$here/progs/traffic.bpf.o" program drop_udp --link --pin "$bpf/link"
ok "move beside it" says 0 'to place 2 of tcx' migrate d
ok "and back" says 0 'from place 2 of tcx to pref 1' migrate d --back
ok "the link's is still there" are d ingress "always_pass" "drop_udp"
tc filter del dev d ingress
ok "a program before the link's" tcxctl attach d ingress pinned "$verdicts/always_next" --before
ok "would come after it" refused 'link id [0-9]+ owns a program between or after' --back
rm "$bpf/link"

# What cannot be moved faithfully
empty
ok "an unknown verdict" classic d ingress 1 "$verdicts/by_map"
ok "is not trusted" refused 'what program id [0-9]+ by_map returns cannot be told; .* add --trust-verdicts'
ok "unless one says so" says 0 'moved program id [0-9]+ by_map' migrate d --trust-verdicts
ok "and back the same" refused 'cannot be told' --back
for name in stolen reclassify; do
	empty
	ok "$name" classic d ingress 1 "$verdicts/$name"
	ok "$name is something else there" refused 'can return a value other than -1, 0, 2 and 7' --trust-verdicts
done
empty
ok "a program of tcx's that ends it otherwise" tcxctl attach d ingress pinned "$verdicts/reclassify"
ok "before a filter" classic d ingress 1 "$verdicts/always_next"
ok "from which it would keep packets" refused 'can return a value other than -1, 0, 2 and 7'
empty
ok "a filter that does not decide" tc filter add dev d ingress pref 1 bpf pinned "$verdicts/always_next" action drop
ok "is no filter of this kind" refused 'not direct-action'
empty
ok "bytecode" tc filter add dev d ingress pref 1 bpf bytecode '1,6 0 0 4294967295,' action drop
ok "is no program" refused 'classic BPF filter'
empty
ok "for one protocol" tc filter add dev d ingress protocol ip pref 1 bpf da pinned "$verdicts/always_next"
ok "would be for all" refused 'for protocol 0x0800 only'
empty
ok "a class" classic d ingress 1 "$verdicts/always_next" classid 1:1
ok "would be lost" refused 'sets a classid'
empty
ok "software only" classic d ingress 1 "$verdicts/always_next" skip_hw
ok "is what tcx is" says 0 'would move' migrate d --dry-run
empty
ok "another chain" tc filter add dev d ingress chain 5 pref 1 bpf da pinned "$verdicts/always_next"
ok "has no place" refused 'in chain 5'
empty
ok "another kind" tc filter add dev d ingress pref 2 matchall action pass
ok "between" classic d ingress 1 "$verdicts/always_next"
ok "would be missed meanwhile" refused 'pref 2 is of kind matchall and stays'
empty
ok "the other direction" tc filter add dev d egress pref 2 matchall action pass
ok "has nothing to move" refused 'there is nothing to move: d has no BPF filters'
ok "a filter on ingress" classic d ingress 1 "$verdicts/always_next"
ok "moves nevertheless" says 0 'd ingress: moved program id [0-9]+ always_next' migrate d
ok "and the other one stays" test "$(tc filter show dev d egress | grep -c 'pref 2 matchall')" -gt 0
empty
ok "twice the same" classic d ingress 1 "$verdicts/always_next"
ok "program" classic d ingress 2 "$verdicts/always_next"
ok "cannot be" refused 'program id [0-9]+ [a-z_]+ is there twice'
empty
ok "one that is in tcx" tcxctl attach d ingress pinned "$verdicts/always_next"
ok "already" classic d ingress 1 "$verdicts/always_next"
ok "cannot be twice" refused 'program id [0-9]+ [a-z_]+ is in tcx already'
ok "nor back, over a filter" refused 'there are filters of classic tc already' --back
empty
tc qdisc del dev d clsact
ok "a shared block" tc qdisc add dev d ingress_block 9 clsact
tc qdisc add dev s ingress_block 9 clsact
ok "with a filter" tc filter add block 9 pref 1 bpf da pinned "$verdicts/always_next"
ok "is not d's alone" refused 'in block 9, which other devices may share'
ok "no device" says 2 'migrate needs a device' migrate

echo "1..$n"
echo "# $((n - failed)) passed, $failed failed"
[ "$failed" -eq 0 ]
