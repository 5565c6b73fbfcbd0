/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Threads that hold links of libtcx, and whether the library finds each holder
 * once. To be run in a child: returns 0, or the line that went wrong.
 */
#ifndef TESTS_VM_LIBTCX_HOLDERS_H
#define TESTS_VM_LIBTCX_HOLDERS_H

#include <stdbool.h>

/* What a child finds wrong: the line, as far as a status can say it. */
#define REQUIRE(what) do {						\
	if (!(what))							\
		return __LINE__ % 255 + 1;				\
} while (0)

/* The holder is a thread with fds of its own. */
int thread_with_own_fds(int ifindex);

/* The first of a process's threads has ended, and so many others have not. */
int first_thread_ended(int ifindex, int threads);

/* Fds that threads share are one's, also where nobody can say that they do. */
int many_threads(int ifindex, bool blind);

#endif /* TESTS_VM_LIBTCX_HOLDERS_H */
