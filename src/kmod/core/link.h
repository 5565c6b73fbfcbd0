/* SPDX-License-Identifier: GPL-2.0 */
/*
 * BPF links: ownership of a place in an attach point.
 */
#ifndef TCX_BACKPORT_LINK_H
#define TCX_BACKPORT_LINK_H

#include <linux/types.h>

struct net_device;
struct tcx_family;
struct tcx_mprog;
struct tcx_request;

/* Returns the link's fd. Does not refuse unknown flags (link.c). */
int tcx_link_create(struct tcx_request *req);

/* For a family whose device is dying: everything that is attached goes, and
 * links become defunct. Under RTNL.
 */
void tcx_mprog_uninstall(const struct tcx_family *family,
			 struct net_device *dev, u32 attach_type,
			 struct tcx_mprog *mprog);

/* For module exit: waits until no CPU is in any link's operation. */
void tcx_link_flush(void);

#endif /* TCX_BACKPORT_LINK_H */
