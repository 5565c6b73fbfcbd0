/* SPDX-License-Identifier: GPL-2.0 */
/* Where classic tc and tcx can meet: the filters and the programs of one
 * direction of a device in this network namespace.
 */
#ifndef TCXCTL_PLANES_H
#define TCXCTL_PLANES_H

#include <net/if.h>

#include "point.h"
#include "tc.h"

struct plane {
	char device[IF_NAMESIZE];
	enum tc_direction direction;
	struct point point;		/* names device */
	struct listing tcx;
	bool qdisc;			/* clsact or, for ingress, ingress */
	__u32 block;			/* shared, or 0 */
	struct tc_filters classic;
};

struct planes {
	struct plane **all;
	size_t count;
};

/* Each returns 0 or a negative errno; in either case what is there is freed by
 * planes_free(). Without @device: those that have a filter or a program.
 */
int planes_find(struct planes *planes, const char *device);
void planes_free(struct planes *planes);

#endif /* TCXCTL_PLANES_H */
