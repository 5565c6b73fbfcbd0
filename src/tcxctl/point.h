/* SPDX-License-Identifier: GPL-2.0 */
/* An attach point as named on the command line, and its contents */
#ifndef TCXCTL_POINT_H
#define TCXCTL_POINT_H

#include <stdbool.h>

#include "json.h"
#include "libtcx.h"

struct point {
	const char *device;
	int ifindex;
	__u32 attach_type;
};

/* What can be named after a device. Those of a netkit pair are reached through
 * its primary, and no other device has them.
 */
#define POINT_TYPES	4

struct point_type {
	__u32 attach_type;
	const char *name;
	bool netkit;
};

extern const struct point_type point_types[POINT_TYPES];

struct listing {
	__u32 count;
	__u64 revision;
	__u32 *prog_ids;
	__u32 *link_ids;
};

int point_parse(struct point *point, const char *direction);
int point_device(struct point *point, const char *device);
const char *point_direction(const struct point *point);
bool point_is_netkit(const struct point *point);
void point_print(const struct point *point);
json_t *point_json(const struct point *point);
int point_refuse_query(int err, const struct point *point);
int point_of_link(struct point *point, const struct tcx_link_info *info,
		  char *name);
int point_list(const struct point *point, struct listing *listing);
/* Which one it is, counted from 1; 0: it is not there. */
int listing_place(const struct listing *listing, __u32 prog_id);
int listing_add(struct listing *listing, __u32 prog_id, __u32 link_id);
void listing_print_revision(const struct listing *listing);
void listing_free(struct listing *listing);
void point_explain(const struct point *point, __u32 op,
		   struct tcx_explain_opts *opts);

#endif /* TCXCTL_POINT_H */
