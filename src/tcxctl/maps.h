/* SPDX-License-Identifier: GPL-2.0 */
/* The object that a program came from, open for as long as its maps need it, and
 * which of them do: the kernel empties them, or cancels their timers, when they
 * are neither open nor pinned anywhere.
 */
#ifndef TCXCTL_MAPS_H
#define TCXCTL_MAPS_H

#include <stddef.h>

struct bpf_object;

struct needed_map {
	const char *name;
	const char *kind;	/* what makes it one of these */
	char *pin;		/* its name in bpffs */
	int fd;			/* the object's */
};

struct maps {
	struct bpf_object *obj;	/* NULL: others have loaded the program */
	struct needed_map *needed;
	size_t count;
};

/* Of needed maps, in a sentence */
#define MAPS_EMPTIED "which the kernel empties, or whose timers it cancels, once no process holds them and no pin does"

int maps_find(struct maps *maps, struct bpf_object *obj, int prog_fd);
void maps_close(struct maps *maps);
char *maps_text(const struct maps *maps);

#endif /* TCXCTL_MAPS_H */
