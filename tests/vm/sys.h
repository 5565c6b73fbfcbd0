/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The requests of tcx, issued raw, through either door: the ioctls of
 * /dev/tcx, or bpf(2) where the kernel itself knows tcx. A test written
 * against this header runs unchanged on the module and on native tcx.
 *
 * The door is "ioctl" if /dev/tcx exists and "bpf" otherwise; TCX_DOOR in the
 * environment overrides that. Every function returns 0 (or an fd) or a
 * negative errno.
 *
 * Also here: what tests of all kinds need, a parameter, and a child that does
 * something.
 */
#ifndef TESTS_VM_SYS_H
#define TESTS_VM_SYS_H

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/tcx_backport.h>

/* bpf(2)'s attributes as of Linux 6.12, which older headers lack. */
union sys_attr {
	struct {
		__u32 target_ifindex;
		__u32 attach_bpf_fd;
		__u32 attach_type;
		__u32 attach_flags;
		__u32 replace_bpf_fd;
		__u32 relative;
		__u64 expected_revision;
	} attach;
	struct {
		__u32 target_ifindex;
		__u32 attach_type;
		__u32 query_flags;
		__u32 attach_flags;
		__u64 prog_ids;
		__u32 count;
		__u32 pad;
		__u64 prog_attach_flags;
		__u64 link_ids;
		__u64 link_attach_flags;
		__u64 revision;
	} query;
	struct {
		__u32 prog_fd;
		__u32 target_ifindex;
		__u32 attach_type;
		__u32 flags;
		__u32 relative;
		__u32 pad;
		__u64 expected_revision;
	} link_create;
	char size[152];
};

struct sys_query {
	__u32 query_flags;
	__u32 attach_flags;	/* in and out */
	__u32 count;		/* in: capacity, out: programs */
	__u64 revision;
	__u32 *prog_ids;
	__u32 *prog_attach_flags;
	__u32 *link_ids;
	__u32 *link_attach_flags;
};

/* A parameter of a test. */
static inline long env_number(const char *name, long otherwise)
{
	const char *text = getenv(name);

	return text ? strtol(text, NULL, 0) : otherwise;
}

static inline bool sys_door_is_ioctl(void)
{
	const char *door = getenv("TCX_DOOR");

	if (door)
		return !strcmp(door, "ioctl");
	return !access(TCX_BACKPORT_DEVICE, F_OK);
}

static inline int sys_bpf(int cmd, void *attr, unsigned int size)
{
	int ret = syscall(__NR_bpf, cmd, attr, size);

	return ret < 0 ? -errno : ret;
}

/* One fd per process: a fork inherits it, which is harmless. */
static inline int sys_ioctl(unsigned long cmd, void *arg)
{
	static int fd = -1;
	int ret;

	if (fd < 0)
		fd = open(TCX_BACKPORT_DEVICE, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	ret = ioctl(fd, cmd, arg);
	return ret < 0 ? -errno : ret;
}

/* The same request with an argument of another size. */
static inline unsigned long ioctl_resized(unsigned long cmd, unsigned int size)
{
	return (cmd & ~((unsigned long)_IOC_SIZEMASK << _IOC_SIZESHIFT)) |
	       ((unsigned long)size << _IOC_SIZESHIFT);
}

/* For what is not yet to be seen in this process: the exit status of @what,
 * run in a child. A child also gives its fd of the door back.
 */
#define in_child(what) ({						\
	pid_t __pid;							\
	int __status = -1;						\
									\
	fflush(NULL);							\
	__pid = fork();							\
	if (!__pid)							\
		_exit((what) & 0xff);					\
	waitpid(__pid, &__status, 0);					\
	WIFEXITED(__status) ? WEXITSTATUS(__status) : -1;		\
})

/* @type: BPF_TCX_INGRESS or BPF_TCX_EGRESS; @relative: an fd, or an id with
 * BPF_F_ID, 0 for none; @revision: 0 for any.
 */
