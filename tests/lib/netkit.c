// SPDX-License-Identifier: GPL-2.0
#include "netkit.h"

/* Of <linux/if.h>, which goes with no <net/if.h>. */
enum {
	IF_OPER_UNKNOWN, IF_OPER_NOTPRESENT, IF_OPER_DOWN,
	IF_OPER_LOWERLAYERDOWN, IF_OPER_TESTING, IF_OPER_DORMANT, IF_OPER_UP,
};

static void put_end(struct nl_req *req, const struct nk_end *end)
{
	if (end->name)
		nl_put_str(req, IFLA_IFNAME, end->name);
	if (end->mac)
		nl_put(req, IFLA_ADDRESS, end->mac, end->mac_len ?: 6);
	if (end->netns)
		nl_put(req, IFLA_NET_NS_FD, &end->netns, sizeof(end->netns));
	if (end->mtu)
		nl_put(req, IFLA_MTU, &end->mtu, sizeof(end->mtu));
	if (end->gso_max_size)
		nl_put(req, IFLA_GSO_MAX_SIZE, &end->gso_max_size,
		       sizeof(end->gso_max_size));
}

static void put_attrs(struct nl_req *req, const struct nk_attr *attr)
{
	for (; attr && attr->type; attr++)
		nl_put(req, attr->type, &attr->value, attr->size ?: 4);
}

static void put_peer(struct nl_req *req, const struct nk_new *new)
{
	struct ifinfomsg ifi = { .ifi_index = new->peer.ifindex };
	struct rtattr *nest;

	if (new->short_peer) {
		nl_put(req, NETKIT_BACKPORT_PEER_INFO, &ifi, new->short_peer);
		return;
	}
	nest = nl_put(req, NETKIT_BACKPORT_PEER_INFO | NLA_F_NESTED, &ifi,
		      sizeof(ifi));
	put_end(req, &new->peer);
	nl_nest_end(req, nest);
}

int nk_create(const struct nk_new *new)
{
	struct rtattr *info, *data;
	struct nl_req req;

	nl_init(&req, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, sizeof(req.ifi));
	req.ifi.ifi_index = new->end.ifindex;
	put_end(&req, &new->end);
	info = nl_nest(&req, IFLA_LINKINFO);
	nl_put_str(&req, IFLA_INFO_KIND, "netkit");
	if (!new->no_data) {
		data = nl_nest(&req, IFLA_INFO_DATA);
		if (!new->no_peer)
			put_peer(&req, new);
		put_attrs(&req, new->attrs);
		nl_nest_end(&req, data);
	}
	nl_nest_end(&req, info);
	return nl_talk(&req);
}

int nk_pair(const char *name, const char *peer, int peer_ns,
	    const struct nk_attr *attrs)
{
	struct nk_new new = {
		.end.name = name,
		.peer = { .name = peer, .netns = peer_ns },
	};
	int i;

	for (i = 0; attrs && attrs[i].type && i < NK_ATTRS - 1; i++)
		new.attrs[i] = attrs[i];
	return nk_create(&new);
}

int nk_change(int ifindex, const struct nk_attr *attrs, bool peer_info)
{
	struct ifinfomsg ifi = {};
	struct rtattr *info, *data;
	struct nl_req req;

	nl_init(&req, RTM_NEWLINK, 0, sizeof(req.ifi));
	req.ifi.ifi_index = ifindex;
	info = nl_nest(&req, IFLA_LINKINFO);
	nl_put_str(&req, IFLA_INFO_KIND, "netkit");
	data = nl_nest(&req, IFLA_INFO_DATA);
	if (peer_info)
		nl_put(&req, NETKIT_BACKPORT_PEER_INFO | NLA_F_NESTED, &ifi,
		       sizeof(ifi));
	put_attrs(&req, attrs);
	nl_nest_end(&req, data);
	nl_nest_end(&req, info);
	return nl_talk(&req);
}

/* The attribute of that type, or NULL. */
static struct rtattr *find(struct rtattr *rta, int len, int type)
{
	for (; RTA_OK(rta, len); rta = RTA_NEXT(rta, len))
		if ((rta->rta_type & NLA_TYPE_MASK) == type)
			return rta;
	return NULL;
}

static struct rtattr *find_in(struct rtattr *nest, int type)
{
	return nest ? find(RTA_DATA(nest), RTA_PAYLOAD(nest), type) : NULL;
}

static void show_data(struct rtattr *data, struct nk_shown *shown)
{
	int type, size;

	shown->netkit = true;
	for (type = 1; type < __NETKIT_BACKPORT_MAX; type++) {
		struct rtattr *rta = find_in(data, type);

		if (!rta)
			continue;
		size = RTA_PAYLOAD(rta);
		shown->has[type] = true;
		memcpy(&shown->value[type], RTA_DATA(rta),
		       size < 4 ? size : 4);
	}
}

static const char *operstate(unsigned int state)
{
	static const char *const names[] = {
		[IF_OPER_NOTPRESENT] = "notpresent", [IF_OPER_DOWN] = "down",
		[IF_OPER_LOWERLAYERDOWN] = "lowerlayerdown",
		[IF_OPER_TESTING] = "testing", [IF_OPER_DORMANT] = "dormant",
		[IF_OPER_UP] = "up",
	};

	return state < sizeof(names) / sizeof(names[0]) && names[state] ?
	       names[state] : "unknown";
}

static __u32 number(struct rtattr *attrs, int len, int type)
{
	struct rtattr *rta = find(attrs, len, type);

	return rta ? *(__u32 *)RTA_DATA(rta) : 0;
}

int nk_show(int ifindex, struct nk_shown *shown)
{
	struct rtattr *attrs, *rta, *kind;
	static struct {
		struct nlmsghdr nh;
		struct ifinfomsg ifi;
		char attrs[8192];
	} reply;
	struct nl_req req;
	int len;

	memset(shown, 0, sizeof(*shown));
	nl_init(&req, RTM_GETLINK, 0, sizeof(req.ifi));
	req.nh.nlmsg_flags &= ~NLM_F_ACK;
	req.ifi.ifi_index = ifindex;
	len = nl_ask(&req, &reply, sizeof(reply));
	if (len < 0)
		return len;
	attrs = (void *)&reply.ifi + NLMSG_ALIGN(sizeof(reply.ifi));
	len = reply.nh.nlmsg_len - NLMSG_LENGTH(sizeof(reply.ifi));
	shown->flags = reply.ifi.ifi_flags;
	shown->mtu = number(attrs, len, IFLA_MTU);
	shown->gso_max_size = number(attrs, len, IFLA_GSO_MAX_SIZE);
	shown->tso_max_size = number(attrs, len, IFLA_TSO_MAX_SIZE);
	rta = find(attrs, len, IFLA_OPERSTATE);
	shown->state = operstate(rta ? *(__u8 *)RTA_DATA(rta) : 0);
	rta = find(attrs, len, IFLA_ADDRESS);
	if (rta)
		memcpy(shown->mac, RTA_DATA(rta), sizeof(shown->mac));
	rta = find(attrs, len, IFLA_LINKINFO);
	kind = find_in(rta, IFLA_INFO_KIND);
	if (!kind || strcmp(RTA_DATA(kind), "netkit"))
		return 0;
	rta = find_in(rta, IFLA_INFO_DATA);
	if (rta)
		show_data(rta, shown);
	return 0;
}
