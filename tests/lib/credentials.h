/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The credentials that a request is issued with: a child (in_child()) changes
 * its own first, and has what it inherits, or what comes through a socket.
 * Functions return 0 or a negative errno.
 */
#ifndef TESTS_LIB_CREDENTIALS_H
#define TESTS_LIB_CREDENTIALS_H

#include <grp.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include <linux/capability.h>

#include "sys.h"

/* Effective and permitted capabilities, and no others. */
int set_caps(__u64 caps);

/* Another user and group, without any capability. */
int become_nobody(void);

/* Another user and group, with these capabilities. */
int become_nobody_with(__u64 caps);

/* Sends or receives @count fds, four at most. */
int fds_pass(int sock, int *fds, int count, bool send);

#endif /* TESTS_LIB_CREDENTIALS_H */
