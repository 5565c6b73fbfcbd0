// SPDX-License-Identifier: GPL-2.0
/*
 * Running a program while somebody observes, see observe.h. A packet's device is
 * that of the attach point.
 */
#include <linux/skbuff.h>

#include <linux/tcx_backport.h>

#include "core/trace.h"
#include "tcx/observe.h"

u32 tcx_run_observed_ingress(const struct bpf_prog *prog, struct sk_buff *skb,
			     struct bpf_prog *const *next)
{
	return tcx_run_observed(prog, skb, next, skb->dev, BPF_TCX_INGRESS);
}

u32 tcx_run_observed_egress(const struct bpf_prog *prog, struct sk_buff *skb,
			    struct bpf_prog *const *next)
{
	return tcx_run_observed(prog, skb, next, skb->dev, BPF_TCX_EGRESS);
}
