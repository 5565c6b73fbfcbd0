/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Attach points: the ingress and the egress of a device.
 *
 * A front door decodes its caller's layout into the structures below and
 * calls these functions; every rule of attachment lives behind them. ABI
 * documentation: uapi/linux/tcx_backport.h.
 */
#ifndef TCX_BACKPORT_TCX_H
#define TCX_BACKPORT_TCX_H

#include <linux/capability.h>
#include <linux/types.h>

#include <linux/tcx_backport.h>

#include "mprog.h"

struct tcx_hook;

struct tcx_prog_attach {
	u32	ifindex;
	u32	attach_type;
	u32	prog_fd;
	u32	flags;
	u32	replace_fd;
	u32	relative;	/* fd, or id with BPF_F_ID */
	u64	revision;
};

struct tcx_prog_detach {
	u32	ifindex;
	u32	attach_type;
	u32	prog_fd;
	u32	flags;
	u32	relative;
	u64	revision;
};

struct tcx_prog_query {
	u32		ifindex;
	u32		attach_type;
	u32		query_flags;
	u32		attach_flags;
	u32		capacity;	/* of the caller's arrays */
	u64		prog_ids;	/* user pointers to u32, or 0 */
	u64		prog_attach_flags;
	u64		link_ids;
	u64		link_attach_flags;
};

struct tcx_prog_query_result {
	u32		count;
	u64		revision;
	u32		prog_ids[TCX_MPROG_MAX];
	u32		link_ids[TCX_MPROG_MAX];
};

struct tcx_link_create {
	u32	ifindex;
	u32	attach_type;
	u32	prog_fd;
	u32	flags;
	u32	relative;
	u64	revision;
};

#define TCX_ATTACH_FLAGS \
	(BPF_F_REPLACE | BPF_F_BEFORE | BPF_F_AFTER | BPF_F_ID | BPF_F_LINK)

/* For requests that name no program. */
static inline bool tcx_net_capable(void)
{
	return capable(CAP_NET_ADMIN) || capable(CAP_SYS_ADMIN);
}

int tcx_prog_attach(const struct tcx_prog_attach *attr);
int tcx_prog_detach(const struct tcx_prog_detach *attr);

/* Reads an attach point into @res. */
int tcx_prog_query(const struct tcx_prog_query *attr,
		   struct tcx_prog_query_result *res);

/* Writes the arrays that the caller asked for: 0, -ENOSPC or -EFAULT. Comes
 * after the caller was told count and revision, as natively.
 */
int tcx_prog_query_copy_arrays(const struct tcx_prog_query *attr,
			       const struct tcx_prog_query_result *res);

/* Returns the link's fd. Does not refuse unknown flags (link.c). */
int tcx_link_create(const struct tcx_link_create *attr);

/* Programs attached now, in all network namespaces. */
u32 tcx_progs_attached(void);

/* enum tcx_backport_hook */
u32 tcx_hook_id(void);

int tcx_init(const struct tcx_hook *hook);
/* When redirected calls are diverted, before the first request. */
void tcx_hook_open(void);
void tcx_exit(void);

#endif /* TCX_BACKPORT_TCX_H */
