/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Running a program while somebody observes, see core/run_progs.h: what tcx's
 * ways of a packet are called then.
 */
#ifndef TCX_BACKPORT_OBSERVE_H
#define TCX_BACKPORT_OBSERVE_H

#include <linux/types.h>

struct bpf_prog;
struct sk_buff;

u32 tcx_run_observed_ingress(const struct bpf_prog *prog, struct sk_buff *skb,
			     struct bpf_prog *const *next);
u32 tcx_run_observed_egress(const struct bpf_prog *prog, struct sk_buff *skb,
			    struct bpf_prog *const *next);

#endif /* TCX_BACKPORT_OBSERVE_H */
