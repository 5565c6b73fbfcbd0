/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What supported kernels do in different ways. This folder is the only place
 * that knows; the rest of the module calls what stands here. Keyed on
 * capabilities (HAVE_*), which Kbuild.probe finds in the kernel's headers.
 */
#ifndef TCX_BACKPORT_COMPAT_H
#define TCX_BACKPORT_COMPAT_H

#include <linux/bits.h>
#include <linux/bpf.h>
#include <linux/build_bug.h>
#include <linux/skbuff.h>
#include <linux/string.h>

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

#ifdef HAVE_BPF_PROG_RUN
#define tcx_bpf_prog_run(prog, ctx)	bpf_prog_run(prog, ctx)
#else
#define tcx_bpf_prog_run(prog, ctx)	BPF_PROG_RUN(prog, ctx)
#endif

/* BPF_F_NEIGH of net/core/filter.c, which stands in no header: the flag that
 * bpf_redirect_neigh() leaves in struct bpf_redirect_info. It was bit 1 and
 * became bit 16 (6.12 and stable releases before it), neither of which means
 * anything else for packets where it is not that flag.
 */
#define TCX_BPF_F_NEIGH	(BIT(1) | BIT(16))

/* The member of struct bpf_link_ops that frees a link: where the kernel can do
 * so past a grace period, readers that found the link under RCU rely on it.
 */
#ifdef HAVE_BPF_LINK_DEALLOC_DEFERRED
#define tcx_link_ops_dealloc	dealloc_deferred
#else
#define tcx_link_ops_dealloc	dealloc
#endif

/* What a kernel with tcx has as struct bpf_link_info.tcx. The union that it
 * belongs to starts at the same place in all of them and is large enough.
 */
static inline void tcx_link_info_set(struct bpf_link_info *info, u32 ifindex,
				     u32 attach_type)
{
	const u32 tcx[] = { ifindex, attach_type };
	const size_t offset = offsetof(struct bpf_link_info, raw_tracepoint);

	BUILD_BUG_ON(offset != 16);
	BUILD_BUG_ON(offset + sizeof(tcx) > sizeof(*info));
	memcpy((void *)info + offset, tcx, sizeof(tcx));
}

#endif /* TCX_BACKPORT_COMPAT_H */
