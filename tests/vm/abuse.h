/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Callers who mean no good, or do not know what they do: test_abuse_memory,
 * test_abuse_fds and test_abuse_credentials. Each is answered as natively,
 * nothing is left of it, and nothing is disclosed: what comes back is ids, the
 * count and the revision, and no byte beside them. What they share is here:
 * requests that can be written anywhere, in any size, and threads that race for
 * a while.
 *
 *   ABUSE_SECONDS	how long each race takes (5)
 *
 * Kept to what the others do not have: test_authority asks who may do what,
 * test_abi and test_bpf_syscall what a single bad request gets. Include it
 * after kselftest_harness.h.
 */
#ifndef TESTS_VM_ABUSE_H
#define TESTS_VM_ABUSE_H

#include <pthread.h>

#include "bpf_attr.h"
#include "link.h"

#define SECONDS		5
#define LONG		120	/* seconds that a case may take on a busy host */

/* What all requests have in common, whatever the interface. */
struct ask {
	__u32 ifindex, type;
	__u32 prog_fd, flags, replace_fd, relative;
	/* A query's. */
	__u32 count;
	__u32 *prog_ids, *prog_flags, *link_ids, *link_flags;
};

/* A request for the point, with nothing else in it. */
struct ask ask_of(const struct point *p, int prog_fd);

/* Writes the request as its interface wants it; returns how long it is. */
unsigned int ask_write(enum request request, const struct ask *ask, void *at);

/* An fd of the device; -1 where the interface is bpf(2). */
int node_open(void);

/* Issues what was written. */
int issue(int node, enum request request, void *at, unsigned int size);

/* Writes a request and issues it. */
int ask(int node, enum request request, const struct ask *what);

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

/* The next of a sequence of random numbers. */
unsigned int step(unsigned int *state);

#endif /* TESTS_VM_ABUSE_H */
