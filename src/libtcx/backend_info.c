// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
/* What a caller gets from the backend that he has. */
#include <errno.h>

#include "backend.h"
#include "opts.h"

#define TCX_ORDER \
	"a list of tcx's own, which filters of classic tc are no part of; places are exact, and a revision guards changes"

static void tell(struct tcx_backend_info *info, __u32 gives,
		 const char *lifetime, const char *order)
{
	opts_set(info, gives, gives);
	opts_set(info, lifetime, lifetime);
	opts_set(info, order, order);
}

/* Some kernels lack what the module's links need. */
static bool has_links(int backend)
{
	TCX_OPTS(tcx_module_info, module);

	return backend == TCX_BACKEND_NATIVE ||
	       (!tcx_module_info(&module) &&
		module.features & TCX_BACKPORT_FEAT_LINK);
}

static void tell_tcx(struct tcx_backend_info *info, int backend)
{
	const __u32 always = TCX_GIVES_PLACES | TCX_GIVES_EXACT |
			     TCX_GIVES_SEPARATE;

	if (has_links(backend))
		tell(info, always | TCX_GIVES_LINKS,
		     "a program stays until it is detached or its device goes; by a link, until the link is closed and unpinned, and nobody else can detach it",
		     TCX_ORDER);
	else
		tell(info, always,
		     "a program stays until it is detached or its device goes; there are no links",
		     TCX_ORDER);
}

static void tell_legacy(struct tcx_backend_info *info, bool best)
{
	tell(info, best ? TCX_GIVES_PLACES : 0,
	     "a program is a filter of classic tc: it stays until it is detached, its device goes, or anybody deletes it or the clsact qdisc; there are no links",
	     best ? "by priorities, chosen to follow the place that is asked for; others may get in between, and their filters run before or after by priorities of their own" :
		    "after the programs attached before; filters of others run before or after by priorities of their own");
}

int tcx_backend_info(struct tcx_backend_info *info)
{
	struct tcx__backend backend;
	int kind = tcx_backend();

	if (!info || !opts_valid(info, tcx_backend_info))
		return -EINVAL;
	if (kind < 0)
		return kind;
	if (kind == TCX_BACKEND_NONE)
		return -EOPNOTSUPP;
	opts_set(info, backend, kind);
	if (kind != TCX_BACKEND_LEGACY) {
		tell_tcx(info, kind);
		return 0;
	}
	tcx__backend_begin(&backend);
	tell_legacy(info, backend.best);
	return tcx__backend_end(&backend, 0);
}
