// SPDX-License-Identifier: GPL-2.0
/*
 * The way of a packet through netkit. Mirrors netkit_xmit() of Linux 6.12.
 */
#include <linux/etherdevice.h>
#include <linux/netdevice.h>
#include <linux/rcupdate.h>
#include <linux/skbuff.h>
#include <net/net_namespace.h>

#include <linux/netkit_backport.h>
#include <linux/tcx_backport.h>

#include "compat/driver.h"
#include "core/run_progs.h"
#include "core/trace.h"
#include "netkit/netkit.h"

/* The kernel's, which it does not export. */
DEFINE_STATIC_CALL_NULL(netkit_do_redirect, skb_do_redirect);

/* Whether packets pass the netfilter egress hooks of the device that they are
 * sent to next, as natively. Not where tcx itself is such a hook: they would
 * pass that device's programs, too.
 */
DEFINE_STATIC_KEY_FALSE(netkit_skip_egress);

/* To another network namespace goes nothing that only means something here. */
static __always_inline void netkit_prepare_xnet(struct sk_buff *skb,
						const struct netkit *nk)
{
	ipvs_reset(skb);
	tcx_skb_clear_tstamp(skb);
	if (nk->scrub == NETKIT_BACKPORT_SCRUB_NONE)
		return;
	skb->priority = 0;
	skb->mark = 0;
}

/* eth_skb_pkt_type(), which kernels before their update of 2024 lack: to whom the
 * packet is addressed, as @dev sees it. It has been addressed to the host before.
 */
static __always_inline void netkit_pkt_type(struct sk_buff *skb,
					    const struct net_device *dev)
{
	const struct ethhdr *eth = eth_hdr(skb);

	if (likely(ether_addr_equal_64bits(eth->h_dest, dev->dev_addr)))
		return;
	if (!is_multicast_ether_addr_64bits(eth->h_dest))
		skb->pkt_type = PACKET_OTHERHOST;
	else if (ether_addr_equal_64bits(eth->h_dest, dev->broadcast))
		skb->pkt_type = PACKET_BROADCAST;
	else
		skb->pkt_type = PACKET_MULTICAST;
}

/* From here on the packet is one that @peer is about to receive.
 *
 * tc_at_ingress may be left from where tc redirected the packet in, if generic
 * XDP has sent it back. skb_do_redirect() would take it for one in the receive
 * path, accept bpf_redirect_peer(), and want the packet received once more, for
 * which there is nobody here: it would be lost, along with its sender's buffer.
 */
static __always_inline void netkit_prepare(struct sk_buff *skb,
					   const struct netkit *nk,
					   const struct net_device *dev,
					   struct net_device *peer)
{
	skb_scrub_packet(skb, false);
	skb->tc_at_ingress = 0;
	if (static_branch_likely(&netkit_skip_egress))
		tcx_skb_skip_egress(skb);
	skb_reset_mac_header(skb);
	if (!net_eq(dev_net(dev), dev_net(peer)))
		netkit_prepare_xnet(skb, nk);
	netkit_pkt_type(skb, peer);
	skb->dev = peer;
}

static __always_inline bool netkit_ready(struct sk_buff *skb,
					 const struct net_device *peer)
{
	return likely(peer && READ_ONCE(peer->flags) & IFF_UP &&
		      pskb_may_pull(skb, ETH_HLEN) &&
		      !skb_orphan_frags(skb, GFP_ATOMIC));
}

static __always_inline bool netkit_pass(struct sk_buff *skb,
					struct net_device *dev,
					struct net_device *peer,
					unsigned int len)
{
	skb_pull_inline(skb, ETH_HLEN);
	skb_postpull_rcsum(skb, eth_hdr(skb), ETH_HLEN);
	if (unlikely(tcx_netif_rx(skb) != NET_RX_SUCCESS))
		return false;
	tcx_dev_sent(dev, len);
	dev_sw_netstats_rx_add(peer, len);
	return true;
}

/* What the kernel makes of it is no longer ours: natively, too, the packet has
 * been sent. bpf_redirect_peer() is always a drop.
 */
static __always_inline void netkit_redirect(struct sk_buff *skb,
					    struct net_device *dev,
					    unsigned int len)
{
	tcx_dev_sent(dev, len);
	if (likely(tcx_redirect_possible(skb, 0)))
		static_call(netkit_do_redirect)(skb);
	else
		kfree_skb(skb);
}

/* While somebody observes, see run_progs.h. Both ends are named by the primary,
 * and the packet's device is the other end already. Of a pair that is being
 * removed that end is all that is known.
 */
static noinline u32 netkit_run_observed(const struct bpf_prog *prog,
					struct sk_buff *skb,
					struct bpf_prog *const *next)
{
	const struct netkit *nk = netkit_priv(skb->dev);

	if (nk->primary)
		return tcx_run_observed(prog, skb, next, skb->dev,
					TCX_BACKPORT_NETKIT_PEER);
	return tcx_run_observed(prog, skb, next,
				rcu_dereference(nk->peer) ?: skb->dev,
				TCX_BACKPORT_NETKIT_PRIMARY);
}

/* Several programs, or none. */
static noinline int netkit_run_array(const struct netkit *nk,
				     struct sk_buff *skb)
{
	const struct tcx_mprog_array *array = rcu_dereference(nk->mprog.array);

	return array ? tcx_run_array(array, skb, netkit_run_observed) :
		       READ_ONCE(nk->policy);
}

static __always_inline int netkit_run(const struct netkit *nk,
				      struct sk_buff *skb)
{
	const struct bpf_prog *prog = rcu_dereference(nk->mprog.only);

	return prog ? tcx_run_only(prog, skb, netkit_run_observed) :
		      netkit_run_array(nk, skb);
}

/* Called with bottom halves disabled, on which programs rely. The policy counts
 * only while nothing is attached: programs that all return "next" let the packet
 * pass.
 */
netdev_tx_t netkit_xmit(struct sk_buff *skb, struct net_device *dev)
{
	const struct netkit *nk = netkit_priv(dev);
	netdev_tx_t ret = NET_XMIT_SUCCESS;
	unsigned int len = skb->len;
	struct net_device *peer;

	rcu_read_lock();
	peer = rcu_dereference(nk->peer);
	if (unlikely(!netkit_ready(skb, peer)))
		goto drop;
	netkit_prepare(skb, nk, dev, peer);
	switch (netkit_run(nk, skb)) {
	case TCX_NEXT:
	case TCX_PASS:
		if (!netkit_pass(skb, dev, peer, len))
			goto dropped;
		break;
	case TCX_REDIRECT:
		netkit_redirect(skb, dev, len);
		break;
	default:
drop:
		kfree_skb(skb);
dropped:
		tcx_dev_tx_dropped(dev);
		ret = NET_XMIT_DROP;
	}
	rcu_read_unlock();
	return ret;
}
