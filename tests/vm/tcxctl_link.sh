#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# needs: ip tcxctl
#
# Links with tcxctl, end to end: who owns a program, and what becomes of it when its owner ends. Runs unchanged with
# the module and on a kernel with native tcx. It ends with status 0 only if nothing failed.

here=$(dirname "$0")
# shellcheck source=tests/lib/tap.sh
. "$here/tap.sh"
# shellcheck source=tests/vm/tool.sh
. "$here/tool.sh"
object=$here/progs/traffic.bpf.o
bpf=/sys/fs/bpf/tcxctl-$$
processes=${PROCESSES:-500}
children=

cleanup() {
	# shellcheck disable=SC2086 # one word per process
	[ -z "$children" ] || kill -KILL $children 2>/dev/null
	rm -rf "$tmp" "$bpf"
}
trap cleanup EXIT
trap 'exit 1' HUP INT TERM

# The link, and the program, on the line of show's that has the program's name.
link_of() { tcxctl show d | sed -n "s/^ .* $1 .* link \\([0-9][0-9]*\\).*/\\1/p"; }
prog_of() { tcxctl show d | sed -n "s/^ *[0-9]*  id \\([0-9]*\\) *$1 .*/\\1/p"; }

# hold OPTION...: drop_udp by a link that a process in the background holds.
hold() {
	: >"$tmp/held"
	tcxctl attach d ingress obj "$object" program drop_udp --link "$@" >"$tmp/held" 2>&1 &
	holder=$!
	children="$children $holder"
	within 200 grep -q held "$tmp/held"
	cat "$tmp/held"
	grep -q 'attached program id .* link id [0-9]* held ' "$tmp/held"
}

# ended PID: sets status to what the process ended with; fails if it does not end. The dead have no exe.
ended() {
	within 200 not [ -e "/proc/$1/exe" ] || return 1
	status=0
	wait "$1" 2>/dev/null || status=$?
	echo "status $status"
}

# ends SIGNAL: the holder ends, with status 0 unless it was killed.
ends() {
	kill "-$1" "$holder"
	ended "$holder" || return 1
	[ "$1" = KILL ] || [ "$status" -eq 0 ]
}

# Nothing waits for it to begin; a signal that comes early must not be lost. Killed before it was ready is all right, what
# is not is a process that stays. Not SIGINT: what the shell starts in the background ignores that, until tcxctl is ready.
ends_early() {
	tcxctl attach d ingress obj "$object" program drop_udp --link >/dev/null &
	early=$!
	children="$children $early"
	sleep 0.3
	kill -TERM "$early"
	ended "$early"
}

uptime_cs() { cut -d ' ' -f 1 /proc/uptime | tr -d .; }

start_processes() {
	sleepers "$processes"
	count=$(find /proc -maxdepth 1 -name '[0-9]*' | wc -l)
	echo "$count processes"
	[ "$count" -ge "$processes" ]
}

# The listing of all devices, with holder and pin, takes less than a second, on a kernel without sanitisers. The host may
# be busy: the best of three.
is_fast() {
	best=1000000
	for _ in 1 2 3; do
		before=$(uptime_cs)
		tcxctl show >"$tmp/show"
		took=$(($(uptime_cs) - before))
		[ "$took" -ge "$best" ] || best=$took
	done
	cat "$tmp/show"
	echo "took $best cs" | tee "$tmp/took"
	[ "$best" -lt $((100 * ${TCX_SLOWNESS:-1})) ] && grep -q "held by $holder (tcxctl)" "$tmp/show" && grep -q "pinned $bpf/two" "$tmp/show"
}

json_has() {
	tcxctl --json show d >"$tmp/json" || return 1
	cat "$tmp/json"
	grep -qF -e "$1" "$tmp/json"
}

# Given time as well.
gone() {
	within 100 not tcxctl detach link "$1"
}

echo "TAP version 13"
echo "1..49"
{
	ip link add name d type dummy && ip link set dev d up && mkdir "$bpf"
} || {
	echo "Bail out! no device, or no bpffs"
	exit 1
}

