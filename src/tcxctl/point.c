// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include "tcxctl.h"

void point_explain(const struct point *point, __u32 op,
		   struct tcx_explain_opts *opts)
{
	TCX_OPTS(tcx_explain_opts, o,
		.op = op,
		.device = point->device,
		.ifindex = point->ifindex,
		.attach_type = point->attach_type,
	);

	*opts = o;
}

int point_device(struct point *point, const char *device)
{
	point->device = device;
	point->ifindex = if_nametoindex(device);
	if (point->ifindex)
		return 0;
	refuse_errno(ENODEV);
	return refuse("there is no device %s in this network namespace; 'ip link' lists those that are here, 'ip netns exec NAME' runs a command elsewhere",
		      device);
}

int point_parse(struct point *point, const char *direction)
{
	if (!strcmp(direction, "ingress"))
		point->attach_type = BPF_TCX_INGRESS;
	else if (!strcmp(direction, "egress"))
		point->attach_type = BPF_TCX_EGRESS;
	else
		return usage("the direction is ingress or egress, not '%s'",
			     direction);
	return EXIT_DONE;
}

const char *point_direction(const struct point *point)
{
	return point->attach_type == BPF_TCX_INGRESS ? "ingress" : "egress";
}

void listing_free(struct listing *listing)
{
	free(listing->prog_ids);
	free(listing->link_ids);
	memset(listing, 0, sizeof(*listing));
}

/* Returns 0 or a negative errno; on success the listing is to be freed. */
int point_list(const struct point *point, struct listing *listing)
{
	/* As many as fit today, so that one request usually suffices. */
	__u32 room = TCX_BACKPORT_MAX_PROGS;
	int err;

	memset(listing, 0, sizeof(*listing));
	do {
		TCX_OPTS(tcx_query_opts, query, .count = room);

		listing_free(listing);
		listing->prog_ids = calloc(room, sizeof(__u32));
		listing->link_ids = calloc(room, sizeof(__u32));
		if (!listing->prog_ids || !listing->link_ids) {
			err = -ENOMEM;
			break;
		}
		query.prog_ids = listing->prog_ids;
		query.link_ids = listing->link_ids;
		err = tcx_prog_query(point->ifindex, point->attach_type,
				     &query);
		listing->count = query.count;
		listing->revision = query.revision;
		room = query.count * 2;
	} while (err == -ENOSPC);

	if (err)
		listing_free(listing);
	return err;
}
