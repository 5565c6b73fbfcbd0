/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The attributes of a netkit device, as requests have them. They are documented
 * in uapi/linux/netkit_backport.h.
 */
#ifndef NETKIT_BACKPORT_ATTRS_H
#define NETKIT_BACKPORT_ATTRS_H

#include <linux/netlink.h>
#include <linux/types.h>
#include <net/netlink.h>

#include <linux/netkit_backport.h>

/* What a request asks for, of the two ends and of both. */
struct netkit_end {
	int	policy;
	u32	scrub;
};

struct netkit_config {
	struct netkit_end	primary;
	struct netkit_end	peer;
	u32			mode;
	u16			headroom;
	u16			tailroom;
};

extern const struct nla_policy netkit_attrs[NETKIT_BACKPORT_MAX + 1];

/* The link-layer address of an end, if there is one. */
int netkit_validate(struct nlattr *tb[], struct nlattr *data[],
		    struct netlink_ext_ack *extack);

/* Fills in what @data has, and @peer_tb if that describes the peer. */
int netkit_parse(struct nlattr *data[], struct netkit_config *config,
		 struct nlattr *peer_tb[], struct netlink_ext_ack *extack);

/* Each leaves what it fills in alone, and returns 0, if @attr is NULL. */
int netkit_get_policy(const struct nlattr *attr, int *policy,
		      struct netlink_ext_ack *extack);
int netkit_check_pairing(const struct nlattr *attr,
			 struct netlink_ext_ack *extack);

#endif /* NETKIT_BACKPORT_ATTRS_H */