# In the foreground
ok "version: there are links" says 0 '^links +available' version
ok "a link in the foreground says what it does" hold
ok "show has the program" shows drop_udp
ok "show has pid and command" says 0 "^ +held by $holder \\(tcxctl\\)" show d
id=$(link_of drop_udp)
ok "show has the link's id" [ -n "$id" ]
ok "JSON has all three" json_has "\"link\":{\"id\":$id,\"pinned\":[],\"held_by\":[{\"pid\":$holder,\"command\":\"tcxctl\"}]}"
ok "others cannot detach the program" says 1 "owned by link id $id, .*'tcxctl detach link $id'" detach d ingress last
ok "others cannot replace it" says 1 "owned by link id $id, .*'tcxctl update link $id'" \
	attach d ingress obj "$object" program pass --replace=last
ok "a program before the link" says 0 'attached program' attach d ingress obj "$object" program pass "--before=link:$id"
ok "show has both in order" shows pass drop_udp
ok "the holder is killed" ends KILL
ok "its program goes, the other stays" becomes pass
ok "the link is gone" gone "$id"
ok "hold once more" hold
ok "SIGTERM ends it" ends TERM
ok "its program goes" becomes pass
ok "and again" hold
ok "SIGINT ends it" ends INT
ok "its program goes" becomes pass
ok "a signal at the beginning is not lost" ends_early
ok "nothing is left of it" becomes pass
ok "--timeout ends by itself" says 0 'held for 1 s, or until' attach d ingress obj "$object" program drop_udp --link --timeout 1
ok "its program goes" becomes pass

# Pinned
ok "a pinned link" says 0 "link id [0-9]+ pinned $bpf/one" attach d ingress obj "$object" program drop_udp --link --pin "$bpf/one"
id=$(link_of drop_udp) old=$(prog_of drop_udp)
ok "the pin survives its maker" shows pass drop_udp
ok "show has the pin" says 0 "^ +pinned $bpf/one\$" show d
ok "a path that is taken" says 1 'is there already' attach d ingress obj "$object" program drop_tcp --link --pin "$bpf/one"
ok "a path outside bpffs" says 1 'not in bpffs' attach d ingress obj "$object" program drop_tcp --link --pin "$tmp/one"
ok "refusals change nothing" shows pass drop_udp
ok "update by pin, in place" says 0 "link id $id has program id [0-9]+ drop_tcp now, in the place of id $old" \
	update pinned "$bpf/one" obj "$object" program drop_tcp
ok "show has the new one" shows pass drop_tcp
now=$(prog_of drop_tcp) other=$(prog_of pass)
ok "update with the wrong old program" says 1 "id $other, is not the present one, which is id $now" \
	update link "$id" obj "$object" program drop_icmp "--old=id:$other"
ok "update to what is there" says 1 "id $other is attached already where the link is, at place 1" update link "$id" id "$other"
ok "update by id with the right one" says 0 'drop_icmp now' update link "$id" obj "$object" program drop_icmp "--old=id:$now"
ok "a link replaces nothing" says 2 'a link replaces nothing' attach d ingress id 1 --link --replace=id:2
ok "detach by pin at another place" says 1 'is not attached to d egress' detach d egress pinned "$bpf/one"
ok "detach by pin, which says what remains" says 0 "of link id $id; the link remains, defunct, until it is unpinned" \
	detach pinned "$bpf/one"
ok "it is detached" shows pass
ok "update of a defunct link" says 1 'it is defunct' update pinned "$bpf/one" obj "$object" program drop_tcp
ok "update of a folder" says 1 "$bpf is a folder; name one of the pins in it" update pinned "$bpf" obj "$object" program drop_tcp
ok "show lists it as defunct" says 0 "^ +pinned $bpf/one" show
rm "$bpf/one"
ok "unpinned it is gone" gone "$id"
ok "hold one for detaching" hold
ok "detach by id, which says who holds it" says 0 "^ +held by $holder \\(tcxctl\\)" detach link "$(link_of drop_udp)"
ends TERM >/dev/null

# Many processes
ok "pin one" says 0 'pinned' attach d ingress obj "$object" program drop_tcp --link --pin "$bpf/two"
ok "hold one" hold
ok "start $processes processes" start_processes
ok "show is fast" is_fast
sed 's/^/# show /' "$tmp/took"
ok "a device that goes takes its programs along" ip link del dev d

# shellcheck disable=SC2086 # one word per process
kill -KILL $children 2>/dev/null
wait 2>/dev/null
children=
rm -rf "$bpf"
echo "# what remains when all have gone:"
tcxctl show | sed 's/^/# /'
echo "$((n - failed)) passed, $failed failed"
[ "$failed" -eq 0 ]
