/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the kernel knows of many programs. One program may be attached to
 * thousands of devices: it is asked about once.
 */
#ifndef TCXCTL_DESCRIBED_H
#define TCXCTL_DESCRIBED_H

#include <stddef.h>

#include "info.h"

struct described {
	void *programs;		/* tsearch(3)'s tree */
	size_t count;
};

/* NULL: out of memory. Lives as long as @all. */
const struct prog_details *described_prog(struct described *all, __u32 id);

typedef void (*described_fn)(__u32 id, struct prog_details *details, void *ctx);

void described_each(struct described *all, described_fn fn, void *ctx);
/* For those who go on for days: forgets all if that are more than @most, since most
 * of them have gone by then.
 */
void described_bound(struct described *all, size_t most);
void described_free(struct described *all);

#endif /* TCXCTL_DESCRIBED_H */
