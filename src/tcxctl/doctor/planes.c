// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "planes.h"

static void plane_free(struct plane *plane)
{
	free(plane->classic.all);
	listing_free(&plane->tcx);
	free(plane);
}

void planes_free(struct planes *planes)
{
	size_t i;

	for (i = 0; i < planes->count; i++)
		plane_free(planes->all[i]);
	free(planes->all);
	memset(planes, 0, sizeof(*planes));
}

static int look(struct plane *plane, const struct tc_qdisc *qdisc)
{
	int err;

	plane->qdisc = qdisc && (qdisc->clsact ||
				 plane->direction == TC_INGRESS);
	if (plane->qdisc) {
		plane->block = qdisc->blocks[plane->direction];
		err = tc_find_filters(&plane->classic, plane->point.ifindex,
				      plane->direction);
		if (err)
			return err;
	}
	err = point_list(&plane->point, &plane->tcx);
	/* Where there is no tcx, classic tc is all there is. */
	return err == -EOPNOTSUPP ? 0 : err;
}

static int add(struct planes *planes, const struct if_nameindex *device,
	       enum tc_direction direction, const struct tc_qdisc *qdisc,
	       bool empty_too)
{
	struct plane **all, *plane = calloc(1, sizeof(*plane));
	int err;

	if (!plane)
		return -ENOMEM;
	strncpy(plane->device, device->if_name, IF_NAMESIZE - 1);
	plane->direction = direction;
	plane->point = (struct point){
		.device = plane->device,
		.ifindex = device->if_index,
		.attach_type = direction == TC_INGRESS ? BPF_TCX_INGRESS :
							 BPF_TCX_EGRESS,
	};
	err = look(plane, qdisc);
	/* It may have gone since it was listed. */
	if (err || (!empty_too && !plane->classic.count && !plane->tcx.count)) {
		plane_free(plane);
		return err == -ENODEV && !empty_too ? 0 : err;
	}
	all = realloc(planes->all, (planes->count + 1) * sizeof(*all));
	if (!all) {
		plane_free(plane);
		return -ENOMEM;
	}
	planes->all = all;
	all[planes->count++] = plane;
	return 0;
}

static int find_in(struct planes *planes, const struct if_nameindex *devices,
		   const struct tc_qdiscs *qdiscs, const char *device)
{
	const struct if_nameindex *d;
	int err = 0;

	for (d = devices; d->if_index && !err; d++) {
		const struct tc_qdisc *qdisc = tc_qdisc_of(qdiscs, d->if_index);

		if (device && strcmp(device, d->if_name))
			continue;
		err = add(planes, d, TC_INGRESS, qdisc, device);
		if (!err)
			err = add(planes, d, TC_EGRESS, qdisc, device);
	}
	return err;
}

int planes_find(struct planes *planes, const char *device)
{
	struct if_nameindex *devices;
	struct tc_qdiscs qdiscs;
	int err;

	memset(planes, 0, sizeof(*planes));
	devices = if_nameindex();
	if (!devices)
		return -errno;
	err = tc_find_qdiscs(&qdiscs);
	if (!err)
		err = find_in(planes, devices, &qdiscs, device);
	free(qdiscs.all);
	if_freenameindex(devices);
	return err;
}
