/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The requests of tcx, issued raw, through either interface: the ioctls of
 * /dev/tcx, or bpf(2) where the kernel itself knows tcx. A test written
 * against this header runs unchanged on the module and on native tcx.
 *
 * The interface is "ioctl" if /dev/tcx exists and "bpf" otherwise; TCX_INTERFACE
 * in the environment overrides that. Every function returns 0 (or an fd) or a
 * negative errno.
 */
#ifndef TESTS_LIB_SYS_H
#define TESTS_LIB_SYS_H

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/tcx_backport.h>

#include "process.h"

#define INGRESS	BPF_TCX_INGRESS
#define EGRESS	BPF_TCX_EGRESS

/* Their names, by attach type. */
extern const char *const direction[EGRESS + 1];

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

/* Do requests go through the ioctls, or through bpf(2)? */
bool sys_interface_is_ioctl(void);

/* bpf(2) itself. */
int sys_bpf(int cmd, void *attr, unsigned int size);

/* An ioctl. One fd per process: a fork inherits it, which is harmless. */
int sys_ioctl(unsigned long cmd, void *arg);

/* The same request with an argument of another size. */
unsigned long ioctl_resized(unsigned long cmd, unsigned int size);

/* @type: BPF_TCX_INGRESS or BPF_TCX_EGRESS; @relative: an fd, or an id with
 * BPF_F_ID, 0 for none; @revision: 0 for any.
 */
int sys_prog_attach(int ifindex, int type, int prog_fd, __u32 flags,
		    int replace_fd, __u32 relative, __u64 revision);

/* @prog_fd 0 names no program. */
int sys_prog_detach(int ifindex, int type, int prog_fd, __u32 flags,
		    __u32 relative, __u64 revision);

/* Fills the arrays of @q, and tells count, revision and flags. */
int sys_prog_query(int ifindex, int type, struct sys_query *q);

/* Returns the link's fd. */
int sys_link_create(int ifindex, int type, int prog_fd, __u32 flags,
		    __u32 relative, __u64 revision);

#endif /* TESTS_LIB_SYS_H */
