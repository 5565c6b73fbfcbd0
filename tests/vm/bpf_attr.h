/* SPDX-License-Identifier: GPL-2.0 */
/*
 * bpf(2) below sys.h: attributes of any size and place, also as a 32-bit
 * program passes them.
 */
#ifndef TESTS_VM_BPF_ATTR_H
#define TESTS_VM_BPF_ATTR_H

#include "memory.h"
#include "module.h"
#include "point.h"

/* What tcx shares a command with may have fields after those of tcx: where
 * the longest variant ends in 6.12.
 */
#define ATTR_ATTACH_END		32
#define ATTR_QUERY_END		64
#define ATTR_LINK_CREATE_END	60
#define ATTR_LINK_CREATE_END_7	64

enum request { ATTACH, DETACH, QUERY, LINK_CREATE, REQUESTS };

struct request_kind {
	const char *name;
	int cmd;
	unsigned int least;	/* ends with the attach type */
	unsigned int end;
};

/* Where the attributes of all commands end: with 6.12, which the module answers
 * as, or with what a later kernel of which this is asked has.
 */
#define ATTR_END_6_12		152
unsigned int attr_end(void);

/* By enum request. */
extern const struct request_kind requests[REQUESTS];

/* Where it ends in the kernel that is asked: Linux 7 has a longer LINK_CREATE. */
unsigned int request_end(enum request request);

/* A request for the point, with nothing else in it. */
union sys_attr attr_of(enum request request, const struct point *p,
		       int prog_fd);

/* Issues that request, with the whole attribute. */
int attr_issue(enum request request, const struct point *p, int prog_fd);

#endif /* TESTS_VM_BPF_ATTR_H */
