#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# needs: ip tc tcxctl bpftool
# about the tool
#
# What tcxctl doctor finds, and that it finds nothing where that is not so; what it reads from files is in
# tests/tool/doctor_test.sh as well. Runs unchanged with the module and on a kernel with native tcx. It ends with status 0
# only if nothing failed.

here=$(dirname "$0")
# shellcheck source=tests/lib/tap.sh
. "$here/tap.sh"
# shellcheck source=tests/vm/tool.sh
. "$here/tool.sh"
object=$here/progs/traffic.bpf.o
bpf=/sys/fs/bpf/doctor-$$
# The programs of verdicts.bpf.c, loaded twice
verdicts=$bpf/verdicts again=$bpf/again
tracing=/sys/kernel/tracing
child=

# What holds links, or a queue, lets go of them.
release() {
	[ -z "$child" ] || { kill -KILL "$child" && wait "$child"; } 2>/dev/null
	child=
}

cleanup() {
	release
	ip link del dev d 2>/dev/null
	rm -rf "$tmp" "$bpf"
}
trap cleanup EXIT
trap 'exit 1' HUP INT TERM

# finds LEVEL CHECK REGEX: the first finding of the check, with a reason and a command; the status is that level's.
finds() {
	case $1 in
	note) status=0 ;;
	unknown) status=4 ;;
	warning) status=5 ;;
	problem) status=6 ;;
	esac
	says $status "^$1: $2: .*$3" doctor "$2" && grep -q '^  why:  .' "$tmp/out" && grep -q '^  mend: .' "$tmp/out"
}

# silent CHECK
silent() { says 0 '^0 problems, 0 warnings, 0 unknown, 0 notes$' doctor "$1"; }

attach() { tcxctl attach d "$1" obj "$object" program "$2"; }
pinned() { tcxctl attach d "$1" pinned "$2"; }
detach_all() {
	for side in ingress egress; do
		while tcxctl detach d $side last >/dev/null 2>&1; do :; done
	done
}

# classic DIRECTION PREF PROGRAM
classic() { tc filter add dev d "$1" pref "$2" bpf da pinned "$verdicts/$3"; }

# mended COMMAND-REGEX CHECK: the command that is advised does away with what was found.
mended() {
	sed -n 's/^  mend: //p' "$tmp/out" | sed "s/.*\\($1\\).*/\\1/" >"$tmp/mend"
	cat "$tmp/mend"
	sh -e "$tmp/mend" && silent "$2"
}

echo "TAP version 13"
{
	ip link add name d type dummy && ip link set dev d up && mkdir "$bpf" && tc qdisc add dev d clsact &&
		for folder in "$verdicts" "$again"; do
			bpftool prog loadall "$here/progs/verdicts.bpf.o" "$folder" type classifier || exit 1
		done
} || {
	echo "Bail out! no device, no bpffs, or no programs"
	exit 1
}
hook=$(tcxctl version | sed -n 's/^hook *//p')
before=$hook
[ "$before" ] || before=native

# The machine
ok "there is tcx" silent module
ok "of the kernel's, or of a module without a signature" says 0 . doctor signature
if [ "$hook" ]; then
	ok "the module is not signed" finds note signature 'the module that is loaded is not signed'
else
	ok "no module is needed" silent signature
fi
ok "who may detach" silent native-detach
ok "no other kernel" silent other-kernels
mkdir -p /lib/modules/6.1.0-99-test
echo kernel/a.ko: >/lib/modules/6.1.0-99-test/modules.dep
if [ "$hook" ]; then
	ok "another kernel" finds warning other-kernels 'the kernel 6.1.0-99-test is installed'
else
	ok "another kernel, of no concern" silent other-kernels
fi
rm -r /lib/modules/6.1.0-99-test
case $hook in
netfilter) ok "hook=netfilter" finds note hook "netfilter's hooks" ;;
*) ok "tcx's own order" silent hook ;;
esac
switch=/sys/module/tcx_backport/parameters/bpf_syscall
if [ "$hook" ] && [ "$(head -c 1 $switch)" = N ]; then
	ok "bpf(2) does not accept tcx" finds note bpf-syscall 'bpf_syscall is 0'
	case $hook in
	netfilter) ok "what is advised" grep -q 'modprobe tcx_backport bpf_syscall=1$' "$tmp/out" ;;
	*)
		ok "what is advised mends it" mended 'echo 1 > .*' bpf-syscall
		echo 0 >$switch
		;;
	esac
else
	ok "bpf(2) accepts tcx" silent bpf-syscall
fi
ok "no NFQUEUE" silent nfqueue
"$here/queue" 7 >"$tmp/queue" 2>&1 &
child=$!
ok "somebody binds one" within 100 grep -q bound "$tmp/queue"
case $hook in
netfilter) ok "NFQUEUE with hook=netfilter" finds warning nfqueue 'NFQUEUE 7 is in use in this network namespace, 0 packets' ;;
*) ok "NFQUEUE, which is safe" silent nfqueue ;;
esac
release

# The redirected function
ok "nobody traces" silent redirected
if [ "$hook" = tc ]; then
	echo mini_qdisc_pair_swap >$tracing/set_ftrace_filter
	echo function >$tracing/current_tracer
	ok "a tracer" finds note redirected '1 others trace mini_qdisc_pair_swap'
	echo nop >$tracing/current_tracer
	echo >$tracing/set_ftrace_filter
	ok "it is gone" silent redirected
fi

