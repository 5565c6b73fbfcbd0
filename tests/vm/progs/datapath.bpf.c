// SPDX-License-Identifier: GPL-2.0
/*
 * The programs of the data path tests. Each does one thing, told how by its
 * struct dp_data; packets it is not meant for it leaves alone (TCX_NEXT).
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <stdbool.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "datapath_prog.h"

#define NEXT	-1

volatile struct dp_data dp;

/* Counts and records the packet; false if the program shall not act on it. */
static __always_inline bool take(struct __sk_buff *skb)
{
	void *data_meta = (void *)(long)skb->data_meta;
	void *data_end = (void *)(long)skb->data_end;
	void *data = (void *)(long)skb->data;

	if (dp.proto && skb->protocol != bpf_htons(dp.proto))
		return false;

	__sync_fetch_and_add(&dp.packets, 1);
	__sync_fetch_and_add(&dp.bytes, skb->len);
	if (skb->gso_segs > dp.max_gso_segs)
		dp.max_gso_segs = skb->gso_segs;
	if (skb->gso_size > dp.max_gso_size)
		dp.max_gso_size = skb->gso_size;
	dp.len = skb->len;
	dp.linear = data_end - data;
	if (dp.linear < dp.len)
		__sync_fetch_and_add(&dp.nonlinear, 1);
	dp.meta = data - data_meta;
	dp.meta_value = 0;
	if (data_meta + 4 <= data)
		dp.meta_value = *(__u32 *)data_meta;
	dp.eth_type = 0;
	if (data + ETH_HLEN <= data_end)
		dp.eth_type = bpf_ntohs(((struct ethhdr *)data)->h_proto);
	dp.protocol = bpf_ntohs(skb->protocol);
	dp.vlan_present = skb->vlan_present;
	dp.vlan_tci = skb->vlan_tci;
	dp.ifindex_seen = skb->ifindex;
	dp.ingress_ifindex = skb->ingress_ifindex;
	dp.pkt_type = skb->pkt_type;
	dp.mark = skb->mark;
	dp.priority = skb->priority;
	dp.tc_index = skb->tc_index;
	dp.tc_classid = skb->tc_classid;
	dp.queue_mapping = skb->queue_mapping;
	dp.cb[0] = skb->cb[0];
	dp.cb[1] = skb->cb[1];
	dp.cb[2] = skb->cb[2];
	dp.cb[3] = skb->cb[3];
	dp.cb[4] = skb->cb[4];
	bpf_skb_load_bytes(skb, 0, (void *)dp.head, DP_HEAD);

	if (dp.limit && dp.packets > dp.limit)
		return false;
	if (dp.id)
		skb->mark = skb->mark << 4 | dp.id;
	return true;
}

SEC("tc")
int step(struct __sk_buff *skb)
{
	return take(skb) ? dp.verdict : NEXT;
}

/* Leaves something for the programs after it. */
SEC("tc")
int set(struct __sk_buff *skb)
{
	if (!take(skb))
		return NEXT;
	skb->mark = dp.set_mark;
	skb->priority = dp.set_priority;
	skb->tc_index = dp.set_tc_index;
	skb->tc_classid = dp.set_tc_classid;
	skb->queue_mapping = dp.set_queue_mapping;
	skb->cb[0] = dp.set_cb[0];
	skb->cb[1] = dp.set_cb[1];
	skb->cb[2] = dp.set_cb[2];
	skb->cb[3] = dp.set_cb[3];
	skb->cb[4] = dp.set_cb[4];
	return dp.verdict;
}

/* Writes 0xee at offset arg, by direct access. */
SEC("tc")
int poke(struct __sk_buff *skb)
{
	void *data_end = (void *)(long)skb->data_end;
	__u8 *byte = (void *)(long)skb->data;

	byte += dp.arg & (DP_HEAD - 1);
	if ((void *)(byte + 1) > data_end)
		return NEXT;
	*byte = 0xee;
	return take(skb) ? dp.verdict : NEXT;
}

SEC("tc")
int redirect(struct __sk_buff *skb)
{
	if (!take(skb))
		return NEXT;
	return dp.ret = bpf_redirect(dp.ifindex, dp.flags);
}

