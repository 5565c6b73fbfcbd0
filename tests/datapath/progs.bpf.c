// SPDX-License-Identifier: GPL-2.0
/*
 * The programs of the transcript: those of the data path tests, and what these
 * do without.
 */
#include "../vm/progs/datapath.bpf.c"

#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/udp.h>

#include "params.h"

/* A section of its own: the driver finds it whatever the compiler's order. */
volatile struct px_data px SEC(".data.px") = {};

static __always_inline bool look(struct __sk_buff *skb)
{
	__u16 group = 0;

	/* IPv6's own multicasts come when the kernel likes. */
	if (skb->protocol == bpf_htons(ETH_P_IPV6) &&
	    !bpf_skb_load_bytes(skb, 0, &group, sizeof(group)) &&
	    group == 0x3333)
		return false;
	if (!dp.proto || skb->protocol == bpf_htons(dp.proto)) {
		px.gso_segs = skb->gso_segs;
		px.gso_size = skb->gso_size;
		px.wire_len = skb->wire_len;
		px.hash_set = !!skb->hash;
	}
	return take(skb);
}

SEC("tc")
int view(struct __sk_buff *skb)
{
	return look(skb) ? dp.verdict : NEXT;
}

/* Reading tstamp alone, or its type too, makes two kinds of programs of it: a
 * kernel with tstamp_type hides a delivery time on ingress from the former.
 */
SEC("tc")
int view_tstamp(struct __sk_buff *skb)
{
	if (!look(skb))
		return NEXT;
	px.tstamp_set = !!skb->tstamp;
	return dp.verdict;
}

SEC("tc")
int view_tstamp_type(struct __sk_buff *skb)
{
	if (!look(skb))
		return NEXT;
	px.tstamp_type = skb->tstamp_type;
	px.tstamp_set = !!skb->tstamp;
	return dp.verdict;
}

SEC("tc")
int write_tstamp(struct __sk_buff *skb)
{
	if (!look(skb))
		return NEXT;
	skb->tstamp = px.tstamp;
	return dp.verdict;
}

SEC("tc")
int set_tstamp(struct __sk_buff *skb)
{
	if (!look(skb))
		return NEXT;
	dp.ret = bpf_skb_set_tstamp(skb, px.tstamp, px.mode);
	return dp.verdict;
}

SEC("tc")
int change_proto(struct __sk_buff *skb)
{
	if (!look(skb))
		return NEXT;
	dp.ret = bpf_skb_change_proto(skb, bpf_htons(dp.arg), 0);
	return dp.verdict;
}

SEC("tc")
int change_type(struct __sk_buff *skb)
{
	if (!look(skb))
		return NEXT;
	dp.ret = bpf_skb_change_type(skb, dp.arg);
	return dp.verdict;
}

/* A helper that makes the packet writable, up to arg. */
SEC("tc")
int store(struct __sk_buff *skb)
{
	__u8 byte = 0xee;

	if (!look(skb))
		return NEXT;
	dp.ret = bpf_skb_store_bytes(skb, dp.arg, &byte, sizeof(byte), 0);
	return dp.verdict;
}

SEC("tc")
int adjust_room_mode(struct __sk_buff *skb)
{
	if (!look(skb))
		return NEXT;
	dp.ret = bpf_skb_adjust_room(skb, dp.arg, px.mode, dp.flags);
	return dp.verdict;
}

SEC("tc")
int pull_arg(struct __sk_buff *skb)
{
	if (!look(skb))
		return NEXT;
	dp.ret = bpf_skb_pull_data(skb, dp.arg);
	dp.linear = skb->data_end - skb->data;
	return dp.verdict;
}

SEC("tc")
int redirect_neigh_nh(struct __sk_buff *skb)
{
	struct bpf_redir_neigh nh = {};

	if (!take(skb))
		return NEXT;
	nh.nh_family = px.family;
	__builtin_memcpy(nh.ipv6_nh, (void *)px.nh, sizeof(nh.ipv6_nh));
	return dp.ret = bpf_redirect_neigh(dp.ifindex, &nh, sizeof(nh),
					   dp.flags);
}

/* Gives a UDP packet to the socket of another port, for which it needs to be
 * at ingress.
 */
SEC("tc")
int sk_assign(struct __sk_buff *skb)
{
	struct bpf_sock_tuple tuple = {};
	struct bpf_sock *sk;

	if (!look(skb))
		return NEXT;
	bpf_skb_load_bytes(skb, ETH_HLEN + 12, &tuple.ipv4.saddr, 8);
	tuple.ipv4.sport = bpf_htons(7);
	tuple.ipv4.dport = bpf_htons(px.port);
	sk = bpf_sk_lookup_udp(skb, &tuple, sizeof(tuple.ipv4),
			       BPF_F_CURRENT_NETNS, 0);
	px.ret2 = !!sk;
	if (!sk)
		return NEXT;
	dp.ret = bpf_sk_assign(skb, sk, 0);
	bpf_sk_release(sk);
	return dp.verdict;
}

SEC("xdp")
int xdp_verdict(struct xdp_md *ctx)
{
	__sync_fetch_and_add(&dp.packets, 1);
	return dp.verdict;
}

SEC("xdp")
int xdp_head(struct xdp_md *ctx)
{
	__sync_fetch_and_add(&dp.packets, 1);
	dp.ret = bpf_xdp_adjust_head(ctx, dp.arg);
	return dp.verdict;
}

SEC("xdp")
int xdp_tail(struct xdp_md *ctx)
{
	__sync_fetch_and_add(&dp.packets, 1);
	dp.ret = bpf_xdp_adjust_tail(ctx, dp.arg);
	return dp.verdict;
}

SEC("xdp")
int xdp_redirect(struct xdp_md *ctx)
{
	__sync_fetch_and_add(&dp.packets, 1);
	return dp.ret = bpf_redirect(dp.ifindex, 0);
}
