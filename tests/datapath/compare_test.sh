#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What `compare` makes of transcripts: each entry of the table that excuses a kernel of one's own needs that kernel's word.
here=$(dirname "$(realpath "$0")")
# shellcheck source=tests/lib/tap.sh
. "$here/../lib/tap.sh"
trap 'rm -rf "$tmp"' EXIT

cat "$here/../../docs/differences.md" "$here/../../docs/netkit.md" >"$tmp/documents"

# holds KEY NATIVE OWN [CLS-LINE...]: native tcx prints one value, a kernel of one's own another one, and its cls_bpf
# transcript has these lines. Is that explained? In $hook.
holds() {
	printf '%s\n' "tcx $1: $2" 'end tcx' >"$tmp/native.transcript"
	printf '%s\n' "tcx $1: $3" 'end tcx' "${@:4}" 'end cls' >"$tmp/own-$hook.transcript"
	"$here/compare" "$tmp/documents" "$here/differences" "$tmp/native" "$tmp/own-$hook" >"$tmp/said"
}

# probed PROBE LACKING ABLE KEY NATIVE OWN: the value OWN is excused where the kernel lacks something, which PROBE tells, and is
# not where it has it, nor where PROBE is missing.
probed() {
	ok "$4: $6, $hook: the kernel lacks it" holds "$4" "$5" "$6" "cls $1: $2"
	ok "$4: $6, $hook: it does not" not holds "$4" "$5" "$6" "cls $1: $3"
	ok "$4: $6, $hook: it is not known" not holds "$4" "$5" "$6"
}

hook=tc
for scenario in netkit_verdicts classic classic_filters classic_redirects; do
	probed "verdict/ingress,2 reasons" "not told" TC_INGRESS "$scenario/any reasons" TC_INGRESS "not told"
	[ "$scenario" = netkit_verdicts ] ||
		probed "verdict/ingress,2 reasons" NOT_SPECIFIED TC_INGRESS "$scenario/any reasons" TC_INGRESS NOT_SPECIFIED
done
none="rx=0 rxdrop=0 tx=0 txdrop=0"
counted="rx=1 rxdrop=0 tx=0 txdrop=0"
probed "peer/ingress e:count" "$none" "$counted" "netkit_in/l2,redirect_peer,1 q:count" "$counted" "$none"
probed "peer_ip/udp socket" -EAGAIN 50 "netkit_in/l2,redirect_peer,1 q:ingress" "saw 1 len=1 type=0 mark=0" "saw 1 len=1 type=3 mark=0"
probed "nft_order/egress,0,later nft" "no egress chains" "saw 3" "netkit_egress/forwarded nft" 1 none
big="probe_gso_max/200000 set"
probed "$big" -EINVAL 0 "netkit_gso_max/200000 set" 0 -EINVAL
probed "$big" -EINVAL 0 "netkit_gso_max/default p:gso max" "65536 of 524280" "65536 of 0"
probed "probe_gso_max/from the start b:gso max" "30000 of 0" "65536 of 524280" \
	"netkit_gso_max/from the start q:gso max" "65536 of 524280" "30000 of 0"
probed "probe_udp_segments/vlan program" "10 packets" "1 packets" \
	"netkit_stacked/vlan,udp segments program" "1 packets, 10 segments of 1200" "10 packets, 0 segments of 0"
for direction in ingress egress; do
	probed "probe_mirred/$direction send" -ENOBUFS 0 "classic_redirects/egress,$direction redirect0,drop send" 0 -ENOBUFS
	probed "probe_mirred/$direction send" -ENOBUFS 0 "classic_redirects/egress,$direction redirect0,drop drops" 1 2
done
hook=netfilter
probed "probe_netfilter_drop/egress freed by" "nf_hook_slow()" nftables "verdict/egress,2 reasons" TC_EGRESS NETFILTER_DROP

# What the table says of one kernel is nothing that another one may do unasked.
hook=tc
ok "a kernel that tells reasons and has chains and BIG TCP is not excused" not holds "netkit_x/y reasons" TC_INGRESS "not told" \
	"cls verdict/ingress,2 reasons: TC_INGRESS" "cls nft_order/egress,0,later nft: saw 3" "cls $big: 0"
ok "it is told which line" grep -q '^FAILED own-tc netkit_x/y reasons: not told' "$tmp/said"

echo "1..$n"
echo "$((n - failed)) passed, $failed failed"
[ "$failed" = 0 ]
