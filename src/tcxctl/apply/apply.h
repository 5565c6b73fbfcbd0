/* SPDX-License-Identifier: GPL-2.0 */
/* From what is declared to what is attached. A plan is what has to be done on one
 * device, for its points one after the other, each in the order of its programs;
 * carried out, all of it is done or nothing.
 */
#ifndef TCXCTL_APPLY_H
#define TCXCTL_APPLY_H

#include <net/if.h>

#include "declared.h"
#include "devices.h"
#include "map_pins.h"
#include "maps.h"
#include "owned.h"
#include "point.h"

enum step_kind { STEP_KEEP, STEP_ATTACH, STEP_REPLACE, STEP_MOVE, STEP_REMOVE };

struct step {
	enum step_kind kind;
	const struct declared *what;	/* NULL: to be removed */
	const struct owned *owned;	/* what is there, or NULL */
	struct point point;
	char *path;			/* the pin of a new link */
	int prog_fd, link_fd;		/* what is new, or -1 */
	int old_prog_fd, old_link_fd;	/* what is there, or -1 */
	__u32 prog_id, link_id;
	struct maps maps;
	struct map_pins pins;
	bool begun;			/* and to be undone */
};

struct plan {
	const char *device;
	int ifindex;
	struct step *steps;
	size_t count;
};

/* Each returns an exit code. */
int plan_device(struct plan *plan, const struct declarations *all,
		struct owned_list *owned, const struct net_device *device);
int plan_rest(struct plan *plan, struct owned_list *owned);
int plan_run(struct plan *plan);
int plan_check(const struct plan *plan);	/* that it could be: nothing is done */
void plan_free(struct plan *plan);
void step_close(struct step *step);
bool plan_is_gone(const struct plan *plan);
void step_report(const struct step *step, bool done);

struct applied {
	size_t changes;		/* made, or with dry to be made */
	size_t failed;		/* devices */
};

/* All devices; dry: only say what would be done */
int apply(const struct declarations *all, bool dry, struct applied *applied);
/* Says for which devices something is declared that are not there. */
void apply_tell_absent(const struct declarations *all);
int apply_check_backend(void);

/* Applies again as devices come, change and go; path is read again on SIGHUP. */
int apply_follow(const char *path);

#endif /* TCXCTL_APPLY_H */
