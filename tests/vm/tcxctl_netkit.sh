#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# needs: ip tcxctl
# about the tool
#
# Both ends of a netkit pair with tcxctl: attaching, showing, links, and what it says about what cannot be. Runs unchanged
# with the module and on a kernel that has netkit. It ends with status 0 only if nothing failed.

here=$(dirname "$0")
# shellcheck source=tests/lib/tap.sh
. "$here/tap.sh"
# shellcheck source=tests/vm/tool.sh
. "$here/tool.sh"
object=$here/progs/traffic.bpf.o
bpf=/sys/fs/bpf/tcxctl-netkit-$$
module=
[ ! -e /dev/tcx ] || module=yes

cleanup() {
	rmmod netconsole 2>/dev/null
	rm -rf "$tmp" "$bpf"
	ip link del p 2>/dev/null
	[ -z "$module" ] || rmmod netkit_backport
}
trap cleanup EXIT
trap 'exit 1' HUP INT TERM

# shown REGEX: a line like this is shown of p.
shown() {
	tcxctl show p >"$tmp/show" || return 1
	cat "$tmp/show"
	grep -qE -e "$1" "$tmp/show"
}

# The program that is shown first of the primary end.
primary_id() { tcxctl show p | sed -n '/^p primary/,/^p peer/s/^ *1  id \([0-9]*\) .*/\1/p'; }
link_of() { tcxctl show p | sed -n "s/^ .* $1 .* link \\([0-9][0-9]*\\).*/\\1/p"; }

# The kernel's log sent from a device: netpoll, which enters its transmit function with interrupts off.
console_from() {
	console=/sys/kernel/config/netconsole/$1
	mkdir "$console"
	echo "$1" >"$console/dev_name"
	echo 1 >"$console/enabled"
	enabled=$(cat "$console/enabled")
	rmdir "$console"
	[ "$enabled" = 1 ]
}

mkdir "$bpf"
ip link add name d type dummy
if [ "$module" ]; then
	ok "without the module: which one is missing" says 1 "modprobe netkit_backport" attach d primary obj "$object" program drop_udp
	ok "show does not mind" says 0 "d egress revision 1" show d
	ok "version has no netkit" not says 0 "netkit" version
	modprobe netkit_backport need_bpf_syscall=0
	ok "version has netkit" says 0 "netkit" version
fi
ip link add name p type netkit
ok "nothing is attached yet" says 0 "^p peer revision 1  \(nothing attached\)" show p
ok "primary" says 0 "p primary" attach p primary obj "$object" program drop_udp
ok "peer" says 0 "p peer" attach p peer obj "$object" program drop_udp
ok "peer, before" says 0 "p peer" attach p peer obj "$object" program pass --before
ok "both are shown" shown "^p primary revision 2"
ok "the peer's revision" shown "^p peer revision 3"
ok "tcx beside" says 0 "p ingress" attach p ingress obj "$object" program drop_udp
ok "all devices" says 0 "^p peer revision 3" show
ok "JSON" says 0 '"direction": *"peer"' --json show p
ok "a device of another kind" says 1 "cannot attach to d primary: it is no netkit device" attach d primary obj "$object" program drop_udp
ok "through the peer" says 1 "cannot attach to nk0 peer: it is the peer of a netkit pair" attach nk0 peer obj "$object" program drop_udp
ok "show of the peer" says 0 "^nk0 egress revision 1" show nk0
ok "no such direction" says 2 "primary or peer, not 'both'" attach p both id 1
ok "detach by id" says 0 "p primary" detach p primary id "$(primary_id)"
ok "detach the first" says 0 "p peer" detach p peer first
ok "and the last" says 0 "p peer" detach p peer last
ok "nothing is left" says 1 "cannot detach from p peer: nothing is attached there" detach p peer first
ok "tcx's is still there" shown "^p ingress revision 2"
ok "a pinned link" says 0 "link id [0-9]+" attach p peer obj "$object" program drop_udp --link --pin="$bpf/link"
ok "shows its link" shown "drop_udp.* link [0-9]+"
ok "another program" says 0 "." update pinned "$bpf/link" obj "$object" program pass
ok "detached as its owner would" says 0 "p peer: detached" detach p peer pinned "$bpf/link"
ok "defunct" says 0 "^defunct peer links" show
rm "$bpf/link"
ok "gone with its pin" within 100 not says 0 "^defunct peer links" show
ok "a link at the primary" says 0 "link id [0-9]+" attach p primary obj "$object" program drop_udp --link --pin="$bpf/link"
ok "detached by its id" says 0 "p primary: detached" detach link "$(link_of drop_udp)"
rm "$bpf/link"

for device in d p nk0; do ip link set dev "$device" up; done
ip addr add 10.77.0.1/24 dev p
ip addr add 10.77.1.1/24 dev d
# With PREEMPT_RT netconsole's lock does not turn interrupts off, and netpoll_send_udp() warns that they are on, whatever device
# it is.
case $(uname -v) in
*PREEMPT_RT*) ;;
*)
	modprobe netconsole
	[ -d /sys/kernel/config/netconsole ] || mount -t configfs configfs /sys/kernel/config
	ok "a console over a dummy device" console_from d
	ok "none over netkit" not console_from p
	ok "for it takes no netpoll" sh -c "dmesg | grep -q \"p doesn't support polling\""
	rmmod netconsole
	;;
esac

ip link del p
ok "the pair is gone" says 1 "there is no device p" show p
echo "1..$n"
[ "$failed" = 0 ]
