// SPDX-License-Identifier: GPL-2.0
/*
 * What tracers are told, see trace.h.
 *
 * Switching: the kernel calls tcx_verdict_reg() for the first probe of the
 * tracepoint and tcx_verdict_unreg() after the last, both under its mutex for
 * tracepoints, in which it also switches the tracepoint's own static key. So
 * another static key may be switched there: no lock is taken that is not taken
 * anyway. RTNL must not be, since drop_monitor registers probes under it.
 *
 * Module life: a perf event or a BPF program holds the module that has the
 * tracepoint. What tracefs has switched on does not: the kernel switches it off
 * while the module goes, and with it the static key.
 */
#include <linux/bpf.h>
#include <linux/filter.h>
#include <linux/jump_label.h>
#include <linux/percpu.h>
#include <linux/rtnetlink.h>

#include <linux/tcx_backport.h>

#include "compat/compat.h"
#include "compat/export.h"
#include "core/family.h"
#include "core/trace.h"

#define CREATE_TRACE_POINTS
#include "core/trace_events.h"

int tcx_verdict_reg(void)
{
	static_branch_inc(&bpf_stats_enabled_key);
	return 0;
}

void tcx_verdict_unreg(void)
{
	static_branch_dec(&bpf_stats_enabled_key);
}

u32 tcx_run_observed(const struct bpf_prog *prog, struct sk_buff *skb,
		     struct bpf_prog *const *next,
		     const struct net_device *dev, u32 attach_type)
{
	struct tcx_verdict v = {
		.dev = dev,
		.attach_type = attach_type,
		.prog = prog,
		.skb = skb,
		.verdict = tcx_bpf_prog_run(prog, skb),
	};

	if (!trace_tcx_verdict_enabled() ||
	    (v.verdict == TCX_NEXT && next && *next))
		return v.verdict;
	if (v.verdict == TCX_REDIRECT)
		v.redirect = this_cpu_read(bpf_redirect_info.tgt_index);
	trace_tcx_verdict(&v);
	return v.verdict;
}
EXPORT_SYMBOL_TCX(tcx_run_observed);

static const char * const tcx_change_names[] = {
	[TCX_CHANGE_ATTACH]	= "attach",
	[TCX_CHANGE_REPLACE]	= "replace",
	[TCX_CHANGE_DETACH]	= "detach",
	[TCX_CHANGE_RELEASE]	= "release",
	[TCX_CHANGE_GONE]	= "gone",
};

/* Revision and programs are what a query would say now; of a dead device it says
 * nothing.
 */
void tcx_trace_change(const struct tcx_change *change)
{
	const struct tcx_family *family = change->family;
	struct tcx_changed after = {
		.what = tcx_change_names[change->kind],
		.dev = change->dev,
	};
	const struct tcx_mprog *mprog = NULL;

	ASSERT_RTNL();
	if (!trace_tcx_change_enabled())
		return;
	if (change->dev && family->named)
		after.dev = family->named(change->dev);
	if (change->dev && change->kind != TCX_CHANGE_GONE) {
		mprog = family->mprog(change->dev, change->attach_type);
		after.revision = 1;
	}
	if (mprog) {
		after.array = rtnl_dereference(mprog->array);
		after.revision = mprog->revision;
	}
	trace_tcx_change(change, &after);
}
