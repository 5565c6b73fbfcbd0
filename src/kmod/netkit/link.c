// SPDX-License-Identifier: GPL-2.0
/*
 * netkit devices, to rtnetlink: creating, changing, showing and deleting a pair.
 * Checks, their order, errnos and texts are those of drivers/net/netkit.c of
 * Linux 6.12; but a request that is refused changes nothing. All under RTNL.
 */
#include <linux/capability.h>
#include <linux/err.h>
#include <linux/etherdevice.h>
#include <linux/moduleparam.h>
#include <linux/netdevice.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/string.h>
#include <net/net_namespace.h>
#include <net/rtnetlink.h>

#include <linux/netkit_backport.h>

#include "compat/driver.h"
#include "compat/rtnl.h"
#include "interface/bpf_syscall.h"
#include "netkit/attrs.h"
#include "netkit/netkit.h"

static bool netkit_need_bpf_syscall = true;
module_param_named(need_bpf_syscall, netkit_need_bpf_syscall, bool, 0644);
MODULE_PARM_DESC(need_bpf_syscall, "create devices only while bpf(2) accepts netkit: 1 (default), or 0 for users of /dev/tcx");

/* Who creates a device and finds that he cannot attach to it has nothing to fall
 * back on, as he has when there is no such kind of device.
 */
static int netkit_check_attachable(struct netlink_ext_ack *extack)
{
	if (!READ_ONCE(netkit_need_bpf_syscall) || tcx_bpf_syscall_enabled())
		return 0;
	NL_SET_ERR_MSG(extack,
		       "netkit: bpf(2) could not attach programs to this device: load tcx_backport with bpf_syscall=1 (or, for users of /dev/tcx, netkit_backport with need_bpf_syscall=0)");
	return -EOPNOTSUPP;
}

/* The network namespace for the peer, which the caller has to be capable in.
 * What has come before us has asked this of the namespaces for @dev only.
 */
static struct net *netkit_peer_net(struct net *src_net, struct nlattr *tb[],
				   struct netlink_ext_ack *extack)
{
	struct net *net = rtnl_link_get_net(src_net, tb);

	if (IS_ERR(net))
		return net;
	if (!ns_capable(net->user_ns, CAP_NET_ADMIN)) {
		put_net(net);
		NL_SET_ERR_MSG(extack,
			       "netkit: no permission to put the peer into that network namespace");
		return ERR_PTR(-EPERM);
	}
	return net;
}

static void netkit_configure(struct net_device *dev, bool primary,
			     const struct netkit_config *config)
{
	const struct netkit_end *end = primary ? &config->primary :
						 &config->peer;
	struct netkit *nk = netkit_priv(dev);

	tcx_mprog_init(&nk->mprog);
	nk->primary = primary;
	nk->policy = end->policy;
	nk->scrub = end->scrub;
	nk->mode = config->mode;
	nk->headroom = config->headroom;
	if (config->headroom)
		dev->needed_headroom = config->headroom;
	if (config->tailroom)
		dev->needed_tailroom = config->tailroom;
}

static void netkit_registered(struct net_device *dev)
{
	netif_carrier_off(dev);
	if (netkit_priv(dev)->mode == NETKIT_BACKPORT_L2)
		dev_change_flags(dev, dev->flags & ~IFF_NOARP, NULL);
}

/* @tb: the peer's attributes, or those of the device where it has none of its
 * own (@ifmp NULL).
 */
static struct net_device *netkit_new_peer(struct net *src_net,
					  struct net_device *dev,
					  const struct netkit_config *config,
					  const struct ifinfomsg *ifmp,
					  struct nlattr *tb[],
					  struct netlink_ext_ack *extack)
{
	unsigned char assign_type = NET_NAME_ENUM;
	char ifname[IFNAMSIZ] = "nk%d";
	struct net_device *peer;
	struct net *net;
	int err;

	if (ifmp && tb[IFLA_IFNAME]) {
		tcx_nla_strscpy(ifname, tb[IFLA_IFNAME], IFNAMSIZ);
		assign_type = NET_NAME_USER;
	}
	net = netkit_peer_net(src_net, tb, extack);
	if (IS_ERR(net))
		return ERR_CAST(net);
	peer = rtnl_create_link(net, ifname, assign_type, dev->rtnl_link_ops,
				tb, extack);
	if (IS_ERR(peer))
		goto out;

	tcx_dev_tso_max_inherit(peer, dev);
	if (config->mode == NETKIT_BACKPORT_L2 && !(ifmp && tb[IFLA_ADDRESS]))
		eth_hw_addr_random(peer);
	if (ifmp && dev->ifindex)
		peer->ifindex = ifmp->ifi_index;
	netkit_configure(peer, false, config);
	err = register_netdevice(peer);
	if (err < 0) {
		free_netdev(peer);
		peer = ERR_PTR(err);
	}
out:
	put_net(net);
	return peer;
}

