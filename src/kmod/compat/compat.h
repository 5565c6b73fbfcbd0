/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What supported kernels do in different ways. This folder is the only place
 * that knows; the rest of the module calls what stands here. Keyed on
 * capabilities (HAVE_*), which Kbuild.probe finds in the kernel's headers.
 */
#ifndef TCX_BACKPORT_COMPAT_H
#define TCX_BACKPORT_COMPAT_H

#include <linux/skbuff.h>

/* Free a packet that a tcx program has dropped, with the reason that tc gives
 * for its own drops where the kernel knows it.
 */
static inline void tcx_kfree_skb_drop(struct sk_buff *skb, bool ingress)
{
#ifdef HAVE_SKB_DROP_REASON_TC
	kfree_skb_reason(skb, ingress ? SKB_DROP_REASON_TC_INGRESS :
					SKB_DROP_REASON_TC_EGRESS);
#else
	kfree_skb(skb);
#endif
}

#endif /* TCX_BACKPORT_COMPAT_H */
