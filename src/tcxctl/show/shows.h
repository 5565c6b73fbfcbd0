/* SPDX-License-Identifier: GPL-2.0 */
/* What is attached: all of it is gathered first, then shown in one of the forms
 * that stand in show_*.c.
 */
#ifndef TCXCTL_SHOWS_H
#define TCXCTL_SHOWS_H

#include "described.h"
#include "netns.h"
#include "owners.h"
#include "point.h"

struct shown {
	struct point point;	/* ifindex 0: links that are defunct */
	struct listing list;
	const struct prog_details **details;
	int other_end;		/* of netkit: its ifindex where it is, in a look */
};

/* The points of one network namespace, or those of none: the defunct ones */
struct shown_space {
	const struct netns *netns;	/* NULL: the caller's, or none */
	int err;			/* it could not be looked into */
	size_t first, end;		/* in points */
};

struct shows {
	struct shown *points;
	size_t count;
	struct shown_space *spaces;
	size_t n_spaces;
	struct netns_list netns;
	struct owners owners;
	struct described programs;
	bool empty_too;		/* points that nothing is attached to */
};

/* Each returns an exit code, having said what is wrong. */
int shows_device(struct shows *all, const char *device);
int shows_here(struct shows *all);
int shows_everywhere(struct shows *all, const char *device);	/* or NULL */
/* A look: what is attached, and where nothing is; without who owns it and without
 * defunct links. ifindex 0: all devices; one that is gone is left out.
 */
int shows_look(struct shows *all, int ifindex, bool everywhere);
void shows_free(struct shows *all);

json_t *shows_json(const struct shows *all, bool by_netns);
void shows_print(const struct shows *all, bool by_netns);
void shows_metrics(const struct shows *all, bool by_netns);

#endif /* TCXCTL_SHOWS_H */
