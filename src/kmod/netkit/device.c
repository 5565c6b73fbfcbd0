// SPDX-License-Identifier: GPL-2.0
/*
 * A netkit device, to the kernel: what it can do and how it lives.
 */
#include <linux/errno.h>
#include <linux/etherdevice.h>
#include <linux/ethtool.h>
#include <linux/lockdep.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <linux/string.h>

#include <linux/netkit_backport.h>

#include "compat/driver.h"
#include "netkit/netkit.h"

/* A device that meets a module on its way out is one of a kind that is not
 * there.
 */
static int netkit_init(struct net_device *dev)
{
	int err;

	if (!try_module_get(THIS_MODULE))
		return -EOPNOTSUPP;
	err = tcx_dev_tstats_init(dev);
	if (err) {
		module_put(THIS_MODULE);
		return err;
	}
	netdev_lockdep_set_classes(dev);
	return 0;
}

/* Nobody finds the device any more, and packets have left it. */
static void netkit_uninit(struct net_device *dev)
{
	netkit_family_release(dev);
	module_put(THIS_MODULE);
}

/* The last that is called of a device. The kernel counts those that have yet to
 * come here, which module exit waits for.
 */
static void netkit_destructor(struct net_device *dev)
{
	tcx_dev_tstats_free(dev);
}

static int netkit_open(struct net_device *dev)
{
	struct net_device *peer = rtnl_dereference(netkit_priv(dev)->peer);

	if (!peer)
		return -ENOTCONN;
	if (peer->flags & IFF_UP) {
		netif_carrier_on(dev);
		netif_carrier_on(peer);
	}
	return 0;
}

static int netkit_stop(struct net_device *dev)
{
	struct net_device *peer = rtnl_dereference(netkit_priv(dev)->peer);

	netif_carrier_off(dev);
	if (peer)
		netif_carrier_off(peer);
	return 0;
}

/* There, so that an administrator can join multicast groups; all packets that are
 * sent to the device are received.
 */
static void netkit_set_rx_mode(struct net_device *dev)
{
}

/* In L3 mode there are no addresses. */
static int netkit_set_mac_address(struct net_device *dev, void *addr)
{
	if (netkit_priv(dev)->mode != NETKIT_BACKPORT_L2)
		return -EOPNOTSUPP;
	return eth_mac_addr(dev, addr);
}

/* A packet comes out at the other end, so that both ask their senders for what
 * either needs. Negative: back to the default. With a tunnel over one end and a
 * bridge over both, @headroom grows each time that it is asked for.
 */
static void netkit_set_rx_headroom(struct net_device *dev, int headroom)
{
	struct netkit *nk = netkit_priv(dev);
	struct net_device *peer;

	if (headroom < 0)
		headroom = NET_SKB_PAD;
	headroom = min(headroom, NETKIT_BACKPORT_ROOM_MAX);
	rcu_read_lock();
	peer = rcu_dereference(nk->peer);
	if (likely(peer)) {
		nk->headroom = headroom;
		headroom = max(headroom, netkit_priv(peer)->headroom);
		peer->needed_headroom = headroom;
		dev->needed_headroom = headroom;
	}
	rcu_read_unlock();
}

static int netkit_get_iflink(const struct net_device *dev)
{
	const struct net_device *peer;
	int iflink = 0;

	rcu_read_lock();
	peer = rcu_dereference(netkit_priv(dev)->peer);
	if (peer)
		iflink = READ_ONCE(peer->ifindex);
	rcu_read_unlock();
	return iflink;
}

/* bpf_redirect_peer() leads to. Under RCU. */
static struct net_device *netkit_get_peer_dev(struct net_device *dev)
{
	return rcu_dereference(netkit_priv(dev)->peer);
}

static void netkit_get_stats64(struct net_device *dev,
			       struct rtnl_link_stats64 *stats)
{
	dev_fetch_sw_netstats(stats, dev->tstats);
	stats->tx_dropped = tcx_dev_stats_tx_dropped(dev);
}

static const struct net_device_ops netkit_netdev_ops = {
	.ndo_init		= netkit_init,
	.ndo_uninit		= netkit_uninit,
	.ndo_open		= netkit_open,
	.ndo_stop		= netkit_stop,
	.ndo_start_xmit		= netkit_xmit,
	.ndo_features_check	= passthru_features_check,
	.ndo_set_rx_mode	= netkit_set_rx_mode,
	.ndo_set_rx_headroom	= netkit_set_rx_headroom,
	.ndo_set_mac_address	= netkit_set_mac_address,
	.ndo_get_iflink		= netkit_get_iflink,
	.ndo_get_peer_dev	= netkit_get_peer_dev,
	.ndo_get_stats64	= netkit_get_stats64,
};

bool netkit_dev_is(const struct net_device *dev)
{
	return dev->netdev_ops == &netkit_netdev_ops;
}

/* The name that users know, whatever the module's. */
static void netkit_get_drvinfo(struct net_device *dev,
			       struct ethtool_drvinfo *info)
{
	strscpy(info->driver, "netkit", sizeof(info->driver));
}

static const struct ethtool_ops netkit_ethtool_ops = {
	.get_drvinfo	= netkit_get_drvinfo,
};

#define NETKIT_FEATURES_VLAN \
	(NETIF_F_HW_VLAN_CTAG_TX | NETIF_F_HW_VLAN_CTAG_RX | \
	 NETIF_F_HW_VLAN_STAG_TX | NETIF_F_HW_VLAN_STAG_RX)

#define NETKIT_FEATURES \
	(NETKIT_FEATURES_VLAN | NETIF_F_SG | NETIF_F_FRAGLIST | \
	 NETIF_F_HW_CSUM | NETIF_F_RXCSUM | NETIF_F_SCTP_CRC | \
	 NETIF_F_HIGHDMA | TCX_NETIF_F_GSO_SOFTWARE | NETIF_F_GSO_ENCAP_ALL)

void netkit_setup(struct net_device *dev)
{
	ether_setup(dev);
	dev->max_mtu = ETH_MAX_MTU;
	tcx_dev_tstats_setup(dev);

	dev->flags |= IFF_NOARP;
	dev->priv_flags &= ~IFF_TX_SKB_SHARING;
	dev->priv_flags |= IFF_LIVE_ADDR_CHANGE | IFF_PHONY_HEADROOM |
			   IFF_NO_QUEUE | IFF_DISABLE_NETPOLL;

	dev->netdev_ops = &netkit_netdev_ops;
	dev->ethtool_ops = &netkit_ethtool_ops;

	dev->features |= NETKIT_FEATURES | NETIF_F_LLTX;
	dev->hw_features = NETKIT_FEATURES;
	dev->hw_enc_features = NETKIT_FEATURES;
	dev->mpls_features = NETIF_F_HW_CSUM | TCX_NETIF_F_GSO_SOFTWARE;
	dev->vlan_features = NETKIT_FEATURES & ~NETKIT_FEATURES_VLAN;
	tcx_dev_tso_max_setup(dev);

	dev->needs_free_netdev = true;
	dev->priv_destructor = netkit_destructor;
}
