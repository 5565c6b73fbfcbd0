// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
/* What classic tc cannot do in place of tcx, and what can go wrong with it only. */
#include <errno.h>

#include "backend.h"
#include "explain.h"
#include "tc_filters.h"

#define CLASSIC "classic tc, which stands in for tcx here (legacy), "

static bool lacks_egress(const struct tcx__explain *c)
{
	struct tcx__filters filters;

	return c->what.attach_type == BPF_TCX_EGRESS &&
	       !tcx__filters_read(&filters, c->what.ifindex, BPF_TCX_EGRESS) &&
	       filters.qdisc == TCX__QDISC_INGRESS;
}

static bool is_strict(void)
{
	TCX_OPTS(tcx_backend_info, info);

	return !tcx_backend_info(&info) && !(info.gives & TCX_GIVES_PLACES);
}

static bool has_place(const struct tcx__explain *c)
{
	__u32 flags = BPF_F_BEFORE | BPF_F_ID;

	/* Attaching after all others is what is done without any flag. */
	if (c->what.op == TCX_OP_DETACH)
		flags |= BPF_F_AFTER;
	return c->what.flags & flags ||
	       c->what.relative_fd || c->what.relative_id;
}

static void explain_refused(struct tcx__explain *c)
{
	if (c->what.op == TCX_OP_LINK_CREATE)
		say(c, CLASSIC "has no links; attach without one and detach the program when it is done with, or load the module tcx_backport");
	else if (tcx__explain_of_netkit(c))
		say(c, CLASSIC "does not reach the ends of a netkit pair; attach to the ingress or egress of a device");
	else if (c->what.expected_revision)
		say(c, CLASSIC "has no revisions; leave it out, and reckon with others who are faster");
	else if (c->what.flags & BPF_F_LINK)
		say(c, CLASSIC "has no links to stand beside; name a program");
	else if (lacks_egress(c))
		say(c, "the device has the qdisc ingress, which has no egress and keeps clsact, which has, from being added; 'tc qdisc del dev %s ingress' removes it, with the filters of whoever made it",
		    c->what.device);
	else if (is_strict() && c->what.op == TCX_OP_DETACH && !c->what.prog_fd)
		say(c, CLASSIC "cannot make sure that it is still the same program that stands there; name the one that is to be detached, or ask for best effort (TCX_LEGACY_BEST; tcxctl --best-effort)");
	else if (is_strict() && has_place(c))
		say(c, CLASSIC "has priorities for places, between which others may get; attach without a place, or ask for best effort (TCX_LEGACY_BEST; tcxctl --best-effort)");
	else
		say(c, "the kernel does not take a filter there; the device's qdisc may have its filters in a block that it shares with other devices ('tc qdisc show dev %s'), add it there by tc(8)",
		    c->what.device);
}

/* One place was asked for, and there is room for a program, but for no filter. */
static bool lacks_priority(struct tcx__explain *c)
{
	const __u32 both = BPF_F_BEFORE | BPF_F_AFTER;

	tcx__explain_ask(c);
	return c->what.op == TCX_OP_ATTACH && c->asked &&
	       c->count < TCX_BACKPORT_MAX_PROGS &&
	       (c->what.flags & both) != both &&
	       !(c->what.flags & BPF_F_REPLACE);
}

static bool is_of_backend(__u32 op)
{
	return op == TCX_OP_ATTACH || op == TCX_OP_DETACH ||
	       op == TCX_OP_QUERY || op == TCX_OP_LINK_CREATE;
}

bool tcx__explain_legacy(struct tcx__explain *c, int err)
{
	if (!is_of_backend(c->what.op) || tcx_backend() != TCX_BACKEND_LEGACY)
		return false;
	switch (err) {
	case -EOPNOTSUPP:
		explain_refused(c);
		return true;
	case -EPERM:
		say(c, "the kernel does not permit it; a filter of classic tc takes CAP_NET_ADMIN in the user namespace that owns the network namespace%s",
		    tcx__explain_wants_cap_bpf() ?
		    ", and, on this kernel, CAP_BPF in the initial one" : "");
		return true;
	case -ERANGE:
		if (!lacks_priority(c))
			return false;
		say(c, CLASSIC "has no free priority at that place; 'tc filter show dev %s' shows who has them: detach the neighbours and attach them anew, in their order",
		    c->what.device);
		return true;
	case -EAGAIN:
		say(c, "others keep changing the filters there; try again");
		return true;
	}
	return false;
}
