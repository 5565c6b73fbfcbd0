/* SPDX-License-Identifier: GPL-2.0 */
/* Moving the programs of direct-action cls_bpf filters over to tcx, and back, so
 * that each packet meets each of them once.
 */
#ifndef TCXCTL_MIGRATE_H
#define TCXCTL_MIGRATE_H

#include "doctor/planes.h"

/* One direction of a device */
struct move {
	struct plane *plane;
	bool back;
	__u32 first;		/* in tcx, of those that are moved back */
	size_t count;		/* 0: there is nothing to move */
	int *progs;		/* fds */
	__u32 *ids;
	__u64 revision;		/* of the attach point, as we know it */
	bool gate, end;		/* whether these are attached: see migrate.c */
	size_t in_tcx, in_classic;	/* how many stand there */
};

/* Whether it can be moved faithfully, and what. Returns an exit code, having
 * said why not. @trust: also what cannot be told from the instructions.
 */
int move_check(struct move *move, struct plane *plane, bool back, bool trust);
void move_free(struct move *move);

/* All of them or none. Returns an exit code. */
int migrate(struct move *moves, size_t n);

#endif /* TCXCTL_MIGRATE_H */
