#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# about the tool
# needs: ip tcxctl
#
# tcxctl and names: of pins that bpffs does not allow, of devices that have several, of a bpffs that is not to be seen or
# is there twice. Runs unchanged with the module and on a kernel with native tcx.

here=$(dirname "$(realpath "$0")")
# shellcheck source=tests/lib/tap.sh
. "$here/tap.sh"
object=$here/progs/traffic.bpf.o
bpf=/sys/fs/bpf/tcxctl-names-$$
space=tcxctl-$$
long=a-name-that-is-longer-than-fifteen-bytes-as-a-persistent-name-of-a-real-device-may-be-and-as-long-as-the-kernel-allows-for-them

cleanup() {
	ip netns del "$space" 2>/dev/null
	rm -rf "$tmp" "$bpf"
}
trap cleanup EXIT
trap 'exit 1' HUP INT TERM

# says STATUS REGEX COMMAND...: ends with this status and prints a line like this.
says() {
	want=$1 regex=$2
	shift 2
	got=0
	timeout 20 "$@" >"$tmp/out" 2>&1 || got=$?
	cat "$tmp/out"
	[ "$got" = "$want" ] && grep -qE -e "$regex" "$tmp/out"
}

shows_nothing() { says 0 '^d ingress .*nothing attached' tcxctl show d; }

in_bpf() { (cd "$bpf" && "$@"); }

# once WORD COMMAND...: the word is in what it prints, and in one line of it.
once() {
	word=$1
	shift
	"$@" >"$tmp/out" 2>&1
	cat "$tmp/out"
	[ "$(grep -c -F -e "$word" "$tmp/out")" -eq 1 ]
}

gone() {
	left=100
	until shows_nothing; do
		left=$((left - 1))
		[ "$left" -gt 0 ] || return 1
		sleep 0.1
	done
}

echo "TAP version 13"
echo "1..33"
{
	ip link add name d type dummy && mkdir "$bpf"
} || {
	echo "Bail out! no device, or no bpffs"
	exit 1
}
attach="tcxctl attach d ingress obj $object program pass"

# A dot in a pin's name: bpffs keeps these for itself.
# shellcheck disable=SC2086 # one word per argument
{
	ok "a pin with a dot" says 1 "bpf/.*/v1.2 cannot be a pin: bpffs allows no dot" $attach --link --pin "$bpf/v1.2"
	ok "a folder with a dot" says 1 'bpffs allows no dot in a name' $attach --link --pin "$bpf/v1.2/link"
	ok "a dot in front" says 1 'bpffs allows no dot in a name' $attach --link --pin "$bpf/.hidden"
	ok "the reason is in JSON" says 1 '"errno":"EPERM"' $attach --json --link --pin "$bpf/v1.2"
	ok "a relative path" in_bpf says 1 'bpffs allows no dot in a name' $attach --link --pin v1.2
	ok "nothing has been attached" shows_nothing
	ok "no such pin can be named" says 1 'bpffs allows no dot in a name' tcxctl detach pinned "$bpf/v1.2"
	ok "nor one that is to be updated" says 1 'bpffs allows no dot in a name' \
		tcxctl update pinned "$bpf/a.b/c" obj "$object" program pass
	ok "outside bpffs a dot is no reason" says 1 'is not in bpffs; give a path below /sys/fs/bpf' $attach --link --pin "$tmp/v1.2"
	ok "dots that are no names" in_bpf says 0 'pinned ./../' $attach --link --pin "./../${bpf##*/}/link"
	rm "$bpf/link"
	ok "unpinned" gone
}

# bpffs under 'ip netns exec'
mkdir -p /run/netns
ok "a network namespace with the device" ip netns add "$space"
ok "the device moves" ip link set dev d netns "$space"
enter="nsenter --net=/run/netns/$space"
hidden="ip netns exec $space"
# shellcheck disable=SC2086 # one word per argument
{
	ok "nsenter leaves bpffs" says 0 "pinned $bpf/link" $enter $attach --link --pin "$bpf/link"
	ok "where the pin is seen" says 0 "^ +pinned $bpf/link\$" $enter tcxctl show d
	ok "ip netns exec: no such pin, and why" says 1 'no bpffs is mounted at /sys/fs/bpf .*nsenter --net=/run/netns/NAME' \
		$hidden tcxctl detach pinned "$bpf/link"
	ok "ip netns exec: nobody, and why" says 0 'nobody to be seen .*no bpffs is mounted' $hidden tcxctl show d
	ok "ip netns exec: no place for a pin, and why" says 1 'no bpffs is mounted at /sys/fs/bpf .*nsenter' \
		$hidden $attach --link --pin "$bpf/other"
	id=$($enter tcxctl show d | sed -n 's/.* link \([0-9][0-9]*\).*/\1/p')
	ok "ip netns exec: what is left is not known" says 0 'nobody to be seen from here has the link' \
		$hidden tcxctl detach link "$id"
}
rm "$bpf/link"
ok "a namespace that goes" ip netns del "$space"

# Other names of a device
ip link add name d type dummy || exit 1
ok "a short alternative name" ip link property add dev d altname other
ok "a long one" ip link property add dev d altname "$long"
ok "attach by the short one, shown as the device" says 0 '^d ingress: attached' \
	tcxctl attach other ingress obj "$object" program pass
ok "attach by the long one" says 0 '^d egress: attached' tcxctl attach "$long" egress obj "$object" program pass
ok "show by the long one" says 0 '^d egress revision 2' tcxctl show "$long"
ok "JSON has the device's name" says 0 '^\[[{]"device":"d",' tcxctl --json show other
ok "detach by the long one" says 0 '^d egress: detached' tcxctl detach "$long" egress first
ok "no such long name" says 1 'there is no device' tcxctl show "${long}x"
ok "nor a shorter one" says 1 'there is no device' tcxctl show "${long%m}"
ok "nor what it begins with" says 1 'there is no device' tcxctl show a-name-that-is-
tcxctl detach d ingress first >/dev/null

# The same bpffs at two places, whole and in part, and another over it
# shellcheck disable=SC2086 # one word per argument
ok "pin a link" says 0 'pinned' $attach --link --pin "$bpf/link"
mkdir "$tmp/whole" "$tmp/part"
mount --bind /sys/fs/bpf "$tmp/whole"
mount --bind "$bpf" "$tmp/part"
ok "shown once" once pinned tcxctl show d
ok "and in JSON" says 0 '"pinned":\["[^"]*"\]' tcxctl --json show d
umount "$tmp/whole"
umount "$tmp/part"
rm "$bpf/link"
gone >/dev/null
ip link del dev d
echo "$((n - failed)) passed, $failed failed"
[ "$failed" -eq 0 ]
