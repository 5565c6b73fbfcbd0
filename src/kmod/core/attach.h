/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Attaching to an attach point and detaching from it, for requests and links.
 * Under RTNL, with whatever is named looked up before. A request that fails
 * changes nothing.
 *
 * Module: every attached program holds a reference to it.
 */
#ifndef TCX_BACKPORT_ATTACH_H
#define TCX_BACKPORT_ATTACH_H

#include <linux/filter.h>
#include <linux/types.h>

#include "core/mprog.h"

struct net_device;
struct tcx_family;

/* Whether a program can be run. What is offloaded to a device cannot be. */
static inline bool tcx_prog_fits(const struct bpf_prog *prog)
{
	return prog->type == BPF_PROG_TYPE_SCHED_CLS &&
	       !bpf_prog_is_dev_bound(prog->aux);
}

/* Add a program, or replace one, as @req says. An attachment without a link
 * takes a reference to the program of its own; one that is replaced by it leaves
 * its reference to the caller.
 */
int tcx_attach(const struct tcx_family *family, struct net_device *dev,
	       u32 attach_type, const struct tcx_mprog_req *req);

/* Remove a program as @req says. @gone tells which, and its reference, unless
 * a link holds it, is the caller's to drop.
 */
int tcx_detach(const struct tcx_family *family, struct net_device *dev,
	       u32 attach_type, const struct tcx_mprog_req *req,
	       struct tcx_mprog_tuple *gone);

/* A program has left in another way: its device dies. */
void tcx_progs_dec(void);

/* Programs attached now, of all families and in all network namespaces. */
u32 tcx_progs_attached(void);

#endif /* TCX_BACKPORT_ATTACH_H */
