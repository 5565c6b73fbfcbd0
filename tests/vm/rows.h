/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The rows of requests.h without the harness: what one says is set up, issued
 * and looked at here; requests.h compares.
 */
#ifndef TESTS_VM_ROWS_H
#define TESTS_VM_ROWS_H

#include <stdio.h>

#include "link.h"
#include "netns.h"
#include "point.h"

#define PROGS	6
#define BADFLAG	(1U << 1)	/* BPF_F_ALLOW_MULTI: known, but not here */

enum object_kind {
	OBJ_LINK = PROGS,
	OBJ_OTHER = OBJ_LINK + PROGS,
	OBJ_DEFUNCT,
	OBJ_XDP,
	OBJ_XDPLINK,
	OBJ_TPLINK,
	OBJ_MAP,
	OBJ_FILE,
	OBJ_CLOSED,
	OBJ_GONE,
	OBJ_NONE,
	OBJECTS,
};

struct object {
	int fd;
	__u32 id;
};

struct row {
	const char *start;
	const char *request;
	int ret;
	const char *end;	/* where ret is 0 */
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
	char order[65];
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
