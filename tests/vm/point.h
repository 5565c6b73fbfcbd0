/* SPDX-License-Identifier: GPL-2.0 */
/*
 * An attach point as a test sees it. Include it behind kselftest_harness.h:
 * the expectations report through the harness.
 */
#ifndef TESTS_VM_POINT_H
#define TESTS_VM_POINT_H

#include "bpf_progs.h"

/* An ifindex that no namespace of these tests has. */
#define IFINDEX_NONE	0x7ffffff0

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

static inline struct point_state point_query(const struct point *p)
{
	struct point_state state = {};
	struct sys_query q = { .count = 64, .prog_ids = state.ids };

	state.ret = sys_prog_query(p->ifindex, p->type, &q);
	state.count = q.count;
	state.revision = q.revision;
	return state;
}

static inline int point_attach(const struct point *p, int prog_fd)
{
	return sys_prog_attach(p->ifindex, p->type, prog_fd, 0, 0, 0, 0);
}

static inline int point_detach(const struct point *p, int prog_fd)
{
	return sys_prog_detach(p->ifindex, p->type, prog_fd, 0, 0, 0);
}

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

/* For what is not yet to be seen in this process: the exit status of @what,
 * run in a child. A child also gives its fd of the door back.
 */
#define in_child(what) ({						\
	pid_t __pid = fork();						\
	int __status = -1;						\
									\
	if (!__pid)							\
		_exit((what) & 0xff);					\
	waitpid(__pid, &__status, 0);					\
	WIFEXITED(__status) ? WEXITSTATUS(__status) : -1;		\
})

#endif /* TESTS_VM_POINT_H */
