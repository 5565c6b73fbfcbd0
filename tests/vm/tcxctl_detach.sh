#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# needs: ip tcxctl bpftool
# about the tool
#
# Detaching what stands at an end, and all of one owner: of a process, of a pin, of a folder. Runs unchanged with the module and
# on a kernel with native tcx. It ends with status 0 only if nothing failed.

here=$(dirname "$0")
# shellcheck source=tests/lib/tap.sh
. "$here/tap.sh"
# shellcheck source=tests/vm/tool.sh
. "$here/tool.sh"
object=$here/progs/traffic.bpf.o
bpf=/sys/fs/bpf/detach-$$
blue=blue-$$
children=

cleanup() {
	# shellcheck disable=SC2086 # one word per process
	[ -z "$children" ] || kill -KILL $children 2>/dev/null
	ip netns del "$blue" 2>/dev/null
	ip link del dev d 2>/dev/null
	rm -rf "$tmp" "$bpf"
}
trap cleanup EXIT
trap 'exit 1' HUP INT TERM

# hold PROGRAM [COMMAND...]: a process of its own holds a link to d ingress, started by COMMAND.
hold() {
	program=$1
	shift
	: >"$tmp/held"
	"$@" tcxctl attach d ingress obj "$object" program "$program" --link >"$tmp/held" 2>&1 &
	holder=$!
	children="$children $holder"
	within 200 grep -q held "$tmp/held"
}

pin() { tcxctl attach d "$1" obj "$object" program "$2" --link --pin "$bpf/$3"; }

on_egress() {
	side=egress
	shows "$@"
	shown=$?
	side=ingress
	return $shown
}

echo "TAP version 13"
{
	ip netns add "$blue" && ip -n "$blue" link add name d type dummy && ip link add name d type dummy && mkdir -p "$bpf/agent/deep"
} || {
	echo "Bail out! no devices, or no bpffs"
	exit 1
}

# An end
attach_last() { tcxctl attach d ingress obj "$object" program "$1" >/dev/null; }
# Others change the other end all the time. A shell that is killed would leave its last tcxctl to go on.
changing() {
	while [ ! -e "$tmp/enough" ]; do
		tcxctl attach d ingress obj "$object" program pass --before && tcxctl detach d ingress first
	done >/dev/null 2>&1
}
for program in drop_udp pass drop_tcp drop_icmp; do attach_last $program; done
ok "what was first is named" says 0 '^d ingress: detached the first program, id [0-9]+ drop_udp$' detach d ingress first
ok "as JSON" says 0 '^\{"device":"d","ifindex":[0-9]+,"direction":"ingress","program":\{"id":[0-9]+\}\}$' --json detach d ingress last
ok "another revision" says 1 'its revision is 7, not 3' detach d ingress last --expected-revision 3
ok "that one" says 0 '^d ingress: detached the last program, id [0-9]+ drop_tcp$' detach d ingress last --expected-revision 7
ok "the rest is as it was" shows pass
changing &
children=$!
for round in 1 2 3 4 5; do
	attach_last drop_tcp
	ok "amid changes, $round" says 0 '^d ingress: detached the last program, id [0-9]+ drop_tcp$' detach d ingress last
done
touch "$tmp/enough"
wait "$children"
children=
while tcxctl detach d ingress first; do :; done
ok "nothing is there" says 1 'nothing is attached there' detach d ingress last

# A process
ok "one holds a link" hold drop_udp
one=$holder
ok "another one, too" hold drop_tcp
other=$holder
ok "all of the first" says 0 '^d ingress: detached program id [0-9]+ of link id [0-9]+; the link remains, defunct, until it is let go of' detach --all-of "$one"
ok "the other's is still there" shows drop_tcp
ok "nothing is left of the first" says 1 "process $one holds no link that attaches anything with tcx" detach --all-of "$one"
ok "as JSON" says 0 '^\[\{"device":"d","ifindex":[0-9]+,"direction":"ingress","program":\{"id":[0-9]+\},"link":\{"id":[0-9]+,"pinned":\[\],"held_by":\[\{"pid":'"$other"',"command":"tcxctl"\}\]\}\}\]$' \
	--json detach --all-of "$other"
ok "both are gone" shows
ok "one in another namespace" hold pass ip netns exec "$blue"
ok "is shown" says 0 ' pass ' show --all-netns
ok "all of it" says 0 '^detached program id [0-9]+ of link id [0-9]+; the link remains' detach --all-of "$holder"
ok "no such process" says 1 'there is no process 4194303 in this pid namespace' detach --all-of 4194303
# shellcheck disable=SC2086 # one word per process
kill -KILL $children
children=

# Pins
ok "a folder with links" pin ingress drop_udp agent/one
ok "in it and below" pin egress drop_tcp agent/deep/two
ok "a link beside it" pin ingress pass beside
ok "a program in it" bpftool prog loadall "$object" "$bpf/agent/programs" type classifier
ok "attached without a link" tcxctl attach d ingress pinned "$bpf/agent/programs/drop_icmp"
ok "at either end" tcxctl attach d egress pinned "$bpf/agent/programs/drop_icmp"
ok "all are there" shows drop_udp pass drop_icmp
ok "all of the folder" says 0 '^d egress: detached program id [0-9]+$' detach --all-of "$bpf/agent"
ok "that was four" [ "$(grep -c '^d .*: detached program id' "$tmp/out")" = 4 ]
ok "what is beside it stays" shows pass
ok "and nothing on egress" on_egress
ok "nothing is left of the folder" says 1 "nothing that is pinned at $bpf/agent is attached" detach "--all-of=$bpf/agent"
ok "one pin" says 0 '^d ingress: detached program id [0-9]+ of link id [0-9]+; .* until it is unpinned' detach --all-of "$bpf/beside"
ok "no such pin" says 1 "there is no $bpf/none" detach --all-of "$bpf/none"
ok "a device as well" says 2 "'d' is too much" detach d --all-of "$bpf/agent"
ok "a revision as well" says 2 'about one attach point' detach --all-of "$bpf/agent" --expected-revision 3

echo "1..$n"
echo "# $((n - failed)) passed, $failed failed"
[ "$failed" -eq 0 ]
