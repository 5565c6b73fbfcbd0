/* SPDX-License-Identifier: GPL-2.0 */
/*
 * BPF links of tcx, for the attach points that they own a place in.
 */
#ifndef TCX_BACKPORT_LINK_H
#define TCX_BACKPORT_LINK_H

struct bpf_link;

/* The link's device is going: its program has left the attach point. Under
 * RTNL.
 */
void tcx_link_defunct(struct bpf_link *link);

/* For module exit: waits until no CPU is in any link's operation. */
void tcx_link_flush(void);

#endif /* TCX_BACKPORT_LINK_H */
