// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "device.h"
#include "json.h"
#include "point.h"
#include "print.h"
#include "refuse.h"

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

/* What is printed is the device's own name, whichever it was called by. A
 * command names one device at most.
 */
int point_device(struct point *point, const char *device)
{
	static char name[IF_NAMESIZE];

	point->device = name;
	point->ifindex = device_index(device);
	if (point->ifindex && if_indextoname(point->ifindex, name))
		return 0;
	refuse_errno(ENODEV);
	return refuse("there is no device %s in this network namespace; 'ip link' lists those that are here, 'nsenter --net=/run/netns/NAME' runs a command elsewhere",
		      device);
}

static bool point_has_link(const struct point *point, __u32 id)
{
	struct listing list;
	bool has = false;
	__u32 i;

	if (point_list(point, &list))
		return false;
	for (i = 0; i < list.count; i++)
		has |= list.link_ids[i] == id;
	listing_free(&list);
	return has;
}

/* A link of a netkit peer tells the peer's ifindex, wherever that is; it belongs
 * to the point of its primary.
 */
static int point_of_peer_link(struct point *point, __u32 id)
{
	struct if_nameindex *devices = if_nameindex(), *d;
	int err = -ENODEV;

	for (d = devices; d && d->if_index && err; d++) {
		point->ifindex = d->if_index;
		if (!point_has_link(point, id))
			continue;
		snprintf((char *)point->device, IF_NAMESIZE, "%s", d->if_name);
		err = 0;
	}
	if (devices)
		if_freenameindex(devices);
	return err;
}

/* The place of a link, whose device may be in another network namespace; name
 * has room for a device's name. Returns 0 if it is here.
 */
int point_of_link(struct point *point, const struct tcx_link_info *info,
		  char *name)
{
	point->device = name;
	point->ifindex = info->ifindex;
	point->attach_type = info->attach_type;
	if (!info->ifindex)
		return -ENODEV;
	if (info->attach_type == TCX_BACKPORT_NETKIT_PEER)
		return point_of_peer_link(point, info->id);
	return if_indextoname(info->ifindex, name) &&
	       point_has_link(point, info->id) ? 0 : -ENODEV;
}

const struct point_type point_types[POINT_TYPES] = {
	{ BPF_TCX_INGRESS, "ingress", false },
	{ BPF_TCX_EGRESS, "egress", false },
	{ TCX_BACKPORT_NETKIT_PRIMARY, "primary", true },
	{ TCX_BACKPORT_NETKIT_PEER, "peer", true },
};

int point_parse(struct point *point, const char *direction)
{
	int i;

	for (i = 0; i < POINT_TYPES; i++) {
		if (strcmp(direction, point_types[i].name))
			continue;
		point->attach_type = point_types[i].attach_type;
		return EXIT_DONE;
	}
	return usage("the direction is ingress or egress, or of a netkit pair primary or peer, not '%s'",
		     direction);
}

bool point_is_netkit(const struct point *point)
{
	return point->attach_type == TCX_BACKPORT_NETKIT_PRIMARY ||
	       point->attach_type == TCX_BACKPORT_NETKIT_PEER;
}

const char *point_direction(const struct point *point)
{
	int i;

	for (i = 0; i < POINT_TYPES; i++)
		if (point_types[i].attach_type == point->attach_type)
			return point_types[i].name;
	return "unknown";
}

void point_print(const struct point *point)
{
	print("%s %s", point->device, point_direction(point));
}

json_t *point_json(const struct point *point)
{
	return json_pack("{s:o, s:i, s:s}", "device", text_json(point->device),
			 "ifindex", point->ifindex,
			 "direction", point_direction(point));
}

int point_refuse_query(int err, const struct point *point)
{
	struct tcx_explain_opts what;

	point_explain(point, TCX_OP_QUERY, &what);
	return refuse_request(err, &what);
}

/* Revisions begin with 1; classic tc has none. */
void listing_print_revision(const struct listing *listing)
{
	if (listing->revision)
		print("revision %llu", (unsigned long long)listing->revision);
	else
		print("legacy, filters of classic tc");
}

void listing_free(struct listing *listing)
{
	free(listing->prog_ids);
	free(listing->link_ids);
	memset(listing, 0, sizeof(*listing));
}

int listing_place(const struct listing *listing, __u32 prog_id)
{
	__u32 i;

	for (i = 0; i < listing->count; i++)
		if (listing->prog_ids[i] == prog_id)
			return i + 1;
	return 0;
}

int listing_add(struct listing *listing, __u32 prog_id, __u32 link_id)
{
	size_t size = (listing->count + 1) * sizeof(__u32);
	__u32 *prog_ids = realloc(listing->prog_ids, size), *link_ids;

	if (!prog_ids)
		return -ENOMEM;
	listing->prog_ids = prog_ids;
	link_ids = realloc(listing->link_ids, size);
	if (!link_ids)
		return -ENOMEM;
	listing->link_ids = link_ids;
	prog_ids[listing->count] = prog_id;
	link_ids[listing->count++] = link_id;
	return 0;
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
