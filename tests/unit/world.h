/* SPDX-License-Identifier: GPL-2.0 */
/*
 * An attach point twice: in src/kmod/core/mprog.c and in the model. Each request
 * goes to both; then everything that can be seen of the one must be as the
 * other says.
 */
#ifndef WORLD_H
#define WORLD_H

#include <stdbool.h>
#include <stdio.h>

#include "core/mprog.h"
#include "model.h"

#define WORLD_PROGS	100	/* programs are 1 ... WORLD_PROGS */
#define WORLD_LINKS	40	/* links are 1 ... WORLD_LINKS */
#define WORLD_READERS	4

/* A CPU that is running an array, with what it has to find there. */
struct world_reader {
	const struct tcx_mprog_array	*array;
	struct bpf_prog			*progs[MODEL_MAX + 1];
};

struct world {
	struct tcx_mprog	mprog;
	struct model		model;
	struct world_reader	readers[WORLD_READERS];
	unsigned int		next_reader;
	int			link_prog[WORLD_LINKS + 1];
	int			err;		/* of the last request */
	char			why[200];	/* what is wrong */
};

enum {
	TRY_DETACH	= 1 << 0,	/* else attach */
	TRY_NO_MEMORY	= 1 << 1,	/* the allocation fails, if it may */
	TRY_ABORT	= 1 << 2,	/* attach, but do not commit */
	TRY_LINK_ALONE	= 1 << 3,	/* do not tell the relative link's program */
};

/* @revision: what the present revision is, 0 for that of a fresh point. */
void world_init(struct world *w, uint64_t revision);
void world_exit(struct world *w);

/* A fresh point where these are attached, in their order. */
bool world_build(struct world *w, const struct model_entry *list, int count);

/* Both sides try @req. False if they differ, or if something else is not as
 * it has to be; @w->why says what.
 */
bool world_try(struct world *w, const struct model_req *req, unsigned int how);

/* A reader starts; the oldest one ends if there are too many. */
void world_read(struct world *w);

/* All readers end, and a grace period with them. */
bool world_grace_period(struct world *w);

/*
 * Requests as a few bytes each, for the random test and the fuzzer. Every
 * combination of bytes is a possible request: world_step() takes numbers
 * modulo what there is, and leaves out what cannot happen (a link that is
 * attached twice).
 */
struct op {
	uint8_t	what;		/* OP_* */
	uint8_t	how;		/* TRY_*, without TRY_DETACH */
	uint8_t	prog;
	uint8_t	link;
	uint8_t	replace;
	uint8_t	relative;	/* REL_* */
	uint8_t	rel;		/* number of the relative */
	uint8_t	flags;		/* OP_F_* */
	uint8_t	revision;	/* REV_* */
};

enum { OP_ATTACH, OP_DETACH, OP_FILL, OP_READ, OP_GRACE_PERIOD, OP_NR };
enum { REL_NONE, REL_PROG, REL_LINK, REL_ERR, REL_NR };
enum {
	REV_ANY, REV_PRESENT, REV_NEXT, REV_LAST, REV_ONE, REV_HIGH_BIT, REV_NR
};

enum {
	OP_F_BEFORE	= 1 << 0,
	OP_F_AFTER	= 1 << 1,
	OP_F_REPLACE	= 1 << 2,
	OP_F_ID		= 1 << 3,
	OP_F_LINK	= 1 << 4,
	OP_F_MASK	= (1 << 5) - 1,
};

bool world_step(struct world *w, const struct op *op);

/* One line. */
void world_print_op(FILE *out, const struct op *op);

#endif