/* Asks for a redirect, and returns something else. */
SEC("tc")
int ask_redirect(struct __sk_buff *skb)
{
	if (!take(skb))
		return NEXT;
	dp.ret = bpf_redirect(dp.ifindex, dp.flags);
	return dp.verdict;
}

SEC("tc")
int redirect_peer(struct __sk_buff *skb)
{
	if (!take(skb))
		return NEXT;
	return dp.ret = bpf_redirect_peer(dp.ifindex, dp.flags);
}

SEC("tc")
int redirect_neigh(struct __sk_buff *skb)
{
	if (!take(skb))
		return NEXT;
	return dp.ret = bpf_redirect_neigh(dp.ifindex, NULL, 0, dp.flags);
}

SEC("tc")
int clone_redirect(struct __sk_buff *skb)
{
	if (!take(skb))
		return NEXT;
	dp.ret = bpf_clone_redirect(skb, dp.ifindex, dp.flags);
	return dp.verdict;
}

/* Makes the packet linear; linear then holds the length of that part. */
SEC("tc")
int pull(struct __sk_buff *skb)
{
	if (!take(skb))
		return NEXT;
	dp.ret = bpf_skb_pull_data(skb, skb->len);
	dp.linear = skb->data_end - skb->data;
	return dp.verdict;
}

SEC("tc")
int adjust_room(struct __sk_buff *skb)
{
	if (!take(skb))
		return NEXT;
	dp.ret = bpf_skb_adjust_room(skb, dp.arg, BPF_ADJ_ROOM_NET, dp.flags);
	return dp.verdict;
}

SEC("tc")
int change_tail(struct __sk_buff *skb)
{
	if (!take(skb))
		return NEXT;
	dp.ret = bpf_skb_change_tail(skb, skb->len + dp.arg, 0);
	return dp.verdict;
}

SEC("tc")
int change_head(struct __sk_buff *skb)
{
	if (!take(skb))
		return NEXT;
	dp.ret = bpf_skb_change_head(skb, dp.arg, 0);
	return dp.verdict;
}

/* From a device without an L2 header to one with: as tunnels do. */
SEC("tc")
int add_l2_redirect(struct __sk_buff *skb)
{
	struct ethhdr eth = {
		.h_dest = { 2, 0, 0, 0, 0, 'd' },
		.h_source = { 2, 0, 0, 0, 0, 'c' },
		.h_proto = skb->protocol,
	};

	if (!take(skb))
		return NEXT;
	dp.ret = bpf_skb_change_head(skb, ETH_HLEN, 0);
	if (dp.ret)
		return TC_ACT_SHOT;
	dp.ret = bpf_skb_store_bytes(skb, 0, &eth, sizeof(eth), 0);
	if (dp.ret)
		return TC_ACT_SHOT;
	return bpf_redirect(dp.ifindex, dp.flags);
}

SEC("tc")
int vlan_push(struct __sk_buff *skb)
{
	if (!take(skb))
		return NEXT;
	dp.ret = bpf_skb_vlan_push(skb, bpf_htons(ETH_P_8021Q), dp.arg);
	return dp.verdict;
}

SEC("tc")
int vlan_pop(struct __sk_buff *skb)
{
	if (!take(skb))
		return NEXT;
	dp.ret = bpf_skb_vlan_pop(skb);
	return dp.verdict;
}

/* Puts set_mark before the packet, where tc programs find it. */
SEC("xdp")
int xdp_meta(struct xdp_md *ctx)
{
	__u32 *meta;

	__sync_fetch_and_add(&dp.packets, 1);
	dp.ret = bpf_xdp_adjust_meta(ctx, -(int)sizeof(*meta));
	if (dp.ret)
		return XDP_ABORTED;
	meta = (void *)(long)ctx->data_meta;
	if ((void *)(meta + 1) > (void *)(long)ctx->data)
		return XDP_ABORTED;
	*meta = dp.set_mark;
	return dp.verdict;
}

char LICENSE[] SEC("license") = "GPL";
