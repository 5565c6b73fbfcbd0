/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Packets and programs, whatever the family: run an attach point's programs, and
 * what to see to before a packet is redirected. Inlines: packets pass through
 * nothing of the core.
 */
#ifndef TCX_BACKPORT_RUN_PROGS_H
#define TCX_BACKPORT_RUN_PROGS_H

#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/percpu.h>
#include <linux/skbuff.h>

#include <linux/tcx_backport.h>

#include "compat/cfi.h"
#include "compat/compat.h"
#include "core/mprog.h"

/* Runs a program while somebody observes: with kernel.bpf_stats_enabled the run
 * is timed, and who traces is told the verdict. Each way of a packet has its own,
 * which knows what it is and asks tcx_run_observed(). Out of line, lest the
 * compiler keep registers free for that in the loop below.
 */
typedef u32 (*tcx_observed_t)(const struct bpf_prog *prog, struct sk_buff *skb,
			      struct bpf_prog *const *next);

/* __nocfi: what the JIT makes has no type that a kernel with control flow
 * integrity could check a call against; its own way to call programs is marked
 * in the same way.
 */
static __always_inline __nocfi int tcx_prog_run(const struct bpf_prog *prog,
						struct sk_buff *skb,
						tcx_observed_t observed,
						struct bpf_prog *const *next)
{
	cant_migrate();
	if (static_branch_unlikely(&bpf_stats_enabled_key))
		return observed(prog, skb, next);
	return prog->bpf_func(skb, prog->insnsi);
}

/* bpf_compute_data_pointers(), with the end first, which takes the compiler a
 * register less on the way of every packet. Overwrites the part of skb->cb after
 * struct qdisc_skb_cb, as it does natively.
 */
static __always_inline void tcx_compute_data_pointers(struct sk_buff *skb)
{
	struct bpf_skb_data_end *cb = (struct bpf_skb_data_end *)skb->cb;
	void *data = skb->data;

	BUILD_BUG_ON(sizeof(*cb) > sizeof_field(struct sk_buff, cb));
	cb->data_end = data + skb_headlen(skb);
	cb->data_meta = data - skb_metadata_len(skb);
}

/* Callers of what follows hold the RCU read lock that @prog or @array was read
 * under, with bottom halves disabled: programs and what they leave for
 * skb_do_redirect() are per CPU. The L2 header is part of the packet.
 *
 * They return what the last program that ran has returned: the first value other
 * than TCX_NEXT, whatever it is, or TCX_NEXT. Every family's "next" is that.
 */

/* @prog is mprog->only. */
static __always_inline int tcx_run_only(const struct bpf_prog *prog,
					struct sk_buff *skb,
					tcx_observed_t observed)
{
	tcx_compute_data_pointers(skb);
	return tcx_prog_run(prog, skb, observed, NULL);
}

/* A published array holds at least one program.
 *
 * Natively the data pointers are computed for every program. Once is enough: the
 * verifier lets a program load them anew after any helper that moves packet
 * data, so each such helper leaves them right, and no other may touch them. What
 * is right for the next instruction of one program is right for the next one.
 */
static __always_inline int tcx_run_array(const struct tcx_mprog_array *array,
					 struct sk_buff *skb,
					 tcx_observed_t observed)
{
	struct bpf_prog *const *progs = array->progs;
	const struct bpf_prog *prog = *progs;
	int ret;

	tcx_compute_data_pointers(skb);
	do {
		ret = tcx_prog_run(prog, skb, observed, progs + 1);
		if (ret != TCX_NEXT)
			break;
		prog = *++progs;
	} while (prog);
	return ret;
}

/* After TCX_REDIRECT: whether skb_do_redirect() can have the packet. @pulled:
 * how many bytes of the L2 header are in front of skb->data and will be pushed
 * before it.
 *
 * After bpf_redirect_neigh() kernels before 6.12.118 and its relatives pull
 * ETH_HLEN bytes without asking whether so many are linear, which is a BUG if
 * they are not, and take what follows for an IP header. With a device that has
 * no L2 header it is the program that makes one (bpf_skb_change_head()), of
 * whatever length; and after it nothing of a fragmented packet need be linear.
 * So: no less than an Ethernet header, and the IP header linear, too.
 *
 * Where the answer is no the packet shall be dropped; then what the program has
 * left there is cleared, as skb_do_redirect() does it.
 *
 * Out of line for the same reason as running a program while somebody observes.
 */
static noinline bool tcx_redirect_possible(struct sk_buff *skb, int pulled)
{
	struct bpf_redirect_info *ri = this_cpu_ptr(&bpf_redirect_info);
	int l2_len = skb->network_header - skb->mac_header;
	int need = ETH_HLEN - pulled;

	/* Without any L2 header the kernel itself drops it. */
	if (!(ri->flags & TCX_BPF_F_NEIGH) || l2_len <= 0)
		return true;
	if (l2_len < ETH_HLEN)
		goto clear;
	if (skb->protocol == htons(ETH_P_IP))
		need += sizeof(struct iphdr);
	else if (skb->protocol == htons(ETH_P_IPV6))
		need += sizeof(struct ipv6hdr);
	if (need <= 0 || pskb_may_pull(skb, need))
		return true;
clear:
	ri->tgt_index = 0;
	ri->flags = 0;
	return false;
}

#endif /* TCX_BACKPORT_RUN_PROGS_H */
