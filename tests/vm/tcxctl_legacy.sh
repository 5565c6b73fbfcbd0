#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# about the tool
# needs: ip tc tcxctl
#
# tcxctl --backend: classic tc in place of tcx. Runs unchanged with the module and on a kernel with native tcx.

here=$(dirname "$0")
# shellcheck source=tests/lib/tap.sh
. "$here/tap.sh"
# shellcheck source=tests/vm/tool.sh
. "$here/tool.sh"
object=$here/progs/traffic.bpf.o
legacy=--backend=legacy

cleanup() { rm -rf "$tmp"; }
trap cleanup EXIT
trap 'exit 1' HUP INT TERM

prog_of() { tcxctl show d $legacy | sed -n "s/^ *[0-9]*  id \\([0-9]*\\) *$1 .*/\\1/p"; }

# order NAME...: by tc(8), in the order of their priorities, the library's filters are these.
order() {
	tc filter show dev d ingress >"$tmp/filters"
	cat "$tmp/filters"
	[ "$(sed -n 's/.* handle 0x746378 \([a-z_]*\):\[.*direct-action.*/\1/p' "$tmp/filters" | tr '\n' ' ')" = "${*:+$* }" ]
}

backend() { sed -n 's/^backend *\([a-z]*\).*/\1/p'; }

any_without_module() {
	export LIBTCX_DEVICE=/none/tcx
	want=$(tcxctl version | backend) got=$(tcxctl version --backend=any | backend)
	unset LIBTCX_DEVICE
	echo "without any: $want, with: $got"
	case $want in
	none) [ "$got" = legacy ] ;;
	native) [ "$got" = native ] ;;
	*) return 1 ;;
	esac
}

echo "TAP version 13"
echo "1..22"
ip link add name d type dummy || {
	echo "Bail out! no device"
	exit 1
}
has_tcx=$(tcxctl version | backend)
ok "any: where there is tcx it is that" says 0 "^backend +$has_tcx" version --backend=any
ok "any, without the module: the kernel's, or classic tc" any_without_module
ok "chosen" says 0 '^backend +legacy' version $legacy
ok "what it means" says 0 '^lifetime .*anybody deletes it' version $legacy
ok "attach, and what was got" says 0 '^d ingress: attached program id [0-9]+ pass, legacy, filters of classic tc$' \
	attach d ingress obj "$object" program pass $legacy
ok "attach another" says 0 '"program":' attach d ingress obj "$object" program drop_udp $legacy --json
ok "in that order" order pass drop_udp
ok "show" says 0 '^d ingress legacy' show d $legacy
ok "tcx has none of it" says 0 '^d ingress revision .*nothing attached' show d
ok "a place is refused" says 1 "has priorities for places" \
	attach d ingress obj "$object" program drop_icmp --before=first $legacy
ok "and the end" says 1 "name the one that is to be detached" detach d ingress last $legacy
ok "a link is refused" says 1 'has no links; attach without one' \
	attach d ingress obj "$object" program drop_icmp --link $legacy
ok "a revision is refused" says 1 'has no revisions' \
	attach d ingress obj "$object" program drop_icmp --expected-revision=1 $legacy
ok "the errno in JSON" says 1 '"errno":"EOPNOTSUPP"' detach d ingress first $legacy --json
ok "nothing has changed" order pass drop_udp
ok "by best effort the place is chosen" says 0 'attached' \
	attach d ingress obj "$object" program drop_icmp --after=first $legacy --best-effort
ok "between the two" order pass drop_icmp drop_udp
ok "replaced in its place" says 0 'attached' \
	attach d ingress obj "$object" program drop_tcp --replace="id:$(prog_of drop_icmp)" $legacy
ok "which stays the same" order pass drop_tcp drop_udp
ok "detach by its id" says 0 'detached program' detach d ingress id "$(prog_of drop_tcp)" $legacy
ok "the first, by best effort" says 0 'detached the first' detach d ingress first --best-effort $legacy
ok "and is gone" order drop_udp
ip link del dev d
echo "$((n - failed)) passed, $failed failed"
[ "$failed" -eq 0 ]
