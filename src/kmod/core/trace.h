/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What tracers are told: each change of an attach point, and the verdict on each
 * packet. The tracepoints are in trace_events.h.
 *
 * While nobody traces, a change passes a branch that is patched out, and a packet
 * nothing at all: a program is run with tcx_run_observed() only while somebody
 * wants to have the runs of programs counted, for which there is a branch
 * already, and the tracepoint for verdicts asks for that as long as it is on.
 */
#ifndef TCX_BACKPORT_TRACE_H
#define TCX_BACKPORT_TRACE_H

#include <linux/types.h>

struct bpf_link;
struct bpf_prog;
struct net_device;
struct sk_buff;
struct tcx_family;

enum tcx_change_kind {
	TCX_CHANGE_ATTACH,
	TCX_CHANGE_REPLACE,
	TCX_CHANGE_DETACH,
	TCX_CHANGE_RELEASE,	/* the last holder of a link is gone */
	TCX_CHANGE_GONE,	/* the device is */
};

struct tcx_change {
	enum tcx_change_kind	kind;
	const struct tcx_family	*family;
	struct net_device	*dev;	/* NULL: of a link that was defunct */
	u32			attach_type;
	const struct bpf_prog	*prog;
	const struct bpf_prog	*old;	/* that was replaced, or NULL */
	const struct bpf_link	*link;	/* or NULL */
};

/* Under RTNL, in which the change was made. */
void tcx_trace_change(const struct tcx_change *change);

/* Run a program and tell its verdict, unless there is a @next one (NULL, or what
 * points to none: there is not) and the verdict hands the packet on to it.
 */
u32 tcx_run_observed(const struct bpf_prog *prog, struct sk_buff *skb,
		     struct bpf_prog *const *next,
		     const struct net_device *dev, u32 attach_type);

#endif /* TCX_BACKPORT_TRACE_H */
