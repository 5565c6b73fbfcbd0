/* SPDX-License-Identifier: GPL-2.0 */
/*
 * bpf(2) below sys.h: attributes of any size and place, as a 32-bit program
 * passes them, or such that the caller falls asleep where the kernel reads
 * them; and the switch that makes the kernel accept tcx.
 */
#ifndef TESTS_VM_BPF_ATTR_H
#define TESTS_VM_BPF_ATTR_H

#include <linux/userfaultfd.h>
#include <pthread.h>
#include <sys/mman.h>
#include <time.h>

#include "point.h"

#define MODULE		"tcx_backport"
#define SWITCH		"/sys/module/" MODULE "/parameters/bpf_syscall"

/* What tcx shares a command with may have fields behind those of tcx: where
 * the longest variant ends in 6.12, and where all of them do.
 */
#define ATTR_ATTACH_END		32
#define ATTR_QUERY_END		64
#define ATTR_LINK_CREATE_END	60
#define ATTR_END		152

enum request { ATTACH, DETACH, QUERY, LINK_CREATE, REQUESTS };

static const struct {
	const char *name;
	int cmd;
	unsigned int least;	/* ends with the attach type */
	unsigned int end;
} requests[REQUESTS] = {
	{ "attach", BPF_PROG_ATTACH, 12, ATTR_ATTACH_END },
	{ "detach", BPF_PROG_DETACH, 12, ATTR_ATTACH_END },
	{ "query", BPF_PROG_QUERY, 8, ATTR_QUERY_END },
	{ "link create", BPF_LINK_CREATE, 12, ATTR_LINK_CREATE_END },
};

static inline union sys_attr attr_of(enum request request,
				     const struct point *p, int prog_fd)
{
	union sys_attr attr = {};

	switch (request) {
	case QUERY:
		attr.query.target_ifindex = p->ifindex;
		attr.query.attach_type = p->type;
		break;
	case LINK_CREATE:
		attr.link_create.prog_fd = prog_fd;
		attr.link_create.target_ifindex = p->ifindex;
		attr.link_create.attach_type = p->type;
		break;
	default:
		attr.attach.target_ifindex = p->ifindex;
		attr.attach.attach_bpf_fd = prog_fd;
		attr.attach.attach_type = p->type;
	}
	return attr;
}

static inline int attr_issue(enum request request, const struct point *p,
			     int prog_fd)
{
	union sys_attr attr = attr_of(request, p, prog_fd);

	return sys_bpf(requests[request].cmd, &attr, sizeof(attr));
}

#ifdef __x86_64__
/* bpf(2) as a 32-bit program calls it, from this 64-bit one. */
static inline int compat_bpf(unsigned long cmd, unsigned long attr,
			     unsigned long size)
{
	long ret;

	asm volatile("int $0x80"
		     : "=a"(ret)
		     : "0"(357L), "b"(cmd), "c"(attr), "d"(size)
		     : "memory", "r8", "r9", "r10", "r11");
	return (int)ret;
}
#endif

/* The switch. */

static inline bool is_native(void)
{
	return access(TCX_BACKPORT_DEVICE, F_OK);
}

static inline int file_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), ret;

	if (fd < 0)
		return -errno;
	ret = write(fd, text, strlen(text)) < 0 ? -errno : 0;
	close(fd);
	return ret;
}

static inline int file_read_char(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char c = 0;

	if (fd < 0)
		return -errno;
	if (read(fd, &c, 1) < 0)
		c = 0;
	close(fd);
	return c;
}

static inline int switch_to(bool on)
{
	return file_write(SWITCH, on ? "1" : "0");
}

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

#endif /* TESTS_VM_BPF_ATTR_H */
