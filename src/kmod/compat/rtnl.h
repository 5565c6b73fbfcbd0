/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What supported kernels do in different ways: creating devices for rtnetlink.
 */
#ifndef TCX_BACKPORT_COMPAT_RTNL_H
#define TCX_BACKPORT_COMPAT_RTNL_H

#include <linux/rtnetlink.h>
#include <net/netlink.h>
#include <net/rtnetlink.h>

/* Parse the nested description of another device: a struct ifinfomsg, whose
 * length the attribute's policy has checked, and attributes.
 */
static inline int tcx_parse_ifinfomsg(struct nlattr *tb[],
				      const struct nlattr *attr,
				      struct netlink_ext_ack *extack)
{
#ifdef HAVE_RTNL_NLA_PARSE_IFINFOMSG
	return rtnl_nla_parse_ifinfomsg(tb, attr, extack);
#else
	const struct ifinfomsg *ifmp = nla_data(attr);

	/* What the function above checks, too. */
	if (ifmp->ifi_index < 0) {
		NL_SET_ERR_MSG_ATTR(extack, attr, "ifindex can't be negative");
		return -EINVAL;
	}
	return rtnl_nla_parse_ifla(tb, nla_data(attr) + sizeof(*ifmp),
				   nla_len(attr) - sizeof(*ifmp), extack);
#endif
}

/* Tell everybody of a new device; @dev keeps its flags. */
static inline int tcx_configure_link(struct net_device *dev)
{
#ifdef HAVE_RTNL_CONFIGURE_LINK_OLD
	return rtnl_configure_link(dev, NULL);
#else
	return rtnl_configure_link(dev, NULL, 0, NULL);
#endif
}

/* Copy a string attribute, shortened to @size. */
static inline void tcx_nla_strscpy(char *dst, const struct nlattr *nla,
				   size_t size)
{
#ifdef HAVE_NLA_STRSCPY
	nla_strscpy(dst, nla, size);
#else
	nla_strlcpy(dst, nla, size);
#endif
}

#endif /* TCX_BACKPORT_COMPAT_RTNL_H */
