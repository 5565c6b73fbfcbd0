/* SPDX-License-Identifier: GPL-2.0 */
/*
 * BPF links as bpf(2) knows them, and a bpffs to pin them in. Functions return
 * 0, an fd or an id, or a negative errno.
 */
#ifndef TESTS_LIB_LINK_H
#define TESTS_LIB_LINK_H

#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "counter.h"
#include "module.h"
#include "netns.h"
#include "traffic.h"

/* struct bpf_link_info as of Linux 6.12; older ones end after 48 bytes. */
struct tcx_link_info {
	__u32 type;
	__u32 id;
	__u32 prog_id;
	__u32 pad;
	__u32 ifindex;
	__u32 attach_type;
	__u8 rest[40];
};

_Static_assert(sizeof(struct tcx_link_info) == 64, "as native");
_Static_assert(offsetof(struct tcx_link_info, ifindex) == 16, "as native");

/* What a link says of itself; all ones where it says nothing. */
struct tcx_link_info tcx_link_info(int fd);

/* Gives a link another program; @flags and @old_fd as in bpf(2). */
int tcx_link_update_flags(int fd, int prog_fd, __u32 flags, int old_fd);

/* Gives a link another program, whatever it has. */
int tcx_link_update(int fd, int prog_fd);

/* Takes a link's program off. */
int tcx_link_detach(int fd);

/* Another fd of a link. */
int tcx_link_by_id(__u32 id);

/* The next id after @id; -ENOENT where there is none. */
int tcx_link_next_id(__u32 id);

/* Pins a program, map or link. */
int obj_pin(int fd, const char *path);

/* An fd of what is pinned there. */
int obj_get(const char *path);

/* All links of the host, of whatever type. */
int links_count(void);

/* Native tcx drops some references from a worker: poll, but not for ever. */
int links_settle(int want);

#define BPFFS	"/tmp/bpffs"

/* A bpffs in a mount namespace of the caller's own, so that pins of a case that
 * dies do not outlive it.
 */
int bpffs_new(void);

#endif /* TESTS_LIB_LINK_H */
