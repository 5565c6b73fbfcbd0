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

#include "compat/compat.h"
#include "mprog.h"

/* With kernel.bpf_stats_enabled a run is timed. Out of line, lest the compiler
 * keep registers free for that in the loop below.
 */
static noinline u32 tcx_prog_run_stats(const struct bpf_prog *prog,
				       struct sk_buff *skb)
{
	return tcx_bpf_prog_run(prog, skb);
}

static __always_inline int tcx_prog_run(const struct bpf_prog *prog,
					struct sk_buff *skb)
{
	cant_migrate();
	if (static_branch_unlikely(&bpf_stats_enabled_key))
		return tcx_prog_run_stats(prog, skb);
	return prog->bpf_func(skb, prog->insnsi);
}

/* Caller holds the RCU read lock that @array was read under, with bottom
 * halves disabled: programs and what they leave behind for skb_do_redirect()
 * are per CPU. On ingress the L2 header has been pushed. A published array
 * holds at least one program.
 *
 * Returns TCX_PASS, TCX_DROP, TCX_REDIRECT or TCX_NEXT. Any other code ends
 * the chain and counts as TCX_NEXT.
 *
 * bpf_compute_data_pointers() overwrites the part of skb->cb behind struct
 * qdisc_skb_cb, as it does natively.
 */
static __always_inline int tcx_run(const struct tcx_mprog_array *array,
				   struct sk_buff *skb)
{
	struct bpf_prog *const *progs = array->progs;
	const struct bpf_prog *prog = *progs;
	int ret;

	do {
		bpf_compute_data_pointers(skb);
		ret = tcx_prog_run(prog, skb);
		if (ret != TCX_NEXT)
			break;
		prog = *++progs;
	} while (prog);

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
