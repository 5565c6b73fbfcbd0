/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A control path, and the world that its requests are made in: a device in a
 * network namespace of its own, programs, links.
 */
#ifndef TESTS_FAULT_PATH_H
#define TESTS_FAULT_PATH_H

#include <stdbool.h>

struct world {
	int dev;
	int prog[4];
	int prog1_id;
	int link;
	int link_id;
	int link2;
};

/* A control path. @request returns what the system call did, @undo leads back
 * to where it can be issued again. @prepare is called once.
 */
struct path {
	const char *name;
	int (*prepare)(struct world *w);
	int (*request)(struct world *w);
	int (*undo)(struct world *w, int ret);
	bool no_alloc;		/* runs without memory: a detach cannot fail */
};

/* paths.c */
extern const struct path paths[];
extern const unsigned int nr_paths;

/* path_run.c: makes everything in it fail, in a world of its own */
int path_run(const struct path *p, bool by_nth);

#endif /* TESTS_FAULT_PATH_H */