/* The caller frees @dev if this fails. */
static int netkit_new_primary(struct net_device *dev,
			      const struct netkit_config *config,
			      struct nlattr *tb[])
{
	if (config->mode == NETKIT_BACKPORT_L2 && !tb[IFLA_ADDRESS])
		eth_hw_addr_random(dev);
	if (tb[IFLA_IFNAME])
		tcx_nla_strscpy(dev->name, tb[IFLA_IFNAME], IFNAMSIZ);
	else
		strscpy(dev->name, "nk%d", IFNAMSIZ);
	netkit_configure(dev, true, config);
	return register_netdevice(dev);
}

static int netkit_new_link(struct net *src_net, struct net_device *dev,
			   struct nlattr *tb[], struct nlattr *data[],
			   struct netlink_ext_ack *extack)
{
	struct netkit_config config = {
		.primary.policy	= NETKIT_BACKPORT_POLICY_PASS,
		.primary.scrub	= NETKIT_BACKPORT_SCRUB_DEFAULT,
		.peer.policy	= NETKIT_BACKPORT_POLICY_PASS,
		.peer.scrub	= NETKIT_BACKPORT_SCRUB_DEFAULT,
		.mode		= NETKIT_BACKPORT_L3,
	};
	struct nlattr *peer_tb[IFLA_MAX + 1], **tbp = tb;
	const struct ifinfomsg *ifmp = NULL;
	struct net_device *peer;
	int err;

	err = netkit_check_attachable(extack);
	if (err)
		return err;
	if (data) {
		err = netkit_parse(data, &config, peer_tb, extack);
		if (err)
			return err;
		if (data[NETKIT_BACKPORT_PEER_INFO]) {
			ifmp = nla_data(data[NETKIT_BACKPORT_PEER_INFO]);
			tbp = peer_tb;
		}
	}
	if (config.mode != NETKIT_BACKPORT_L2 &&
	    (tb[IFLA_ADDRESS] || tbp[IFLA_ADDRESS]))
		return -EOPNOTSUPP;
	if (data) {
		err = netkit_check_pairing(data[NETKIT_BACKPORT_PAIRING],
					   extack);
		if (err)
			return err;
	}

	peer = netkit_new_peer(src_net, dev, &config, ifmp, tbp, extack);
	if (IS_ERR(peer))
		return PTR_ERR(peer);
	netkit_registered(peer);
	err = tcx_configure_link(peer);
	if (err < 0)
		goto err_peer;
	err = netkit_new_primary(dev, &config, tb);
	if (err < 0)
		goto err_peer;
	netkit_registered(dev);

	rcu_assign_pointer(netkit_priv(dev)->peer, peer);
	rcu_assign_pointer(netkit_priv(peer)->peer, dev);
	return 0;

err_peer:
	unregister_netdevice(peer);
	return err;
}

/* Neither end is any use without the other. From here on none finds the other;
 * packets that have are waited for by unregistering.
 */
static void netkit_del_link(struct net_device *dev, struct list_head *head)
{
	struct net_device *peer = rtnl_dereference(netkit_priv(dev)->peer);

	RCU_INIT_POINTER(netkit_priv(dev)->peer, NULL);
	unregister_netdevice_queue(dev, head);
	if (peer) {
		RCU_INIT_POINTER(netkit_priv(peer)->peer, NULL);
		unregister_netdevice_queue(peer, head);
	}
}

/* Texts of attributes that came after Linux 6.12 are that release's of others. */
static int netkit_check_fixed(struct nlattr *data[],
			      struct netlink_ext_ack *extack)
{
	const struct nlattr *attr;

	attr = data[NETKIT_BACKPORT_MODE];
	if (attr) {
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "netkit link operating mode cannot be changed after device creation");
		return -EACCES;
	}
	attr = data[NETKIT_BACKPORT_SCRUB] ?: data[NETKIT_BACKPORT_PEER_SCRUB];
	if (attr) {
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "netkit scrubbing cannot be changed after device creation");
		return -EACCES;
	}
	attr = data[NETKIT_BACKPORT_PEER_INFO];
	if (attr) {
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "netkit peer info cannot be changed after device creation");
		return -EINVAL;
	}
	attr = data[NETKIT_BACKPORT_HEADROOM] ?:
	       data[NETKIT_BACKPORT_TAILROOM];
	if (attr) {
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "netkit headroom and tailroom cannot be changed after device creation");
		return -EACCES;
	}
	attr = data[NETKIT_BACKPORT_PAIRING];
	if (attr) {
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "netkit pairing cannot be changed after device creation");
		return -EACCES;
	}
	return 0;
}

