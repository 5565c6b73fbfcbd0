// SPDX-License-Identifier: GPL-2.0
/*
 * Reading the attributes of a netkit device. Checks, their order, errnos and texts
 * are those of drivers/net/netkit.c of Linux 6.12, but for the bound of headroom
 * and tailroom: with 64 KB of it, neigh_resolve_output() writes 4 GB beyond the
 * packet.
 */
#include <linux/errno.h>
#include <linux/etherdevice.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/netlink.h>

#include "compat/rtnl.h"
#include "netkit/attrs.h"

const struct nla_policy netkit_attrs[NETKIT_BACKPORT_MAX + 1] = {
	[NETKIT_BACKPORT_PEER_INFO]	= { .len = sizeof(struct ifinfomsg) },
	[NETKIT_BACKPORT_PRIMARY]	= {
		.type = NLA_REJECT,
		.reject_message = "Primary attribute is read-only",
	},
	[NETKIT_BACKPORT_POLICY]	= { .type = NLA_U32 },
	[NETKIT_BACKPORT_PEER_POLICY]	= { .type = NLA_U32 },
	[NETKIT_BACKPORT_MODE]		= { .type = NLA_U32 },
	[NETKIT_BACKPORT_SCRUB]		=
		NLA_POLICY_MAX(NLA_U32, NETKIT_BACKPORT_SCRUB_DEFAULT),
	[NETKIT_BACKPORT_PEER_SCRUB]	=
		NLA_POLICY_MAX(NLA_U32, NETKIT_BACKPORT_SCRUB_DEFAULT),
	[NETKIT_BACKPORT_HEADROOM]	=
		NLA_POLICY_MAX(NLA_U16, NETKIT_BACKPORT_ROOM_MAX),
	[NETKIT_BACKPORT_TAILROOM]	=
		NLA_POLICY_MAX(NLA_U16, NETKIT_BACKPORT_ROOM_MAX),
	[NETKIT_BACKPORT_PAIRING]	=
		NLA_POLICY_MAX(NLA_U32, NETKIT_BACKPORT_SINGLE),
};

int netkit_get_policy(const struct nlattr *attr, int *policy,
		      struct netlink_ext_ack *extack)
{
	u32 value;

	if (!attr)
		return 0;
	value = nla_get_u32(attr);
	if (value != NETKIT_BACKPORT_POLICY_PASS &&
	    value != NETKIT_BACKPORT_POLICY_DROP) {
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "Provided default xmit policy not supported");
		return -EINVAL;
	}
	*policy = value;
	return 0;
}

static int netkit_get_mode(const struct nlattr *attr, u32 *mode,
			   struct netlink_ext_ack *extack)
{
	u32 value;

	if (!attr)
		return 0;
	value = nla_get_u32(attr);
	if (value != NETKIT_BACKPORT_L2 && value != NETKIT_BACKPORT_L3) {
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "Provided device mode can only be L2 or L3");
		return -EINVAL;
	}
	*mode = value;
	return 0;
}

int netkit_check_pairing(const struct nlattr *attr,
			 struct netlink_ext_ack *extack)
{
	if (!attr || nla_get_u32(attr) == NETKIT_BACKPORT_PAIR)
		return 0;
	NL_SET_ERR_MSG_ATTR(extack, attr,
			    "netkit_backport makes pairs only: a single device drops every packet without queue leasing, which this kernel lacks");
	return -EOPNOTSUPP;
}

int netkit_validate(struct nlattr *tb[], struct nlattr *data[],
		    struct netlink_ext_ack *extack)
{
	const struct nlattr *attr = tb[IFLA_ADDRESS];

	if (!attr)
		return 0;
	if (nla_len(attr) != ETH_ALEN)
		return -EINVAL;
	if (!is_valid_ether_addr(nla_data(attr)))
		return -EADDRNOTAVAIL;
	return 0;
}

static int netkit_parse_peer(const struct nlattr *attr,
			     struct nlattr *peer_tb[],
			     struct netlink_ext_ack *extack)
{
	int err;

	err = tcx_parse_ifinfomsg(peer_tb, attr, extack);
	if (err < 0)
		return err;
	return netkit_validate(peer_tb, NULL, extack);
}

int netkit_parse(struct nlattr *data[], struct netkit_config *config,
		 struct nlattr *peer_tb[],
		 struct netlink_ext_ack *extack)
{
	const struct nlattr *attr;
	int err;

	err = netkit_get_mode(data[NETKIT_BACKPORT_MODE], &config->mode,
			      extack);
	if (err)
		return err;
	attr = data[NETKIT_BACKPORT_PEER_INFO];
	if (attr) {
		err = netkit_parse_peer(attr, peer_tb, extack);
		if (err)
			return err;
	}
	attr = data[NETKIT_BACKPORT_SCRUB];
	if (attr)
		config->primary.scrub = nla_get_u32(attr);
	attr = data[NETKIT_BACKPORT_PEER_SCRUB];
	if (attr)
		config->peer.scrub = nla_get_u32(attr);
	err = netkit_get_policy(data[NETKIT_BACKPORT_POLICY],
				&config->primary.policy, extack);
	if (err)
		return err;
	err = netkit_get_policy(data[NETKIT_BACKPORT_PEER_POLICY],
				&config->peer.policy, extack);
	if (err)
		return err;
	attr = data[NETKIT_BACKPORT_HEADROOM];
	if (attr)
		config->headroom = nla_get_u16(attr);
	attr = data[NETKIT_BACKPORT_TAILROOM];
	if (attr)
		config->tailroom = nla_get_u16(attr);
	return 0;
}
