/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The cases of tests/cases, asked through an interface, without the harness:
 * what a row says is set up, issued and looked at here; requests.h compares.
 */
#ifndef TESTS_VM_ROWS_H
#define TESTS_VM_ROWS_H

#include <stdio.h>

#include "link.h"
#include "netns.h"
#include "point.h"
#include "row.h"

struct object {
	int fd;
	__u32 id;
};

/* What the rows of a case speak of. */
struct scene {
	struct point point;
	bool keeps_revision;	/* a qdisc keeps an emptied point's counter */
	int links;	/* on the host, without those of a row */
	struct object objects[OBJECTS];
};

/* What came of a row, beside what should have. */
struct row_result {
	int ret;
	char order[STATE_SIZE];
	__u64 revision;
	int links, fds;
	struct {
		const char *order;
		__u64 revision;
		int links, fds;
	} want;
};

/* The scene, in a network namespace of its own. Returns "", or what there is
 * not.
 */
const char *scene_make(struct scene *scene, int type);

/* What is attached before the row. Returns "", or what is instead. */
const char *row_arrange(struct scene *scene, const struct row *row);

/* The row's request, and what it leaves. */
struct row_result row_issue(struct scene *scene, const struct row *row);

#endif /* TESTS_VM_ROWS_H */
