/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What programs of progs.bpf.c know beside the struct dp_data that they share
 * with the data path tests (tests/lib/datapath_prog.h).
 */
#ifndef TESTS_DATAPATH_PARAMS_H
#define TESTS_DATAPATH_PARAMS_H

#include <linux/types.h>

struct px_data {
	/* Written by the driver. */
	__u32	mode;
	__u32	family;		/* of a neighbour */
	__u8	nh[16];		/* its address */
	__u64	tstamp;
	__u32	port;		/* of a socket, host order */

	/* Written by the program: of the last packet it saw. */
	__u32	gso_segs;
	__u32	gso_size;
	__u32	wire_len;
	__u32	tstamp_set;	/* skb->tstamp is not 0 */
	__u32	tstamp_type;
	__u32	hash_set;
	__u32	ret2;
};

#endif /* TESTS_DATAPATH_PARAMS_H */
