/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Memory for what a request reads and writes: with a hole behind it, or such
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

#include <linux/userfaultfd.h>

#ifdef __x86_64__
/* One page and a hole behind it, below 4 GiB, where 32-bit callers have theirs;
 * NULL if there is none to be had.
 */
static inline char *page_before_hole(void)
{
	size_t size = sysconf(_SC_PAGESIZE);
	char *page = mmap(NULL, 2 * size, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);

	return page == MAP_FAILED || munmap(page + size, size) ? NULL : page;
}
#endif

/* A page that holds up whoever touches it first. */

struct hold {
	int fd;
	size_t size;
	char *page;
};

static inline int hold_new(struct hold *h)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register reg = { .mode = UFFDIO_REGISTER_MODE_MISSING };

	h->size = sysconf(_SC_PAGESIZE);
	h->fd = syscall(__NR_userfaultfd, O_CLOEXEC);
	if (h->fd < 0 || ioctl(h->fd, UFFDIO_API, &api))
		return -errno;
	h->page = mmap(NULL, h->size, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (h->page == MAP_FAILED)
		return -errno;
	reg.range.start = (uintptr_t)h->page;
	reg.range.len = h->size;
	return ioctl(h->fd, UFFDIO_REGISTER, &reg) ? -errno : 0;
}

/* Returns when @count tasks are asleep in it. */
static inline int hold_wait(struct hold *h, int count)
{
	struct uffd_msg msg;

	while (count--)
		if (read(h->fd, &msg, sizeof(msg)) != sizeof(msg))
			return -EIO;
	return 0;
}

/* Wakes them all; the page begins with @data then. */
static inline int hold_release(struct hold *h, const void *data, size_t size)
{
	struct uffdio_copy copy = {
		.dst = (uintptr_t)h->page,
		.len = h->size,
	};
	char *source = calloc(1, h->size);
	int ret;

	memcpy(source, data, size);
	copy.src = (uintptr_t)source;
	ret = ioctl(h->fd, UFFDIO_COPY, &copy) ? -errno : 0;
	free(source);
	return ret;
}

static inline void hold_free(struct hold *h)
{
	munmap(h->page, h->size);
	close(h->fd);
}

#endif /* TESTS_VM_MEMORY_H */
