/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What supported kernels do in different ways: being the driver of a software
 * device. Its packets and its statistics.
 */
#ifndef TCX_BACKPORT_COMPAT_DRIVER_H
#define TCX_BACKPORT_COMPAT_DRIVER_H

#include <linux/errno.h>
#include <linux/netdevice.h>
#include <linux/netfilter.h>
#include <linux/skbuff.h>
#ifdef HAVE_NF_SKIP_EGRESS
#include <linux/netfilter_netdev.h>
#endif

/* Queue a packet for the receive path. Bottom halves are disabled, which is all
 * that __netif_rx() relies on.
 */
static __always_inline int tcx_netif_rx(struct sk_buff *skb)
{
#ifdef HAVE___NETIF_RX
	return __netif_rx(skb);
#else
	return netif_rx(skb);
#endif
}

/* A packet's time stamp counts in its own network namespace only, unless it is
 * the time at which a packet shall be sent, where the kernel tells it apart.
 */
static __always_inline void tcx_skb_clear_tstamp(struct sk_buff *skb)
{
#ifdef HAVE_SKB_CLEAR_TSTAMP
	skb_clear_tstamp(skb);
#else
	skb->tstamp = 0;
#endif
}

/* The next device's netfilter egress hooks let the packet pass, where there are
 * such hooks.
 */
static __always_inline void tcx_skb_skip_egress(struct sk_buff *skb)
{
#ifdef HAVE_NF_SKIP_EGRESS
	nf_skip_egress(skb, true);
#endif
}

static __always_inline void tcx_dev_sent(struct net_device *dev,
					 unsigned int len)
{
#ifdef HAVE_DEV_SW_NETSTATS_TX_ADD
	dev_sw_netstats_tx_add(dev, 1, len);
#else
	struct pcpu_sw_netstats *tstats = this_cpu_ptr(dev->tstats);

	u64_stats_update_begin(&tstats->syncp);
	tstats->tx_bytes += len;
	tstats->tx_packets++;
	u64_stats_update_end(&tstats->syncp);
#endif
}

/* The kernel adds this counter to what ndo_get_stats64() fills in. */
static inline void tcx_dev_tx_dropped(struct net_device *dev)
{
#ifdef HAVE_DEV_CORE_STATS
	dev_core_stats_tx_dropped_inc(dev);
#else
	atomic_long_inc(&dev->tx_dropped);
#endif
}

/* Such drops as others than the driver count for it. */
static inline unsigned long tcx_dev_stats_tx_dropped(struct net_device *dev)
{
#ifdef HAVE_DEV_STATS_READ
	return DEV_STATS_READ(dev, tx_dropped);
#else
	return READ_ONCE(dev->stats.tx_dropped);
#endif
}

/* dev->tstats: three functions for setup(), ndo_init() and priv_destructor().
 * Kernels that know pcpu_stat_type allocate and free it themselves, and refuse
 * a device with ndo_get_peer_dev() that does not leave it to them. The others
 * count on it until nobody can find the device any more, hence not ndo_uninit().
 */
static inline void tcx_dev_tstats_setup(struct net_device *dev)
{
#ifdef HAVE_PCPU_STAT_TYPE
	dev->pcpu_stat_type = NETDEV_PCPU_STAT_TSTATS;
#endif
}

static inline int tcx_dev_tstats_init(struct net_device *dev)
{
#ifndef HAVE_PCPU_STAT_TYPE
	dev->tstats = netdev_alloc_pcpu_stats(struct pcpu_sw_netstats);
	if (!dev->tstats)
		return -ENOMEM;
#endif
	return 0;
}

static inline void tcx_dev_tstats_free(struct net_device *dev)
{
#ifndef HAVE_PCPU_STAT_TYPE
	free_percpu(dev->tstats);
	dev->tstats = NULL;
#endif
}

/* How large a packet may be that the stack hands over for segmentation. Kernels
 * without a limit of the driver's own (before 6.0) know one of 64 KB, which a new
 * device has from the start and which an administrator can lower.
 */
static inline void tcx_dev_tso_max_setup(struct net_device *dev)
{
#ifdef HAVE_TSO_MAX
	netif_set_tso_max_size(dev, GSO_MAX_SIZE);
#endif
}

static inline void tcx_dev_tso_max_inherit(struct net_device *to,
					   const struct net_device *from)
{
#ifdef HAVE_TSO_MAX
	netif_inherit_tso_max(to, from);
#else
	to->gso_max_size = from->gso_max_size;
	to->gso_max_segs = from->gso_max_segs;
#endif
}

/* What segmentation in software can do. NETIF_F_GSO_SOFTWARE of kernels before
 * 5.11 lacks two of these, though their stacks do it.
 */
#define TCX_NETIF_F_GSO_SOFTWARE \
	(NETIF_F_ALL_TSO | NETIF_F_GSO_SCTP | \
	 NETIF_F_GSO_UDP_L4 | NETIF_F_GSO_FRAGLIST)

#endif /* TCX_BACKPORT_COMPAT_DRIVER_H */
