/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Memory for what a request reads and writes: with a hole after it, or such
 * that the caller falls asleep where the kernel gets at it.
 */
#ifndef TESTS_VM_MEMORY_H
#define TESTS_VM_MEMORY_H

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/* One page and a hole after it; on x86 below 4 GiB, where 32-bit callers have
 * theirs; NULL if there is none to be had.
 */
char *page_before_hole(void);

/* A page that holds up whoever touches it first. */
struct hold {
	int fd;
	size_t size;
	char *page;
};

/* Makes one. */
int hold_new(struct hold *h);

/* Returns when @count tasks are asleep in it. */
int hold_wait(struct hold *h, int count);

/* Wakes them all; the page begins with @data then. */
int hold_release(struct hold *h, const void *data, size_t size);

/* Nobody may be asleep in it any more. */
void hold_free(struct hold *h);

#endif /* TESTS_VM_MEMORY_H */
