// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>

#include "device.h"
#include "refuse.h"
#include "shows.h"

#include "../../libtcx/backend.h"

void shows_free(struct shows *all)
{
	size_t i;

	for (i = 0; i < all->count; i++) {
		free((char *)all->points[i].point.device);
		free(all->points[i].details);
		listing_free(&all->points[i].list);
	}
	free(all->points);
	free(all->spaces);
	netns_free(&all->netns);
	owners_free(&all->owners);
	described_free(&all->programs);
}

static int add(struct shows *all, const struct point *point,
	       struct listing *list)
{
	struct shown *shown;
	__u32 i;

	for (i = 0; i < list->count; i++)
		if (list->link_ids[i] &&
		    owners_add(&all->owners, list->link_ids[i]))
			return -ENOMEM;
	shown = realloc(all->points, (all->count + 1) * sizeof(*shown));
	if (!shown)
		return -ENOMEM;
	all->points = shown;
	shown += all->count;
	shown->point = *point;
	shown->point.device = strdup(point->device);
	shown->details = calloc(list->count + 1, sizeof(*shown->details));
	shown->list = *list;
	memset(list, 0, sizeof(*list));
	shown->other_end = all->empty_too && shown->list.count &&
			   point_is_netkit(point) ?
			   device_link(point->ifindex) : 0;
	all->count++;
	if (!shown->point.device || !shown->details)
		return -ENOMEM;
	for (i = 0; i < shown->list.count; i++) {
		shown->details[i] = described_prog(&all->programs,
						   shown->list.prog_ids[i]);
		if (!shown->details[i])
			return -ENOMEM;
	}
	return 0;
}

/* Whether that is only because the device is no netkit primary, or because there
 * is no netkit, or nothing that reaches it.
 */
static bool lacks_netkit(int err)
{
	return err == -ENXIO || err == -EACCES || err == -EINVAL ||
	       err == -EOPNOTSUPP;
}

/* Nobody here knows such attach points, so no other device has them either. */
static bool no_netkit;

/* All directions of a device; returns 0 or a negative errno. */
static int gather(struct shows *all, struct point *point, bool empty_too)
{
	struct listing list;
	int i, err;

	for (i = 0; i < POINT_TYPES; i++) {
		if (point_types[i].netkit && no_netkit)
			break;
		point->attach_type = point_types[i].attach_type;
		err = point_list(point, &list);
		/* The other end, which comes next, would answer the same. */
		if (point_types[i].netkit && lacks_netkit(err)) {
			no_netkit = err == -EINVAL;
			break;
		}
		if (err)
			return err;
		if (list.count || empty_too)
			err = add(all, point, &list);
		listing_free(&list);
		if (err)
			return err;
	}
	return 0;
}

static int gather_all(struct shows *all)
{
	struct if_nameindex *devices = if_nameindex(), *d;
	int code = EXIT_DONE;

	if (!devices)
		return refuse("the devices of this network namespace cannot be listed: %s",
			      strerror(errno));
	for (d = devices; d->if_index && !code; d++) {
		struct point point = {
			.device = d->if_name,
			.ifindex = d->if_index,
		};
		int err = gather(all, &point, all->empty_too);

		/* It may have gone since it was listed. */
		if (err && err != -ENODEV)
			code = point_refuse_query(err, &point);
	}
	if_freenameindex(devices);
	return code;
}

/* The next link of tcx whose place is not known yet: false if there is none. All
 * links have to be passed, but only those are asked about.
 */
static bool next_elsewhere(const struct shows *all, struct tcx_link_info *info)
{
	__u32 id = info->id;

	while (!bpf_link_get_next_id(id, &id)) {
		if (owners_of(&all->owners, id))
			continue;
		if (tcx_link_next(id - 1, info))
			return false;
		/* What lies between is no link of tcx, or gone. */
		id = info->id;
		if (!owners_of(&all->owners, id))
			return true;
	}
	return false;
}

/* Links whose device is gone: nothing else shows them, and they keep the module
 * loaded. Without the right to look for them there are none.
 */
static int gather_defunct(struct shows *all)
{
	TCX_OPTS(tcx_link_info, info);
	struct point point = { .device = "" };
	struct listing lists[POINT_TYPES] = {};
	int i, err = 0;

	owners_sort(&all->owners);
	while (!err && next_elsewhere(all, &info)) {
		for (i = 0; !info.ifindex && !err && i < POINT_TYPES; i++)
			if (info.attach_type == point_types[i].attach_type)
				err = listing_add(&lists[i], info.prog_id,
						  info.id);
	}
	for (i = 0; i < POINT_TYPES; i++) {
		point.attach_type = point_types[i].attach_type;
		if (!err && lists[i].count)
			err = add(all, &point, &lists[i]);
		listing_free(&lists[i]);
	}
	return err ? refuse("out of memory") : EXIT_DONE;
}