static int netkit_change_link(struct net_device *dev, struct nlattr *tb[],
			      struct nlattr *data[],
			      struct netlink_ext_ack *extack)
{
	struct netkit *nk = netkit_priv(dev), *nk_peer;
	struct net_device *peer = rtnl_dereference(nk->peer);
	int policy = nk->policy, peer_policy, err;

	if (!nk->primary) {
		NL_SET_ERR_MSG(extack,
			       "netkit link settings can be changed only through the primary device");
		return -EACCES;
	}
	err = netkit_check_fixed(data, extack);
	if (err)
		return err;
	err = netkit_get_policy(data[NETKIT_BACKPORT_POLICY], &policy, extack);
	if (err)
		return err;
	if (data[NETKIT_BACKPORT_PEER_POLICY]) {
		if (!peer)
			return -EOPNOTSUPP;
		nk_peer = netkit_priv(peer);
		err = netkit_get_policy(data[NETKIT_BACKPORT_PEER_POLICY],
					&peer_policy, extack);
		if (err)
			return err;
		WRITE_ONCE(nk_peer->policy, peer_policy);
	}
	WRITE_ONCE(nk->policy, policy);
	return 0;
}

static struct net *netkit_get_link_net(const struct net_device *dev)
{
	struct net_device *peer = rtnl_dereference(netkit_priv(dev)->peer);

	return dev_net(peer ?: dev);
}

static size_t netkit_get_size(const struct net_device *dev)
{
	return nla_total_size(sizeof(u8)) +	/* NETKIT_BACKPORT_PRIMARY */
	       nla_total_size(sizeof(u32)) +	/* NETKIT_BACKPORT_POLICY */
	       nla_total_size(sizeof(u32)) +	/* ..._PEER_POLICY */
	       nla_total_size(sizeof(u32)) +	/* NETKIT_BACKPORT_MODE */
	       nla_total_size(sizeof(u32)) +	/* NETKIT_BACKPORT_SCRUB */
	       nla_total_size(sizeof(u32)) +	/* ..._PEER_SCRUB */
	       nla_total_size(sizeof(u16)) +	/* NETKIT_BACKPORT_HEADROOM */
	       nla_total_size(sizeof(u16)) +	/* NETKIT_BACKPORT_TAILROOM */
	       nla_total_size(sizeof(u32));	/* NETKIT_BACKPORT_PAIRING */
}

static int netkit_fill_info(struct sk_buff *skb, const struct net_device *dev)
{
	const struct netkit *nk = netkit_priv(dev);
	const struct net_device *peer = rtnl_dereference(nk->peer);

	if (nla_put_u8(skb, NETKIT_BACKPORT_PRIMARY, nk->primary) ||
	    nla_put_u32(skb, NETKIT_BACKPORT_POLICY, nk->policy) ||
	    nla_put_u32(skb, NETKIT_BACKPORT_MODE, nk->mode) ||
	    nla_put_u32(skb, NETKIT_BACKPORT_SCRUB, nk->scrub) ||
	    nla_put_u16(skb, NETKIT_BACKPORT_HEADROOM, dev->needed_headroom) ||
	    nla_put_u16(skb, NETKIT_BACKPORT_TAILROOM, dev->needed_tailroom) ||
	    nla_put_u32(skb, NETKIT_BACKPORT_PAIRING, NETKIT_BACKPORT_PAIR))
		return -EMSGSIZE;
	if (!peer)
		return 0;
	nk = netkit_priv(peer);
	if (nla_put_u32(skb, NETKIT_BACKPORT_PEER_POLICY, nk->policy) ||
	    nla_put_u32(skb, NETKIT_BACKPORT_PEER_SCRUB, nk->scrub))
		return -EMSGSIZE;
	return 0;
}

static struct rtnl_link_ops netkit_link_ops = {
	.kind		= "netkit",
	.priv_size	= sizeof(struct netkit),
	.setup		= netkit_setup,
	.maxtype	= NETKIT_BACKPORT_MAX,
	.policy		= netkit_attrs,
	.validate	= netkit_validate,
	.newlink	= netkit_new_link,
	.dellink	= netkit_del_link,
	.changelink	= netkit_change_link,
	.get_link_net	= netkit_get_link_net,
	.get_size	= netkit_get_size,
	.fill_info	= netkit_fill_info,
};

int netkit_link_init(void)
{
	return rtnl_link_register(&netkit_link_ops);
}

void netkit_link_exit(void)
{
	rtnl_link_unregister(&netkit_link_ops);
}
