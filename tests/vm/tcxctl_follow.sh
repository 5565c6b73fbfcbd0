#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# needs: ip tcxctl bpftool
# about the tool
#
# 'tcxctl apply --follow': devices that appear, are renamed, come again and live for milliseconds; reading again; ending. It ends
# with status 0 only if nothing failed.

here=$(dirname "$0")
# shellcheck source=tests/lib/tap.sh
. "$here/tap.sh"
# shellcheck source=tests/vm/tool.sh
. "$here/tool.sh"
own=/sys/fs/bpf/tcxctl-$(stat -L -c %i /proc/self/ns/net)
follower=

cleanup() {
	[ -z "$follower" ] || kill -KILL "$follower" 2>/dev/null
	for device in d away last; do
		ip link del dev "$device" 2>/dev/null
	done
	rm -rf "$tmp" "$own"
}
trap cleanup EXIT
trap 'exit 1' HUP INT TERM

# declares PROGRAM: on d, and on whatever is called v and something
declares() {
	printf 'attachments:\n- name: guard\n  object: %s\n  program: %s\n  devices: [d, "v*"]\n  directions: ingress\n' \
		"$here/progs/traffic.bpf.o" "$1" >"$tmp/all.yaml"
}

follows() {
	tcxctl apply --follow "$tmp/all.yaml" >"$tmp/followed" 2>&1 &
	follower=$!
}

alive() { kill -0 "$follower"; }
pins() { find "$own" -mindepth 1 2>/dev/null; }
no_pins() {
	pins
	[ -z "$(pins)" ]
}

brief() {
	i=0
	while [ $i -lt 100 ]; do
		ip link add name v$i type veth peer name w$i && ip link del dev v$i || return 1
		i=$((i + 1))
	done
}

ends() {
	kill -TERM "$follower"
	status=0
	wait "$follower" || status=$?
	follower=
	return $status
}

echo "TAP version 13"
here=$(realpath "$here")
declares pass
follows
ok "a device appears" ip link add name d type dummy
ok "and has it" becomes pass
ok "it goes" ip link del dev d
ok "and nothing is left" within 100 no_pins
ok "it comes again" ip link add name d type dummy
ok "and has it again" becomes pass
ok "it is renamed" ip link set dev d name away
ok "and is no longer meant" within 100 no_pins
ok "back" ip link set dev away name d
ok "it is meant again" becomes pass
ok "100 devices that live for milliseconds" brief
ok "one that stays" ip link add name vlast type dummy
has_last() { tcxctl show vlast | grep -q ' pass '; }
ok "has it" within 300 has_last
two_pins() { [ "$(pins | grep -c 'ingress$')" = 2 ]; }
ok "and nothing is left of the others" within 100 two_pins
ok "none was a failure" not grep tcxctl: "$tmp/followed"
declares drop_udp
kill -HUP "$follower"
ok "read again" becomes drop_udp
echo "attachments: {}" >"$tmp/all.yaml"
kill -HUP "$follower"
ok "what is wrong is said" within 100 grep -q 'what was read before holds' "$tmp/followed"
ok "and changes nothing" shows drop_udp
ok "it is alive" alive
ok "it ends" ends
ok "what is attached stays" shows drop_udp
ip link del dev vlast
sed 's/^/# /' "$tmp/followed"
echo "1..$n"
echo "# $((n - failed)) passed, $failed failed"
[ "$failed" -eq 0 ]
