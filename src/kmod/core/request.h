/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Requests: what an interface has decoded from its caller's layout, and what
 * becomes of it. Every rule about who may ask for what stands here or below.
 * ABI documentation: uapi/linux/tcx_backport.h.
 *
 * References: what a request names is looked up before RTNL, and dropped after
 * it. These kernels may free a link inside bpf_link_put(), and releasing a link
 * takes RTNL. A look-up that failed is remembered and reported where upstream,
 * which looks up under RTNL, would do so.
 *
 * The caller holds a reference to the module.
 */
#ifndef TCX_BACKPORT_REQUEST_H
#define TCX_BACKPORT_REQUEST_H

#include <linux/capability.h>
#include <linux/types.h>

#include <linux/tcx_backport.h>

#include "core/mprog.h"

/* Attaching, detaching, and creating a link. */
struct tcx_request {
	/* filled by the interface */
	u32	ifindex;
	u32	attach_type;
	u32	prog_fd;
	u32	flags;
	u32	replace_fd;	/* attaching with BPF_F_REPLACE */
	u32	relative;	/* fd, or id with BPF_F_ID */
	u64	revision;

	/* what it names, and the reference that a change has left over */
	struct tcx_mprog_req	mprog;
	struct bpf_prog		*gone;
};

struct tcx_query {
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

struct tcx_query_result {
	u32		count;
	u64		revision;
	u32		prog_ids[TCX_MPROG_MAX];
	u32		link_ids[TCX_MPROG_MAX];
};

#define TCX_ATTACH_FLAGS \
	(BPF_F_REPLACE | BPF_F_BEFORE | BPF_F_AFTER | BPF_F_ID | BPF_F_LINK)

/* For requests that name no program. */
static inline bool tcx_net_capable(void)
{
	return capable(CAP_NET_ADMIN) || capable(CAP_SYS_ADMIN);
}

int tcx_prog_attach(struct tcx_request *req);
int tcx_prog_detach(struct tcx_request *req);

/* Reads an attach point into @res. */
int tcx_prog_query(const struct tcx_query *query, struct tcx_query_result *res);

/* Writes the arrays that the caller asked for: 0, -ENOSPC or -EFAULT. Comes
 * after the caller was told count and revision, as natively.
 */
int tcx_prog_query_copy_arrays(const struct tcx_query *query,
			       const struct tcx_query_result *res);

/* For requests that are carried out elsewhere (link.c): take references to what
 * a request names, and drop them with whatever is left over. tcx_request_prog()
 * comes first; if it fails there is nothing to drop.
 */
int tcx_request_prog(struct tcx_request *req);
void tcx_request_named(struct tcx_request *req);
void tcx_request_put(struct tcx_request *req);

#endif /* TCX_BACKPORT_REQUEST_H */
