#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# needs: ip tc tcxctl bpftool modprobe rmmod
# about the tool
#
# tcxctl migrate, killed at the requests that it makes while packets flow: each packet still meets each program once, doctor
# says what is left and how to end it, and to end it so disturbs no packet either. With the module always with hook=tc. It
# ends with status 0 only if nothing failed.
#
#   KILL_EVERY    at one request of so many (3)

here=$(dirname "$0")
# shellcheck source=tests/lib/tap.sh
. "$here/tap.sh"
# shellcheck source=tests/vm/tool.sh
. "$here/tool.sh"
# shellcheck source=tests/vm/hook.sh
. "$here/hook.sh"
# shellcheck source=tests/vm/planes.sh
. "$here/planes.sh"
bpf=/sys/fs/bpf/killed-$$
# shellcheck source=tests/vm/sender.sh
. "$here/sender.sh"
all="first second third"
every=${KILL_EVERY:-3}

cleanup() {
	[ -z "$sender" ] || kill -KILL "$sender" 2>/dev/null
	ip link del dev a 2>/dev/null
	rm -rf "$tmp" "$bpf"
	hook_restore
}
trap cleanup EXIT
trap 'exit 1' HUP INT TERM

in_classic() { are b ingress "$all" ""; }
in_tcx() { are b ingress "" "$all"; }

# mended: what doctor advises is done, and it has nothing more to say.
mended() {
	sed -n 's/^  mend: //p' "$tmp/out" >"$tmp/mend"
	cat "$tmp/mend"
	sh -e "$tmp/mend" && says 0 '^0 problems, 0 warnings' doctor half-moved
}

# looked_after: what the one that was killed has left is ended. Counts it in left_gate and left_end.
looked_after() {
	if ! says 0 '^0 problems, 0 warnings' doctor half-moved; then
		grep -q "that was killed has left the program tcxctl_gate in tcx on b ingress" "$tmp/out" && left_gate=$((left_gate + 1))
		grep -q "that was killed has left the program tcxctl_end in tcx on b ingress" "$tmp/out" && left_end=$((left_end + 1))
		says 1 "another 'tcxctl migrate' is at work there, or was killed" migrate b && says 5 . doctor half-moved && mended || return 1
	fi
	in_classic || in_tcx
}

# moves [--back]
moves() { tcxctl migrate b "$@"; }

# each_killed FROM TO [--back]: moves, killed at its requests in turn, until there are no more. FROM and TO say where the
# programs stand before and after.
each_killed() {
	from=$1 to=$2 request=0 left_gate=0 left_end=0 status=0
	shift 2
	back=--back
	[ $# = 0 ] || back=
	while [ $status = 0 ]; do
		# shellcheck disable=SC2086 # an option or nothing
		$from >/dev/null || moves $back || return 1
		request=$((request + every))
		"$here/killed_at" $request tcxctl migrate b "$@" || status=$?
		looked_after || {
			echo "killed at request $request"
			return 1
		}
	done
	[ $status = 1 ] && $to
}

echo "TAP version 13"
{
	ip link add name a type veth peer name b && ip link set dev a up && ip link set dev b up &&
		mkdir "$bpf" && loads numbered "$bpf/ingress" && loads numbered "$bpf/egress"
} >"$tmp/setup" 2>&1 || {
	sed 's/^/# /' "$tmp/setup"
	echo "Bail out! no devices, no bpffs, or no programs"
	exit 1
}
[ "$(hook)" != netfilter ] || hook_is_tc
tc qdisc add dev a clsact
tc qdisc add dev b clsact
number=0
for name in $all; do
	number=$((number + 10))
	ok "$name, classic" classic a egress $number "$bpf/egress/$name"
	ok "and on ingress" classic b ingress $number "$bpf/ingress/$name"
done
ok "packets flow" sends
ok "doctor finds nothing" says 0 '^0 problems, 0 warnings, 0 unknown, 0 notes$' doctor half-moved
ok "killed at its requests" each_killed in_classic in_tcx
echo "# up to request $request; left the gate $left_gate times, the end $left_end times"
ok "left something before it was switched, and after" test $left_gate -gt 0 -a $left_end -gt 0
ok "killed on the way back" each_killed in_tcx in_classic --back
echo "# up to request $request; left the gate $left_gate times, the end $left_end times"
ok "left something there, too" test $left_gate -gt 0 -a $left_end -gt 0
ok "each packet has met each program once" stops
sed 's/^/# /' "$tmp/sent"

echo "1..$n"
echo "# $((n - failed)) passed, $failed failed"
[ "$failed" -eq 0 ]
