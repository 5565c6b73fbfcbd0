/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a verdict means to tcx. Mirrors tcx_action_code() of Linux 6.12.
 */
#ifndef TCX_BACKPORT_RUN_H
#define TCX_BACKPORT_RUN_H

#include <linux/skbuff.h>
#include <net/sch_generic.h>

#include <linux/tcx_backport.h>

#include "core/run_progs.h"

/* What a program's return code means: TCX_PASS, TCX_DROP, TCX_REDIRECT or
 * TCX_NEXT, which any other code counts as.
 */
static __always_inline int tcx_action_code(struct sk_buff *skb, int ret)
{
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
