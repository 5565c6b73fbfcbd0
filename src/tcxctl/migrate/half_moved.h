/* SPDX-License-Identifier: GPL-2.0 */
/* What 'tcxctl migrate' leaves if it is killed where it cannot finish or undo what
 * it has begun: the two programs that migrate.c describes, known by their names.
 */
#ifndef TCXCTL_HALF_MOVED_H
#define TCXCTL_HALF_MOVED_H

#include <stdbool.h>

#include "doctor/planes.h"

#define GATE_NAME "tcxctl_gate"
#define END_NAME "tcxctl_end"

struct half_moved {
	__u32 gate, end;	/* places in the list, counted from 1; 0: not there */
};

/* Returns whether there is anything of a move. */
bool half_moved_find(const struct plane *plane, struct half_moved *left);
/* The commands that take it away, while each packet goes on meeting the programs
 * that it meets now; to be freed, NULL: no memory.
 */
char *half_moved_mend(const struct plane *plane, const struct half_moved *left);

#endif /* TCXCTL_HALF_MOVED_H */
