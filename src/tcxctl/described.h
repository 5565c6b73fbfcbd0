/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the kernel knows of many programs. One program may be attached to
 * thousands of devices: it is asked about once.
 */
#ifndef TCXCTL_DESCRIBED_H
#define TCXCTL_DESCRIBED_H

#include "info.h"

struct described {
	void *programs;		/* tsearch(3)'s tree */
};

/* NULL: out of memory. Lives as long as @all. */
const struct prog_details *described_prog(struct described *all, __u32 id);

typedef void (*described_fn)(__u32 id, struct prog_details *details, void *ctx);

void described_each(struct described *all, described_fn fn, void *ctx);
void described_free(struct described *all);

#endif /* TCXCTL_DESCRIBED_H */
