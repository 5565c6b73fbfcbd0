/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The attach points of tcx: the ingress and the egress of a device.
 */
#ifndef TCX_BACKPORT_ENTRY_H
#define TCX_BACKPORT_ENTRY_H

#include <linux/list.h>
#include <linux/netfilter.h>
#include <linux/rcupdate.h>
#include <linux/types.h>
#include <net/sch_generic.h>

#include "compat/netdev.h"
#include "core/mprog.h"

struct tcx_hook;

/* What hook_tc.c keeps in an attach point; explained there. */
struct tcx_hook_tc {
	struct mini_Qdisc __rcu		*shadow;
	struct mini_Qdisc		miniq;
	struct tcf_proto		tp;	/* packets: its beginning */

	/* slow path */
	struct mini_Qdisc __rcu		**slot;
	struct hlist_node		node;	/* under the slot's mutex */
};

/* One attach point. Lives from the first program that its device and direction
 * get until the device dies, or the module is unloaded, whether something is
 * attached or not: for the netfilter hook's registration, which others would
 * notice if it came and went. To the outside, an empty one exists only where
 * native tcx would have kept its own (entry.c).
 *
 * All members are protected by RTNL; packets read @mprog and @hook under RCU.
 * The hook's unbind() and then kfree_rcu() end its life.
 *
 * Device: an entry in the table holds a reference to its device, so that the
 * memory that @dev and the hook point to stays whatever others do to the chain
 * of notifiers. That covers the links too: a link's dev is set only while the
 * link is in the array of that device's entry, and no entry drops its reference
 * before its links are defunct.
 */
struct tcx_entry {
	/* Fast path, one cache line with the netfilter hook and two with tc's. */
	struct tcx_mprog	mprog;
	union {
		struct nf_hook_ops	nf;	/* read by no packet */
		struct tcx_hook_tc	tc;
	} hook;

	/* slow path */
	struct net_device	*dev;
	struct tcx_dev_ref	dev_ref;
	bool			ingress;
	bool			bound;	/* in the table, known to the hook */
	const struct Qdisc	*qdisc;	/* compared, never dereferenced */
	struct hlist_node	node;	/* in the table of all entries */
	struct rcu_head		rcu;
};

/* The attach points of a device, by direction. All under RTNL; entry.c tells how
 * long one lives and when it counts.
 */
struct tcx_mprog *tcx_entry_mprog(struct net_device *dev, bool ingress);
struct tcx_mprog *tcx_entry_create(struct net_device *dev, bool ingress);
void tcx_entry_abandon(struct tcx_mprog *mprog);
int tcx_entry_first(struct tcx_mprog *mprog);
void tcx_entry_last(struct tcx_mprog *mprog);

/* A device dies, or the module goes: the end of its entries, or of all.
 * @uninstall takes off what is attached.
 */
void tcx_entries_end(struct net_device *dev,
		     void (*uninstall)(struct tcx_entry *entry));

/* Is it a qdisc that keeps native tcx's entry alive? clsact serves both
 * directions, ingress only one.
 */
bool tcx_qdisc_keeps_entry(const struct Qdisc *sch, bool ingress);

/* The one that would keep the entry of this device and direction. Under RTNL. */
struct Qdisc *tcx_entry_qdisc(struct net_device *dev, bool ingress);

void tcx_entries_init(const struct tcx_hook *hook);

#endif /* TCX_BACKPORT_ENTRY_H */
