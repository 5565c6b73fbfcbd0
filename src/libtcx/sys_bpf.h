/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * bpf(2)'s arguments for tcx as Linux 6.6 laid them out. The library is built
 * against headers that may be older than tcx, so union bpf_attr cannot be
 * relied upon. The kernel takes the argument's size and treats what lies
 * after it as zero.
 */
#ifndef LIBTCX_SYS_BPF_H
#define LIBTCX_SYS_BPF_H

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/bpf.h>
#include <linux/types.h>

#include "internal.h"

/* BPF_PROG_ATTACH and BPF_PROG_DETACH */
struct sys_bpf_attach {
	__u32 target_ifindex;
	__u32 attach_bpf_fd;
	__u32 attach_type;
	__u32 attach_flags;
	__u32 replace_bpf_fd;
	__u32 relative;		/* relative_fd or relative_id */
	__u64 expected_revision;
};

/* BPF_PROG_QUERY */
struct sys_bpf_query {
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
};

/* BPF_LINK_CREATE */
struct sys_bpf_link_create {
	__u32 prog_fd;
	__u32 target_ifindex;
	__u32 attach_type;
	__u32 flags;
	__u32 relative;
	__u32 pad;
	__u64 expected_revision;
};

/* BPF_OBJ_GET_INFO_BY_FD of a link */
struct sys_bpf_link_info {
	__u32 type;
	__u32 id;
	__u32 prog_id;
	__u32 pad;
	__u32 ifindex;
	__u32 attach_type;
};

_Static_assert(sizeof(struct sys_bpf_link_create) == 32, "bpf(2) layout");
_Static_assert(sizeof(struct sys_bpf_link_info) == 24, "bpf(2) layout");
_Static_assert(sizeof(struct sys_bpf_attach) == 32, "bpf(2) layout");
_Static_assert(sizeof(struct sys_bpf_query) == 64, "bpf(2) layout");

static inline int sys_bpf(int cmd, void *attr, unsigned int size)
{
	long ret = syscall(__NR_bpf, cmd, attr, size);

	return ret < 0 ? -errno : (int)ret;
}

/* For commands that return an fd. */
static inline int sys_bpf_fd(int cmd, void *attr, unsigned int size)
{
	return tcx__fd_above_std(sys_bpf(cmd, attr, size));
}

#endif /* LIBTCX_SYS_BPF_H */
