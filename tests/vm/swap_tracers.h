/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Others who trace mini_qdisc_pair_swap(), through tracefs.
 */
#ifndef TESTS_VM_SWAP_TRACERS_H
#define TESTS_VM_SWAP_TRACERS_H

#include <stdbool.h>

#define TRACERS		6

struct tracer {
	const char *name;
	struct {
		const char *path, *text;
	} on[3], off[3];
	bool graph;
	bool inside;	/* after the entry; refused if no instruction starts there */
};

extern const struct tracer tracers[TRACERS];

/* It begins, or ends. Returns 0 or a negative errno. */
int tracer_set(const struct tracer *t, bool on);

/* Has it seen the function since somebody last asked? */
bool tracer_sees(void);

/* Is @text in that file? */
bool file_has(const char *path, const char *text);

#endif /* TESTS_VM_SWAP_TRACERS_H */
