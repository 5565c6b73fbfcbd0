/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The fast path: run an attach point's programs over a packet. Mirrors
 * tcx_run() and tcx_action_code() of Linux 6.12.
 */
#ifndef TCX_BACKPORT_RUN_H
#define TCX_BACKPORT_RUN_H

#include <linux/filter.h>
#include <linux/skbuff.h>
#include <net/sch_generic.h>

#include <linux/tcx_backport.h>

#include "mprog.h"

/* Caller holds the RCU read lock that @array was read under, with bottom
 * halves disabled: programs and what they leave behind for skb_do_redirect()
 * are per CPU. On ingress the L2 header has been pushed.
 *
 * Returns TCX_PASS, TCX_DROP, TCX_REDIRECT or TCX_NEXT. Any other code ends
 * the chain and counts as TCX_NEXT.
 *
 * Program memory: bpf_compute_data_pointers() overwrites the part of skb->cb
 * behind struct qdisc_skb_cb, as it does natively.
 */
static __always_inline int tcx_run(const struct tcx_mprog_array *array,
				   struct sk_buff *skb)
{
	struct bpf_prog *const *progs = array->progs;
	const struct bpf_prog *prog;
	int ret = TCX_NEXT;

	while ((prog = *progs++)) {
		bpf_compute_data_pointers(skb);
		ret = bpf_prog_run(prog, skb);
		if (ret != TCX_NEXT)
			break;
	}

	switch (ret) {
	case TCX_PASS:
		skb->tc_index = qdisc_skb_cb(skb)->tc_classid;
		fallthrough;
	case TCX_DROP:
	case TCX_REDIRECT:
		return ret;
	default:
		return TCX_NEXT;
	}
}

#endif /* TCX_BACKPORT_RUN_H */
