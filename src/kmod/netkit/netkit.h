/* SPDX-License-Identifier: GPL-2.0 */
/*
 * netkit: a pair of devices whose transmit path runs programs. Mirrors
 * drivers/net/netkit.c of Linux 6.12; what differs stands in docs/netkit.md.
 *
 * What one end sends is handed to the programs of that end, with the other end as
 * the packet's device, and then received by the other end, redirected or dropped.
 *
 * Module: every device holds a reference to this module, from ndo_init() to
 * ndo_uninit(), both of which run under RTNL. Module exit begins when nobody
 * holds one, and takes RTNL before anything goes; what a device that is being
 * freed still needs, rtnl_link_unregister() waits for. Programs and links hold
 * tcx_backport, and what they refer to here is there as long as their device.
 */
#ifndef NETKIT_BACKPORT_NETKIT_H
#define NETKIT_BACKPORT_NETKIT_H

#include <linux/netdevice.h>
#include <linux/static_call.h>
#include <linux/static_key.h>
#include <linux/types.h>
#include <net/sch_generic.h>

#include "core/mprog.h"

/* One end of a pair. */
struct netkit {
	/* fast path, read under RCU */

	/* The other end. Set when both are registered, NULL again when either
	 * is about to be unregistered, which takes both. So a device that is
	 * found through it has a grace period left. RTNL.
	 */
	struct net_device __rcu	*peer;
	struct tcx_mprog	mprog;	/* what this end's packets run. RTNL */
	int			policy;	/* while nothing is attached. RTNL */
	u32			scrub;	/* constant */

	/* slow path */
	u32			mode;	/* constant */
	bool			primary;	/* constant */
	int			headroom;	/* asked for by this end. RTNL */
};

static inline struct netkit *netkit_priv(const struct net_device *dev)
{
	return netdev_priv(dev);
}

/* xmit.c */
DECLARE_STATIC_CALL(netkit_do_redirect, skb_do_redirect);
DECLARE_STATIC_KEY_FALSE(netkit_skip_egress);

netdev_tx_t netkit_xmit(struct sk_buff *skb, struct net_device *dev);

/* device.c */
bool netkit_dev_is(const struct net_device *dev);
void netkit_setup(struct net_device *dev);

/* family.c. Attach points are registered before there are devices, and removed
 * after them.
 */
void netkit_family_init(void);
void netkit_family_exit(void);
/* A device dies: its programs go, and its links become defunct. Under RTNL. */
void netkit_family_release(struct net_device *dev);

/* link.c */
int netkit_link_init(void);
void netkit_link_exit(void);

#endif /* NETKIT_BACKPORT_NETKIT_H */
