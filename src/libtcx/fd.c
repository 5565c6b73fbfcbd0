// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
/*
 * Fds: which numbers they may have, and what they are.
 *
 * To BPF_OBJ_GET_INFO_BY_FD programs, maps and links are all alike: it answers
 * with whatever the fd is, and nothing in the answer says what that was. The
 * name of the file does.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include "internal.h"
#include "sys_bpf.h"

/* In a process that was started without stdin, stdout or stderr a new fd takes
 * that place. 0 means "none" in most members of bpf(2)'s attributes, and what
 * lies at 1 or 2 gets what some thread prints.
 */
int tcx__fd_above_std(int fd)
{
	int moved, err;

	if (fd < 0 || fd > STDERR_FILENO)
		return fd;
	moved = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	err = errno;
	close(fd);
	return moved < 0 ? -err : moved;
}

enum tcx__kind tcx__kind_of_name(const char *name)
{
	if (!strcmp(name, "anon_inode:bpf-prog"))
		return TCX__PROG;
	/* A link's first fd has one spelling, those got later the other. */
	if (!strcmp(name, "anon_inode:bpf_link") ||
	    !strcmp(name, "anon_inode:bpf-link"))
		return TCX__LINK;
	return TCX__OTHER;
}

enum tcx__kind tcx__kind(int fd)
{
	char path[64], name[64];
	ssize_t n;

	/* Not the process's: a thread may have fds of its own. */
	snprintf(path, sizeof(path), "/proc/thread-self/fd/%d", fd);
	n = readlink(path, name, sizeof(name) - 1);
	if (n < 0)
		return access("/proc/thread-self/fd", F_OK) ? TCX__UNKNOWN : TCX__CLOSED;
	name[n] = '\0';
	return tcx__kind_of_name(name);
}

int tcx__info(int fd, void *info, __u32 size)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	memset(info, 0, size);
	attr.info.bpf_fd = fd;
	attr.info.info_len = size;
	attr.info.info = (uintptr_t)info;
	return sys_bpf(BPF_OBJ_GET_INFO_BY_FD, &attr, sizeof(attr));
}
