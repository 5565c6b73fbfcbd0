/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the data path tests and their BPF programs share: every loaded program
 * has one struct dp_data of its own in its .bss, which the test has mapped. So
 * a test changes what a program does, and reads what it saw, by plain memory
 * accesses while the program stays attached.
 */
#ifndef TESTS_LIB_DATAPATH_PROG_H
#define TESTS_LIB_DATAPATH_PROG_H

#include <linux/types.h>

#define DP_HEAD		32	/* bytes of the packet that are recorded */
#define DP_CBS		5	/* members of __sk_buff.cb */

/* An EtherType for local experiments: nothing in the kernel answers to it. */
#define DP_PROTO	0x88b5

struct dp_data {
	/* Written by the test. */
	__u32	proto;		/* skb->protocol to act on; 0: any */
	__s32	verdict;
	__u32	id;		/* a hex digit, appended to skb->mark */
	__u32	ifindex;	/* of a redirect's target */
	__u64	flags;		/* of the helper */
	__u64	limit;		/* act on so many packets only; 0: on all */
	__s32	arg;		/* a number of bytes, an offset, a VLAN id */
	__u32	set_mark;
	__u32	set_priority;
	__u32	set_tc_index;
	__u32	set_tc_classid;
	__u32	set_queue_mapping;
	__u32	set_cb[DP_CBS];

	/* Written by the program: how many packets it saw, ... */
	__u64	packets;
	__u64	bytes;
	__u64	nonlinear;	/* packets with data outside the linear part */
	__u32	max_gso_segs;
	__u32	max_gso_size;
	/* ... and what the last one was like. */
	__s32	ret;		/* of the helper */
	__u32	len;
	__u32	linear;		/* data_end - data */
	__u32	meta;		/* data - data_meta */
	__u32	meta_value;
	__u32	eth_type;	/* at data + 12, by direct access */
	__u32	protocol;
	__u32	vlan_present;
	__u32	vlan_tci;
	__u32	ifindex_seen;
	__u32	ingress_ifindex;
	__u32	pkt_type;
	__u32	mark;		/* before the digit was appended */
	__u32	priority;
	__u32	tc_index;
	__u32	tc_classid;
	__u32	queue_mapping;
	__u32	cb[DP_CBS];
	__u8	head[DP_HEAD];
};

#endif /* TESTS_LIB_DATAPATH_PROG_H */
