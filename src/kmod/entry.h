/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Attach points from the inside: for tcx.c, links and hooks.
 */
#ifndef TCX_BACKPORT_ENTRY_H
#define TCX_BACKPORT_ENTRY_H

#include <linux/filter.h>
#include <linux/list.h>
#include <linux/netfilter.h>
#include <linux/rcupdate.h>
#include <linux/types.h>
#include <net/sch_generic.h>

#include "compat/netdev.h"
#include "mprog.h"

/* What hook_tc.c keeps in an attach point; explained there. */
struct tcx_hook_tc {
	struct mini_Qdisc		miniq;
	struct tcf_proto		tp;
	struct mini_Qdisc __rcu		*shadow;
	struct mini_Qdisc __rcu		**slot;
	struct hlist_node		node;	/* under the slot's mutex */
};

/* One attach point. Lives from the first program that its device and direction
 * get until the device dies, or the module is unloaded, whether something is
 * attached or not: for the netfilter hook's registration, which others would
 * notice if it came and went. To the outside, an empty one exists only where
 * native tcx would have kept its own (tcx_entry_fetch() in tcx.c).
 *
 * All members are protected by RTNL; packets read @mprog.array under RCU. The
 * hook's unbind() and then kfree_rcu() end its life.
 *
 * Device: an entry in the table holds a reference to its device, so that the
 * memory that @dev and the hook point to stays whatever others do to the chain
 * of notifiers. That covers the links too: a link's dev is set only while the
 * link is in the array of that device's entry, and no entry drops its reference
 * before its links are defunct.
 */
struct tcx_entry {
	struct tcx_mprog	mprog;	/* fast path: its array */

	/* slow path */
	struct net_device	*dev;
	struct tcx_dev_ref	dev_ref;
	bool			ingress;
	bool			bound;	/* in the table, known to the hook */
	const struct Qdisc	*qdisc;	/* compared, never dereferenced */
	union {
		struct nf_hook_ops	nf;
		struct tcx_hook_tc	tc;
	} hook;
	struct hlist_node	node;	/* in the table of all entries */
	struct rcu_head		rcu;
};

bool tcx_attach_type_valid(u32 attach_type);

/* Whether tcx can run the program. What is offloaded to a device cannot be. */
static inline bool tcx_prog_fits(const struct bpf_prog *prog)
{
	return prog->type == BPF_PROG_TYPE_SCHED_CLS &&
	       !bpf_prog_is_dev_bound(prog->aux);
}

/* The qdisc that would keep native tcx's entry of this device and direction
 * alive: clsact serves both directions, ingress only one. Under RTNL.
 */
struct Qdisc *tcx_entry_qdisc(struct net_device *dev, bool ingress);

/* Add a program to an attach point, or replace one, as @req says. On success
 * the attach point has taken over the reference to the program, unless a link
 * holds it. Under RTNL.
 */
int tcx_entry_attach(struct net_device *dev, bool ingress,
		     const struct tcx_mprog_req *req);

/* Remove a program as @req says. @gone tells which, and its reference, unless
 * a link holds it, is the caller's to drop. Under RTNL.
 */
int tcx_entry_detach(struct net_device *dev, bool ingress,
		     const struct tcx_mprog_req *req,
		     struct tcx_mprog_tuple *gone);

/* Find what a request names as its relative and take a reference to it, or
 * remember why that failed. Not under RTNL. @any_type: a detach that names no
 * program accepts relatives of every type, though it will not find them
 * attached.
 */
void tcx_relative_get(struct tcx_mprog_req *req, u32 id_or_fd, bool any_type);
void tcx_relative_put(struct tcx_mprog_req *req);

#endif /* TCX_BACKPORT_ENTRY_H */
