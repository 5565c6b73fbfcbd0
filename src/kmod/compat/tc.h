/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What supported kernels do in different ways: classic tc.
 */
#ifndef TCX_BACKPORT_COMPAT_TC_H
#define TCX_BACKPORT_COMPAT_TC_H

#include <linux/rtnetlink.h>
#include <net/pkt_cls.h>
#include <net/pkt_sched.h>
#include <net/sch_generic.h>

/* The qdisc that is configured on a queue. Under RTNL. */
static inline struct Qdisc *tcx_queue_qdisc(const struct netdev_queue *queue)
{
#ifdef HAVE_QDISC_SLEEPING_RCU
	return rtnl_dereference(queue->qdisc_sleeping);
#else
	return queue->qdisc_sleeping;
#endif
}

/* Where tc keeps the reason for a drop, it does so in that part of skb->cb that
 * a program's data pointers have overwritten.
 */
static __always_inline void tcx_tc_set_drop_reason(struct sk_buff *skb,
						   bool ingress)
{
#ifdef HAVE_TCF_SET_DROP_REASON
	tcf_set_drop_reason(skb, ingress ? SKB_DROP_REASON_TC_INGRESS :
					   SKB_DROP_REASON_TC_EGRESS);
#endif
}

/* What the kernel sets up in skb->cb before it runs classic tc. */
static __always_inline void tcx_tc_skb_cb_init(struct sk_buff *skb,
					       bool ingress)
{
#ifdef HAVE_TC_SKB_CB
	tc_skb_cb(skb)->mru = 0;
	tc_skb_cb(skb)->post_ct = false;
#else
	qdisc_skb_cb(skb)->mru = 0;
#endif
	tcx_tc_set_drop_reason(skb, ingress);
}

/* Run classic tc as the kernel does on the hook in question. Before 5.17 only
 * the function for ingress knows filter chains that hardware has begun.
 */
static __always_inline int tcx_tc_run(struct sk_buff *skb,
				      const struct mini_Qdisc *miniq,
				      struct tcf_result *res, bool ingress)
{
#ifdef HAVE_TCF_CLASSIFY_INGRESS
	if (ingress)
		return tcf_classify_ingress(skb, miniq->block,
					    miniq->filter_list, res, false);
	return tcf_classify(skb, miniq->filter_list, res, false);
#else
	return tcf_classify(skb, miniq->block, miniq->filter_list, res, false);
#endif
}

/* Before 5.17, tc with tc_skb_ext looks up a chain in the mini_Qdisc's block
 * without asking whether there is one. Ours has none.
 */
#ifdef HAVE_TCF_CLASSIFY_INGRESS
#define TCX_TC_LOOKS_INTO_BLOCK	IS_ENABLED(CONFIG_NET_TC_SKB_EXT)
#else
#define TCX_TC_LOOKS_INTO_BLOCK	false
#endif

/* The types of these statistics have changed; the members' names have not. */
#define tcx_tc_bstats_t	typeof(*((struct mini_Qdisc *)NULL)->cpu_bstats)
#define tcx_tc_qstats_t	typeof(*((struct mini_Qdisc *)NULL)->cpu_qstats)

#endif /* TCX_BACKPORT_COMPAT_TC_H */
