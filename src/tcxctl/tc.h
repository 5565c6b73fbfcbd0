/* SPDX-License-Identifier: GPL-2.0 */
/* Classic tc of this network namespace: clsact and ingress qdiscs, and their
 * filters, by rtnetlink.
 */
#ifndef TCXCTL_TC_H
#define TCXCTL_TC_H

#include <stdbool.h>
#include <stddef.h>

#include <linux/types.h>

/* A qdisc that filters hang on before packets go up or out */
struct tc_qdisc {
	int ifindex;
	bool clsact;		/* has an egress too */
	__u32 blocks[2];	/* shared ones, by direction; 0: its own */
};

enum tc_direction { TC_INGRESS, TC_EGRESS };

struct tc_filter {
	char kind[16];
	__u32 chain;
	__u16 prio;
	__u16 protocol;		/* ETH_P_* */
	__u32 handle;
	/* What follows is of cls_bpf. */
	bool direct;		/* the program's verdict counts */
	bool bytecode;		/* a classic BPF filter, no program */
	bool actions;
	__u32 classid;
	__u32 flags;		/* TCA_CLS_FLAGS_* */
	__u32 prog_id;
};

struct tc_qdiscs {
	struct tc_qdisc *all;
	size_t count;
};

struct tc_filters {
	struct tc_filter *all;	/* in the order in which they run */
	size_t count;
};

/* Each returns 0 or a negative errno; what was found is to be freed. */
int tc_find_qdiscs(struct tc_qdiscs *qdiscs);
int tc_find_filters(struct tc_filters *filters, int ifindex,
		    enum tc_direction direction);
const struct tc_qdisc *tc_qdisc_of(const struct tc_qdiscs *qdiscs, int ifindex);

const char *tc_direction(enum tc_direction direction);

#endif /* TCXCTL_TC_H */
