/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What supported kernels do in different ways: references to a device. Kernels
 * that tell references apart can name who has not dropped his.
 */
#ifndef TCX_BACKPORT_COMPAT_NETDEV_H
#define TCX_BACKPORT_COMPAT_NETDEV_H

#include <linux/netdevice.h>

struct tcx_dev_ref {
#ifdef HAVE_NETDEV_HOLD
	netdevice_tracker	tracker;
#endif
};

/* May sleep. */
static inline void tcx_dev_hold(struct net_device *dev, struct tcx_dev_ref *ref)
{
#ifdef HAVE_NETDEV_HOLD
	netdev_hold(dev, &ref->tracker, GFP_KERNEL);
#else
	dev_hold(dev);
#endif
}

static inline void tcx_dev_put(struct net_device *dev, struct tcx_dev_ref *ref)
{
#ifdef HAVE_NETDEV_HOLD
	netdev_put(dev, &ref->tracker);
#else
	dev_put(dev);
#endif
}

/* Under RTNL. */
static inline bool tcx_dev_registered(const struct net_device *dev)
{
	/* Without RTNL, one kind of death becomes another, never this one. */
	return data_race(dev->reg_state) == NETREG_REGISTERED;
}

#endif /* TCX_BACKPORT_COMPAT_NETDEV_H */