static inline int sys_prog_attach(int ifindex, int type, int prog_fd,
				  __u32 flags, int replace_fd, __u32 relative,
				  __u64 revision)
{
	union sys_attr attr = {};

	if (sys_door_is_ioctl()) {
		struct tcx_backport_prog_attach arg = {
			.ifindex = ifindex,
			.attach_type = type,
			.prog_fd = prog_fd,
			.flags = flags,
			.replace_prog_fd = replace_fd,
			.relative_fd = relative,
			.expected_revision = revision,
		};

		return sys_ioctl(TCX_BACKPORT_PROG_ATTACH, &arg);
	}
	attr.attach.target_ifindex = ifindex;
	attr.attach.attach_bpf_fd = prog_fd;
	attr.attach.attach_type = type;
	attr.attach.attach_flags = flags;
	attr.attach.replace_bpf_fd = replace_fd;
	attr.attach.relative = relative;
	attr.attach.expected_revision = revision;
	return sys_bpf(BPF_PROG_ATTACH, &attr, sizeof(attr));
}

/* @prog_fd 0 names no program. */
static inline int sys_prog_detach(int ifindex, int type, int prog_fd,
				  __u32 flags, __u32 relative, __u64 revision)
{
	union sys_attr attr = {};

	if (sys_door_is_ioctl()) {
		struct tcx_backport_prog_detach arg = {
			.ifindex = ifindex,
			.attach_type = type,
			.prog_fd = prog_fd,
			.flags = flags,
			.relative_fd = relative,
			.expected_revision = revision,
		};

		return sys_ioctl(TCX_BACKPORT_PROG_DETACH, &arg);
	}
	attr.attach.target_ifindex = ifindex;
	attr.attach.attach_bpf_fd = prog_fd;
	attr.attach.attach_type = type;
	attr.attach.attach_flags = flags;
	attr.attach.relative = relative;
	attr.attach.expected_revision = revision;
	return sys_bpf(BPF_PROG_DETACH, &attr, sizeof(attr));
}

/* On -ENOSPC @q is filled in too, as the kernel does. */
static inline int sys_prog_query(int ifindex, int type, struct sys_query *q)
{
	union sys_attr attr = {};
	int ret;

	if (sys_door_is_ioctl()) {
		struct tcx_backport_prog_query arg = {
			.ifindex = ifindex,
			.attach_type = type,
			.query_flags = q->query_flags,
			.attach_flags = q->attach_flags,
			.count = q->count,
			.prog_ids = (uintptr_t)q->prog_ids,
			.prog_attach_flags = (uintptr_t)q->prog_attach_flags,
			.link_ids = (uintptr_t)q->link_ids,
			.link_attach_flags = (uintptr_t)q->link_attach_flags,
		};

		ret = sys_ioctl(TCX_BACKPORT_PROG_QUERY, &arg);
		q->attach_flags = arg.attach_flags;
		q->count = arg.count;
		q->revision = arg.revision;
		return ret;
	}
	attr.query.target_ifindex = ifindex;
	attr.query.attach_type = type;
	attr.query.query_flags = q->query_flags;
	attr.query.attach_flags = q->attach_flags;
	attr.query.count = q->count;
	attr.query.prog_ids = (uintptr_t)q->prog_ids;
	attr.query.prog_attach_flags = (uintptr_t)q->prog_attach_flags;
	attr.query.link_ids = (uintptr_t)q->link_ids;
	attr.query.link_attach_flags = (uintptr_t)q->link_attach_flags;
	ret = sys_bpf(BPF_PROG_QUERY, &attr, sizeof(attr));
	q->attach_flags = attr.query.attach_flags;
	q->count = attr.query.count;
	q->revision = attr.query.revision;
	return ret;
}

/* Returns the link's fd. */
static inline int sys_link_create(int ifindex, int type, int prog_fd,
				  __u32 flags, __u32 relative, __u64 revision)
{
	union sys_attr attr = {};

	if (sys_door_is_ioctl()) {
		struct tcx_backport_link_create arg = {
			.ifindex = ifindex,
			.attach_type = type,
			.prog_fd = prog_fd,
			.flags = flags,
			.relative_fd = relative,
			.expected_revision = revision,
		};

		return sys_ioctl(TCX_BACKPORT_LINK_CREATE, &arg);
	}
	attr.link_create.prog_fd = prog_fd;
	attr.link_create.target_ifindex = ifindex;
	attr.link_create.attach_type = type;
	attr.link_create.flags = flags;
	attr.link_create.relative = relative;
	attr.link_create.expected_revision = revision;
	return sys_bpf(BPF_LINK_CREATE, &attr, sizeof(attr));
}

#endif /* TESTS_VM_SYS_H */
