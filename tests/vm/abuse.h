/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Callers who mean no good, or do not know what they do: test_abuse_memory,
 * test_abuse_fds and test_abuse_people. Each is answered as natively, nothing
 * is left of it, and nothing is disclosed: what comes back is ids, the count
 * and the revision, and no byte beside them. What they share is here: requests
 * that can be written anywhere, in any size, and threads that race for a while.
 *
 *   ABUSE_SECONDS	how long each race takes (5)
 *
 * Kept to what the others do not have: test_authority asks who may do what,
 * test_abi and test_bpf_syscall what a single bad request gets. Include it
 * behind kselftest_harness.h.
 */
#ifndef TESTS_VM_ABUSE_H
#define TESTS_VM_ABUSE_H

#include <pthread.h>

#include "bpf_attr.h"
#include "link.h"

#define SECONDS		5
#define LONG		120	/* seconds that a case may take on a busy host */

/* What all requests have in common, whatever the door. */
struct ask {
	__u32 ifindex, type;
	__u32 prog_fd, flags, replace_fd, relative;
	/* A query's. */
	__u32 count;
	__u32 *prog_ids, *prog_flags, *link_ids, *link_flags;
};

static const unsigned long ioctls[REQUESTS] = {
	[ATTACH] = TCX_BACKPORT_PROG_ATTACH,
	[DETACH] = TCX_BACKPORT_PROG_DETACH,
	[QUERY] = TCX_BACKPORT_PROG_QUERY,
	[LINK_CREATE] = TCX_BACKPORT_LINK_CREATE,
};

static inline struct ask ask_of(const struct point *p, int prog_fd)
{
	return (struct ask){
		.ifindex = p->ifindex, .type = p->type, .prog_fd = prog_fd,
	};
}

/* Writes the request as its door wants it; returns how long it is. */
static inline unsigned int ask_ioctl(enum request request,
				     const struct ask *ask, void *at)
{
	const struct tcx_backport_prog_attach attach = {
		.ifindex = ask->ifindex,
		.attach_type = ask->type,
		.prog_fd = ask->prog_fd,
		.flags = ask->flags,
		.replace_prog_fd = ask->replace_fd,
		.relative_fd = ask->relative,
	};
	const struct tcx_backport_prog_query query = {
		.ifindex = ask->ifindex,
		.attach_type = ask->type,
		.count = ask->count,
		.prog_ids = (uintptr_t)ask->prog_ids,
		.prog_attach_flags = (uintptr_t)ask->prog_flags,
		.link_ids = (uintptr_t)ask->link_ids,
		.link_attach_flags = (uintptr_t)ask->link_flags,
	};
	/* That of a detach is the same. */
	const struct tcx_backport_link_create link = {
		.ifindex = ask->ifindex,
		.attach_type = ask->type,
		.prog_fd = ask->prog_fd,
		.flags = ask->flags,
		.relative_fd = ask->relative,
	};

	switch (request) {
	case ATTACH:
		memcpy(at, &attach, sizeof(attach));
		return sizeof(attach);
	case QUERY:
		memcpy(at, &query, sizeof(query));
		return sizeof(query);
	default:
		memcpy(at, &link, sizeof(link));
		return sizeof(link);
	}
}

static inline unsigned int ask_bpf(enum request request, const struct ask *ask,
				   void *at)
{
	const struct point p = { ask->ifindex, ask->type };
	union sys_attr attr = attr_of(request, &p, ask->prog_fd);

	switch (request) {
	case QUERY:
		attr.query.count = ask->count;
		attr.query.prog_ids = (uintptr_t)ask->prog_ids;
		attr.query.prog_attach_flags = (uintptr_t)ask->prog_flags;
		attr.query.link_ids = (uintptr_t)ask->link_ids;
		attr.query.link_attach_flags = (uintptr_t)ask->link_flags;
		memcpy(at, &attr, sizeof(attr.query));
		return sizeof(attr.query);
	case LINK_CREATE:
		attr.link_create.flags = ask->flags;
		attr.link_create.relative = ask->relative;
		memcpy(at, &attr, sizeof(attr.link_create));
		return sizeof(attr.link_create);
	default:
		attr.attach.attach_flags = ask->flags;
		attr.attach.replace_bpf_fd = ask->replace_fd;
		attr.attach.relative = ask->relative;
		memcpy(at, &attr, sizeof(attr.attach));
		return sizeof(attr.attach);
	}
}

static inline unsigned int ask_write(enum request request,
				     const struct ask *ask, void *at)
{
	return sys_door_is_ioctl() ? ask_ioctl(request, ask, at) :
				     ask_bpf(request, ask, at);
}

/* -1 where there is none. */
static inline int door_open(void)
{
	return sys_door_is_ioctl() ?
	       open(TCX_BACKPORT_DEVICE, O_RDWR | O_CLOEXEC) : -1;
}

static inline int issue(int door, enum request request, void *at,
			unsigned int size)
{
	int ret;

	if (!sys_door_is_ioctl())
		return sys_bpf(requests[request].cmd, at, size);
	ret = ioctl(door, ioctl_resized(ioctls[request], size), at);
	return ret < 0 ? -errno : ret;
}

static inline int ask(int door, enum request request, const struct ask *what)
{
	char at[256] = {};
	unsigned int size = ask_write(request, what, at);

	return issue(door, request, at, size);
}

/* Is an answer one of those listed? Success always is. */
#define allowed(ret, ...) ({						\
	static const int __list[] = { __VA_ARGS__ };			\
	bool __found = (ret) >= 0;					\
	size_t __i;							\
									\
	for (__i = 0; __i < ARRAY_SIZE(__list); __i++)			\
		__found |= (ret) == -__list[__i];			\
	__found;							\
})

/* Threads that all stop after a while, and say what went wrong. */
#define THREADS		8

struct gang {
	_Atomic bool stop;
	_Atomic int line, ret;	/* of the first that went wrong */
	pthread_t threads[THREADS];
	int nr;
};

#define gang_must(gang, cond, value) do {				\
	if (!(cond) && !(gang)->line) {					\
		(gang)->ret = (value);					\
		(gang)->line = __LINE__;				\
	}								\
} while (0)

#define gang_start(gang, fn, arg)					\
	ASSERT_EQ(0, pthread_create(&(gang)->threads[(gang)->nr++],	\
				    NULL, fn, arg))

#define gang_run(gang) do {						\
	int __left = env_number("ABUSE_SECONDS", SECONDS) * 20, __i;	\
									\
	while (__left-- && !(gang)->line)				\
		sleep_ms(50);						\
	(gang)->stop = true;						\
	for (__i = 0; __i < (gang)->nr; __i++)				\
		ASSERT_EQ(0, pthread_join((gang)->threads[__i], NULL));	\
	EXPECT_EQ(0, (gang)->line) {					\
		TH_LOG("line %d: %d", (gang)->line, (gang)->ret);	\
	}								\
} while (0)

static inline unsigned int step(unsigned int *state)
{
	*state = *state * 1664525 + 1013904223;
	return *state >> 16;
}

#endif /* TESTS_VM_ABUSE_H */
