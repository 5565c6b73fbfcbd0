/* SPDX-License-Identifier: GPL-2.0 */
/*
 * An attach point and its links as a test sees them. Include it after
 * kselftest_harness.h: the expectations report through the harness.
 */
#ifndef TESTS_LIB_POINT_H
#define TESTS_LIB_POINT_H

#include "bpf_progs.h"
#include "netns.h"

/* An ifindex that no namespace of these tests has. */
#define IFINDEX_NONE	0x7ffffff0

/* An attach type that no kernel has. */
#define BADTYPE	200

/* An fd that is not open. */
#define FD_CLOSED	900

struct point {
	int ifindex;
	int type;	/* BPF_TCX_INGRESS or BPF_TCX_EGRESS */
};

struct point_state {
	int ret;
	__u32 count;
	__u64 revision;
	__u32 ids[64];
};

/* Enters a new namespace, of which this returns an fd; @p becomes the ingress
 * of its only device.
 */
int point_new(struct point *p);

/* What is attached; @ret of it says whether the query succeeded. */
struct point_state point_query(const struct point *p);

/* Attaches a program after those that are there. */
int point_attach(const struct point *p, int prog_fd);

/* Detaches it. */
int point_detach(const struct point *p, int prog_fd);

/* Attaches a program by a link, whose fd is returned. */
int point_link(const struct point *p, int prog_fd);

/* /proc/self/fdinfo in reads of @step bytes. */
int fdinfo_read(int fd, char *text, size_t size, size_t step);

/* What bpf(2) adds to a file's lines, as native tcx words it. */
void fdinfo_expected(int fd, const struct point *p, int prog_fd, char *text,
		     size_t size);

#define expect_count(point, want) do {					\
	struct point_state __state = point_query(point);		\
									\
	EXPECT_EQ(0, __state.ret);					\
	EXPECT_EQ(want, __state.count);					\
} while (0)

#define expect_revision(point, want) do {				\
	struct point_state __state = point_query(point);		\
									\
	EXPECT_EQ(0, __state.ret);					\
	EXPECT_EQ(want, __state.revision);				\
} while (0)

#endif /* TESTS_LIB_POINT_H */
