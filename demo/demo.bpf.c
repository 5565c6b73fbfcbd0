// SPDX-License-Identifier: GPL-2.0
/*
 * What `make demo` attaches: a counter for each direction, and a filter that
 * drops large pings.
 */
#include <stddef.h>

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include <linux/tcx_backport.h>

#define LARGE	1000

enum { INGRESS, EGRESS, DROPPED, COUNTERS };

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, COUNTERS);
	__type(key, __u32);
	__type(value, __u64);
	__uint(pinning, LIBBPF_PIN_BY_NAME);	/* one for all three */
} packets SEC(".maps");

static void count(__u32 what)
{
	__u64 *n = bpf_map_lookup_elem(&packets, &what);

	if (n)
		__sync_fetch_and_add(n, 1);
}

SEC("tcx/ingress")
int count_in(struct __sk_buff *skb)
{
	count(INGRESS);
	return TCX_NEXT;
}

SEC("tcx/egress")
int count_out(struct __sk_buff *skb)
{
	count(EGRESS);
	return TCX_NEXT;
}

SEC("tcx/ingress")
int no_large_pings(struct __sk_buff *skb)
{
	__u8 protocol = 0;

	if (skb->protocol != bpf_htons(ETH_P_IP) || skb->len < LARGE)
		return TCX_NEXT;
	bpf_skb_load_bytes(skb, ETH_HLEN + offsetof(struct iphdr, protocol),
			   &protocol, sizeof(protocol));
	if (protocol != IPPROTO_ICMP)
		return TCX_NEXT;
	count(DROPPED);
	return TCX_DROP;
}

char LICENSE[] SEC("license") = "GPL";
