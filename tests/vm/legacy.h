/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Short forms of libtcx's requests, for the tests that have classic tc in place of
 * tcx; they go to the backend that is chosen. Those named egress are about the
 * egress of a device, @relative is an fd, or 0.
 */
#ifndef TESTS_VM_LEGACY_H
#define TESTS_VM_LEGACY_H

#include <stdbool.h>

#include "libtcx.h"
#include "sys.h"

/* Neither libtcx nor libbpf prints anything. */
void legacy_quiet(void);

/* Places are had by best effort. */
void legacy_best(void);

/* Both return 0 or a negative errno. */
int egress_put(int ifindex, int fd, __u32 flags, int relative);
int egress_take(int ifindex, int fd, __u32 flags, int relative);

/* What a query says; what it did not set has all bits set. */
struct listed {
	int ret;
	__u32 count, ids[64], flags[64], links[64];
	__u64 revision;
};

struct listed legacy_list(int ifindex, int type);

/* The programs of the egress are these, and without links and revision. */
bool egress_has(int ifindex, int n, const int *fds);

#endif /* TESTS_VM_LEGACY_H */
