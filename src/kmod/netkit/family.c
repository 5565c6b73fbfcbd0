// SPDX-License-Identifier: GPL-2.0
/*
 * The family netkit: the two ends of a pair are attach points. How programs are
 * attached there is the core's affair, the same as for tcx.
 *
 * An attach point lives as long as its device, and so does its revision. But an
 * empty one is none, natively: a query answers with revision 1, a detach is
 * refused before it is looked at.
 */
#include <linux/err.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>

#include <linux/tcx_backport.h>

#include "core/family.h"
#include "core/link.h"
#include "core/mprog.h"
#include "netkit/netkit.h"

/* Both ends are named by the primary. */
static struct net_device *netkit_fetch(struct net *net, u32 ifindex,
				       u32 attach_type)
{
	struct net_device *dev = __dev_get_by_index(net, ifindex);

	if (!dev)
		return ERR_PTR(-ENODEV);
	if (!netkit_dev_is(dev))
		return ERR_PTR(-ENXIO);
	if (!netkit_priv(dev)->primary)
		return ERR_PTR(-EACCES);
	if (attach_type == TCX_BACKPORT_NETKIT_PRIMARY)
		return dev;
	return rtnl_dereference(netkit_priv(dev)->peer) ?: ERR_PTR(-ENODEV);
}

/* Of a pair that is being removed each end is all that is known. */
static const struct net_device *netkit_named(const struct net_device *dev)
{
	const struct netkit *nk = netkit_priv(dev);

	return nk->primary ? dev : rtnl_dereference(nk->peer) ?: dev;
}

static struct tcx_mprog *netkit_mprog(struct net_device *dev, u32 attach_type)
{
	struct tcx_mprog *mprog = &netkit_priv(dev)->mprog;

	return rtnl_dereference(mprog->array) ? mprog : NULL;
}

static struct tcx_mprog *netkit_mprog_create(struct net_device *dev,
					     u32 attach_type)
{
	return &netkit_priv(dev)->mprog;
}

static const struct tcx_family netkit_family = {
	.name		= "netkit",
	.link_type	= TCX_BACKPORT_LINK_TYPE_NETKIT,
	.features	= TCX_BACKPORT_FEAT_NETKIT,
	.types		= {
		{ TCX_BACKPORT_NETKIT_PRIMARY, "primary" },
		{ TCX_BACKPORT_NETKIT_PEER, "peer" },
	},
	.fetch		= netkit_fetch,
	.named		= netkit_named,
	.mprog		= netkit_mprog,
	.mprog_create	= netkit_mprog_create,
};

void netkit_family_release(struct net_device *dev)
{
	struct netkit *nk = netkit_priv(dev);

	tcx_mprog_uninstall(&netkit_family, dev,
			    nk->primary ? TCX_BACKPORT_NETKIT_PRIMARY :
					  TCX_BACKPORT_NETKIT_PEER,
			    &nk->mprog);
}

void netkit_family_init(void)
{
	rtnl_lock();
	tcx_family_register(&netkit_family);
	rtnl_unlock();
}

/* Nothing is attached: there is no device. Links that are left are defunct. */
void netkit_family_exit(void)
{
	rtnl_lock();
	tcx_family_unregister(&netkit_family);
	rtnl_unlock();
}
