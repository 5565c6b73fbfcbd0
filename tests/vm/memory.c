// SPDX-License-Identifier: GPL-2.0
#include <linux/userfaultfd.h>

#include "memory.h"

#ifndef MAP_32BIT
#define MAP_32BIT	0
#endif

char *page_before_hole(void)
{
	size_t size = sysconf(_SC_PAGESIZE);
	char *page = mmap(NULL, 2 * size, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);

	return page == MAP_FAILED || munmap(page + size, size) ? NULL : page;
}

int hold_new(struct hold *h)
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

int hold_wait(struct hold *h, int count)
{
	struct uffd_msg msg;

	while (count--)
		if (read(h->fd, &msg, sizeof(msg)) != sizeof(msg))
			return -EIO;
	return 0;
}

int hold_release(struct hold *h, const void *data, size_t size)
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

void hold_free(struct hold *h)
{
	munmap(h->page, h->size);
	close(h->fd);
}
