#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# about the tool
# needs: ip tcxctl
#
# Names that others choose, those of devices, through the commands of tcxctl: nothing that a terminal obeys comes out, and
# what comes out gives the name back. Runs unchanged with the module and on a kernel with native tcx.

here=$(dirname "$0")
# shellcheck source=tests/vm/names.sh
. "$here/names.sh"

# device LABEL NAME
device() {
	what=$1 dev=$2
	ok "$what: there is such a device" ip link add name "$dev" type "$type"
	both "$what: show, empty" 0 "$dev" show "$dev"
	both "$what: detach, but nothing is there" 1 "$dev" detach "$dev" ingress last
	ok "$what: attach" says 0 "$dev" attach "$dev" ingress obj "$object" program pass
	id=$(sed -n 's/.*attached program id \([0-9]*\).*/\1/p' "$tmp/out")
	ok "$what: attach, as JSON" tells 0 "$dev" attach "$dev" ingress obj "$object" program drop_tcp
	both "$what: attach once more" 1 "$dev" attach "$dev" ingress id "$id"
	both "$what: a revision that is past" 1 "$dev" detach "$dev" ingress last --expected-revision 99
	both "$what: show all" 0 "$dev" show
	both "$what: show" 0 "$dev" show "$dev"
	ok "$what: show, pretty" says 0 '' --pretty show "$dev"
	ok "$what: show, pretty, has it" "$here/names" tells "$dev" "$tmp/out"
	ok "$what: detach" says 0 "$dev" detach "$dev" ingress id "$id"
	ok "$what: detach, as JSON" tells 0 "$dev" detach "$dev" ingress first
	ok "$what: attach by a link" says 0 "$dev" attach "$dev" egress obj "$object" program pass --link --pin "$bpf/link"
	both "$what: show the link" 0 "$dev" show "$dev"
	ok "$what: update" says 0 "$dev" update pinned "$bpf/link" obj "$object" program drop_tcp
	ok "$what: update, as JSON" tells 0 '' update pinned "$bpf/link" obj "$object" program drop_icmp
	both "$what: a link elsewhere" 1 "$dev" detach "$dev" ingress pinned "$bpf/link"
	ok "$what: detach by the pin" says 0 "$dev" detach pinned "$bpf/link"
	rm "$bpf/link"
	ok "$what: attach by a link, as JSON" tells 0 "$dev" attach "$dev" egress obj "$object" program pass --link --pin "$bpf/link"
	ok "$what: detach by the pin, as JSON" tells 0 "$dev" detach "$dev" egress pinned "$bpf/link"
	rm "$bpf/link"
	ip link del dev "$dev"
	both "$what: a device that is gone" 1 "$dev" show "$dev"
}

begin
device "not UTF-8, escape, backslash" "$(printf '\377\033[2J\\x41\\x')"
device "right to left, no width, a mark, C1, overlong" "$(printf 'r\342\200\256\342\200\213\314\210\302\233\300\257')"
device "quotation marks, controls, surrogate" "$(printf 'q\047"$(x)\140\001\177\355\241\200')"
device "harmless" "$(printf 'b\303\274ro\346\227\245')"
ok "harmless: is shown as it is" grep -q "$(printf 'b\303\274ro\346\227\245')" "$tmp/out"

finish
