/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What must be the same after a request that failed.
 */
#ifndef TESTS_FAULT_STATE_H
#define TESTS_FAULT_STATE_H

#include <linux/types.h>

#include "path.h"

struct point_state {
	int ret;
	__u32 count;
	__u64 revision;
	__u32 progs[64], links[64];
};

struct state {
	struct point_state point[2];
	int attached;
	int references;
	int links;
	int progs;
	int fds;
	int tail;	/* no padding */
};

/* The state once it is at rest: what the case before has left dies by and by. */
struct state state_settled(const struct world *w);

/* Is it that state, or will it be soon? */
bool state_is(const struct world *w, const struct state *want,
	      const char *when);

#endif /* TESTS_FAULT_STATE_H */
