// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
/* What can go wrong with the ends of a netkit pair only. */
#include <errno.h>

#include "backend.h"
#include "explain.h"

bool tcx__explain_of_netkit(const struct tcx__explain *c)
{
	return tcx__is_netkit(c->what.attach_type);
}

/* Everyone may ask about a device that cannot exist, or is not let in at all. */
static bool absent(const struct tcx__explain *c)
{
	TCX_OPTS(tcx_query_opts, query);

	return tcx_prog_query(-1, c->what.attach_type, &query) == -EINVAL;
}

bool tcx__explain_netkit(struct tcx__explain *c, int err)
{
	if (!tcx__explain_of_netkit(c))
		return false;
	switch (err) {
	case -ENXIO:
		say(c, "it is no netkit device; 'ip link add type netkit' makes a pair of them, and any other device has ingress and egress");
		return true;
	case -EACCES:
		if (tcx_backend() < 0)
			return false;
		say(c, "it is the peer of a netkit pair, both ends of which are reached through the primary; name that one, which 'ip link' shows after @");
		return true;
	case -EINVAL:
		if (!absent(c))
			return false;
		if (tcx_backend() == TCX_BACKEND_MODULE)
			say(c, "there is no netkit here; 'modprobe netkit_backport' brings it");
		else
			say(c, "this kernel has tcx but no netkit, which came with Linux 6.7");
		return true;
	}
	return false;
}