/* The points from first on are those of a namespace, or of none. */
static int add_space(struct shows *all, const struct netns *netns, size_t first,
		     int err)
{
	struct shown_space *spaces;

	spaces = realloc(all->spaces, (all->n_spaces + 1) * sizeof(*spaces));
	if (!spaces)
		return refuse("out of memory");
	all->spaces = spaces;
	spaces[all->n_spaces++] = (struct shown_space){
		.netns = netns, .err = err, .first = first, .end = all->count,
	};
	return EXIT_DONE;
}

int shows_device(struct shows *all, const char *device)
{
	struct point point;
	int code, err;

	code = point_device(&point, device);
	if (code)
		return code;
	err = gather(all, &point, true);
	code = err ? point_refuse_query(err, &point) :
		     add_space(all, NULL, 0, 0);
	if (!code)
		owners_find(&all->owners);
	return code;
}

static int gather_space(struct shows *all, const struct netns *netns)
{
	size_t first = all->count;
	int code = gather_all(all);

	return code ? code : add_space(all, netns, first, 0);
}

/* What comes last: links that attach nothing, if asked for, and who owns all. */
static int gather_rest(struct shows *all, bool defunct)
{
	size_t first = all->count;
	int code = defunct ? gather_defunct(all) : 0;

	if (!code && all->count > first)
		code = add_space(all, NULL, first, 0);
	if (!code)
		owners_find(&all->owners);
	return code;
}

int shows_here(struct shows *all)
{
	int code;

	tcx__backend_keep();
	code = gather_space(all, NULL);
	tcx__backend_let_go();
	return code ? code : gather_rest(all, true);
}

/* A namespace in which there is no such device is left out. */
static int gather_named(struct shows *all, const struct netns *netns,
			const char *device)
{
	struct point point = { .ifindex = device_index(device) };
	size_t first = all->count;
	char name[IF_NAMESIZE];
	int err;

	if (!point.ifindex || !if_indextoname(point.ifindex, name))
		return EXIT_DONE;
	point.device = name;
	err = gather(all, &point, true);
	return err ? point_refuse_query(err, &point) :
		     add_space(all, netns, first, 0);
}

/* One that has gone since it was found is left out, one that may not be entered
 * is shown as such.
 */
static int gather_in(struct shows *all, const struct netns *netns,
		     const char *device)
{
	int err = netns_enter(netns);

	if (err == -ENOENT)
		return EXIT_DONE;
	if (err)
		return add_space(all, netns, all->count, err);
	return device ? gather_named(all, netns, device) :
			gather_space(all, netns);
}

static int gather_everywhere(struct shows *all, const char *device)
{
	int code = EXIT_DONE, err;
	size_t i;

	tcx__backend_keep();
	for (i = 0; i < all->netns.count && !code; i++)
		code = gather_in(all, all->netns.all[i], device);
	tcx__backend_let_go();
	/* Where none could be entered, we are where we were. */
	err = all->netns.count > 1 ? netns_return(&all->netns) : 0;
	if (!code && err && err != -EPERM)
		code = refuse("tcxctl cannot return to its own network namespace: %s",
			      strerror(-err));
	return code;
}

static int find_namespaces(struct shows *all)
{
	int err = netns_find(&all->netns);

	return err ? refuse("the network namespaces cannot be listed: %s; that takes a /proc",
			    strerror(-err)) : EXIT_DONE;
}

int shows_everywhere(struct shows *all, const char *device)
{
	int code;

	code = find_namespaces(all);
	if (!code)
		code = gather_everywhere(all, device);
	if (!code && device && !all->n_spaces) {
		refuse_errno(ENODEV);
		return refuse("there is no device %s in any network namespace that can be found",
			      device);
	}
	return code ? code : gather_rest(all, !device);
}

static int look_at(struct shows *all, int ifindex)
{
	char name[IF_NAMESIZE];
	struct point point = { .device = name, .ifindex = ifindex };
	int err = 0;

	if (if_indextoname(ifindex, name))
		err = gather(all, &point, true);
	return err && err != -ENODEV ? point_refuse_query(err, &point) :
				       add_space(all, NULL, 0, 0);
}

int shows_look(struct shows *all, int ifindex, bool everywhere)
{
	int code;

	all->empty_too = true;
	if (everywhere) {
		code = find_namespaces(all);
		return code ? code : gather_everywhere(all, NULL);
	}
	if (ifindex)
		return look_at(all, ifindex);
	tcx__backend_keep();
	code = gather_space(all, NULL);
	tcx__backend_let_go();
	return code;
}