# Classic filters beside tcx
ok "a filter alone" classic ingress 10 always_next
ok "is nobody's concern" silent classic-filters
ok "a program beside it" attach ingress drop_udp
ok "both" finds note classic-filters 'd ingress has 1 tcx programs and, of others, 1 filters of classic tc'
case $before in
netfilter) ok "who comes first" grep -q 'with hook=netfilter they run before the tcx programs' "$tmp/out" ;;
*) ok "who comes first" grep -q 'they run after the tcx programs: packets for which' "$tmp/out" ;;
esac
ok "as JSON, with the device" says 0 '^\{"checks":\["classic-filters"\],"findings":\[\{"level":"note","check":"classic-filters","device":"d","what":"[^"]+","why":"[^"]+","mend":"[^"]+"\}\]\}$' \
	--json doctor classic-filters

# What is never reached
ok "drop_udp lets packets go on" silent unreached
ok "pass after it" attach ingress pass
case $before in
netfilter) ok "hook=netfilter: classic tc comes first" silent unreached ;;
*)
	ok "pass ends it for classic tc" finds warning unreached 'the 1 classic filters of d ingress never see a packet: the tcx program id [0-9]+ always returns'
	ok "what is advised mends it" mended 'tcxctl detach d ingress id [0-9]*' unreached
	ok "pass once more" attach ingress pass
	;;
esac
ok "one behind it" pinned ingress "$verdicts/always_next"
ok "ends it for tcx, too" finds warning unreached 'the last 1 tcx programs of d ingress never see a packet: program id [0-9]+ before them always returns'
detach_all
for name in pass_or_drop always_redirect by_function; do
	ok "$name" pinned egress "$verdicts/$name"
	ok "and one behind it" attach egress drop_udp
	ok "$name always ends it" finds warning unreached 'the last 1 tcx programs of d egress never see a packet'
	detach_all
done
ok "by_map" pinned ingress "$verdicts/by_map"
case $before in
netfilter) ok "by_map: hook=netfilter" silent unreached ;;
*) ok "by_map cannot be told" finds unknown unreached 'whether packets get as far as the classic filters of d ingress cannot be told' ;;
esac
detach_all
ok "next_or_drop lets packets go on" pinned ingress "$verdicts/next_or_drop"
ok "so nothing is unreached" silent unreached
ok "a filter that decides" classic ingress 5 pass_or_drop
ok "ends it for the filter behind it" finds warning unreached 'the last 1 classic filters of d ingress never see a packet: the BPF filter with pref 5'
ok "what is advised mends it" mended 'tc filter del dev d ingress pref 5' unreached
ok "a filter that decides for one protocol" tc filter add dev d ingress protocol ip pref 5 bpf da pinned "$verdicts/always_pass"
ok "is not in the way of the others" silent unreached
tc filter del dev d ingress
detach_all

# Two data planes
ok "another agent's filter" classic ingress 10 always_next
ok "one's own program" attach ingress drop_udp
ok "are two agents" silent two-planes
ok "the same in tcx" pinned ingress "$again/always_next"
ok "is one agent, twice" finds warning two-planes 'd ingress has the same name in classic tc \(program id [0-9]+ always_next, .*, pref 10\) and in tcx'
ok "what is advised mends it" mended 'tc filter del dev d ingress pref 10' two-planes
ok "the very program" classic ingress 10 always_next && tcxctl attach d ingress pinned "$verdicts/always_next" >/dev/null
ok "is, too" finds warning two-planes 'd ingress has the same program in classic tc'
detach_all
ok "by a link" tcxctl attach d ingress pinned "$verdicts/always_next" --link --pin "$bpf/two"
ok "is, as well" finds warning two-planes 'd ingress has the same program in classic tc'
ok "which is not detached by its program's id" mended 'tcxctl detach link [0-9]*' two-planes
rm "$bpf/two"
ok "a filter in tcx's stead" tcxctl attach d egress obj "$object" program pass --backend=legacy
ok "is found where tcx is" finds warning classic-filters 'd egress has 1 filters that were attached when there was no tcx'
tc qdisc del dev d clsact
detach_all

# Pins
ok "nothing pinned: dead" silent dead-pins
ok "nothing pinned: without an owner" silent ownerless-pins
ok "a link that is pinned" says 0 'pinned' attach d ingress obj "$here/progs/maps_tail.bpf.o" program caller --link --pin "$bpf/link"
ok "is alive" silent dead-pins
ok "and nobody's" finds note ownerless-pins "pinned at $bpf/link, attaches program id [0-9]+, and no process has"
ok "what is advised mends it" mended 'tcxctl detach pinned .*' ownerless-pins
ok "and leaves nothing" silent map-pins
ok "one more" says 0 'pinned' attach d ingress obj "$object" program drop_udp --link --pin "$bpf/link"
tcxctl detach pinned "$bpf/link" >/dev/null
ok "a link that is defunct" finds warning dead-pins "pinned at $bpf/link, is defunct"
ok "what is advised mends it" mended 'rm .*' dead-pins
declares() { echo "attachments: [$1]" | tcxctl apply /dev/stdin; }
ok "a link that is declared" declares "{name: a, object: $(realpath "$object"), program: drop_udp, devices: d, directions: ingress}"
ok "is meant to stay" silent ownerless-pins
declares '' >/dev/null
tcxctl attach d ingress obj "$object" program drop_udp --link >"$tmp/held" &
child=$!
ok "a link that is held" within 100 grep -q held "$tmp/held"
ok "is somebody's" silent ownerless-pins
release
ok "a link with maps beside it" says 0 pinned attach d ingress obj "$here/progs/maps_tail.bpf.o" program caller --link --pin "$bpf/tail"
ok "which are needed" silent map-pins
rm "$bpf/tail"
ok "until their link is gone" within 100 finds warning map-pins "the folder $bpf/tail_maps has maps for link id [0-9]+"
ok "what is advised mends it" mended 'rm -r .*' map-pins

echo "1..$n"
echo "# $((n - failed)) passed, $failed failed"
[ "$failed" -eq 0 ]
