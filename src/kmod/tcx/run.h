/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The fast path: run an attach point's programs over a packet. Mirrors
 * tcx_run() and tcx_action_code() of Linux 6.12.
 */
#ifndef TCX_BACKPORT_RUN_H
#define TCX_BACKPORT_RUN_H

#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/percpu.h>
#include <linux/skbuff.h>
#include <net/sch_generic.h>

#include <linux/tcx_backport.h>

#include "compat/cfi.h"
#include "compat/compat.h"
#include "core/mprog.h"

/* With kernel.bpf_stats_enabled a run is timed. Out of line, lest the compiler
 * keep registers free for that in the loop below.
 */
static noinline u32 tcx_prog_run_stats(const struct bpf_prog *prog,
				       struct sk_buff *skb)
{
	return tcx_bpf_prog_run(prog, skb);
}

/* __nocfi: what the JIT makes has no type that a kernel with control flow
 * integrity could check a call against; its own way to call programs is marked
 * in the same way.
 */
static __always_inline __nocfi int tcx_prog_run(const struct bpf_prog *prog,
						struct sk_buff *skb)
{
	cant_migrate();
	if (static_branch_unlikely(&bpf_stats_enabled_key))
		return tcx_prog_run_stats(prog, skb);
	return prog->bpf_func(skb, prog->insnsi);
}

/* Caller holds the RCU read lock that @array was read under, with bottom
 * halves disabled: programs and what they leave for skb_do_redirect()
 * are per CPU. On ingress the L2 header has been pushed. A published array
 * holds at least one program.
 *
 * Returns TCX_PASS, TCX_DROP, TCX_REDIRECT or TCX_NEXT. Any other code ends
 * the chain and counts as TCX_NEXT.
 *
 * bpf_compute_data_pointers() overwrites the part of skb->cb after struct
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
 * Out of line, like tcx_prog_run_stats() and for the same reason.
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

#endif /* TCX_BACKPORT_RUN_H */
