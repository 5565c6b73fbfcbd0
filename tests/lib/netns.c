// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>

#include "netns.h"
#include "process.h"

void nl_init(struct nl_req *req, int type, int flags, int size)
{
	memset(req, 0, sizeof(*req));
	req->nh.nlmsg_len = NLMSG_LENGTH(size);
	req->nh.nlmsg_type = type;
	req->nh.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
}

struct rtattr *nl_put(struct nl_req *req, int type, const void *data, int size)
{
	struct rtattr *rta = (void *)req + NLMSG_ALIGN(req->nh.nlmsg_len);

	rta->rta_type = type;
	rta->rta_len = RTA_LENGTH(size);
	if (size)
		memcpy(RTA_DATA(rta), data, size);
	req->nh.nlmsg_len = NLMSG_ALIGN(req->nh.nlmsg_len) +
			    RTA_ALIGN(rta->rta_len);
	return rta;
}

struct rtattr *nl_nest(struct nl_req *req, int type)
{
	return nl_put(req, type | NLA_F_NESTED, NULL, 0);
}

void nl_nest_end(struct nl_req *req, struct rtattr *nest)
{
	nest->rta_len = (char *)req + req->nh.nlmsg_len - (char *)nest;
}

void nl_put_str(struct nl_req *req, int type, const char *str)
{
	nl_put(req, type, str, strlen(str) + 1);
}

static char message[256];

const char *nl_message(void)
{
	return message;
}

/* The answer without the request, so that what is said about it comes next. */
static void message_read(const struct nlmsghdr *nh)
{
	const struct nlmsgerr *err = NLMSG_DATA(nh);
	struct rtattr *rta = (void *)(err + 1);
	int len = nh->nlmsg_len - NLMSG_LENGTH(sizeof(*err));

	if (!(nh->nlmsg_flags & NLM_F_ACK_TLVS))
		return;
	for (; RTA_OK(rta, len); rta = RTA_NEXT(rta, len))
		if (rta->rta_type == NLMSGERR_ATTR_MSG)
			snprintf(message, sizeof(message), "%.*s",
				 (int)RTA_PAYLOAD(rta),
				 (const char *)RTA_DATA(rta));
}

int nl_ask(struct nl_req *req, void *reply, int size)
{
	struct nlmsghdr *nh = reply;
	int fd, on = 1, ret;

	message[0] = '\0';
	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on));
	setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on));
	if (send(fd, req, req->nh.nlmsg_len, 0) < 0) {
		ret = -errno;
	} else {
		ret = recv(fd, reply, size, 0);
		if (ret < 0)
			ret = -errno;
		else if (nh->nlmsg_type == NLMSG_ERROR) {
			message_read(nh);
			ret = ((struct nlmsgerr *)NLMSG_DATA(nh))->error;
		}
	}
	close(fd);
	return ret;
}

int nl_talk(struct nl_req *req)
{
	char reply[1024] __attribute__((aligned(4)));
	int ret;

	ret = nl_ask(req, reply, sizeof(reply));
	return ret > 0 ? -EPROTO : ret;
}

int link_add(const char *kind, const char *name, int ifindex)
{
	struct nl_req req;
	struct rtattr *nest;
	int ret;

	nl_init(&req, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, sizeof(req.ifi));
	req.ifi.ifi_index = ifindex;
	req.ifi.ifi_flags = IFF_UP;
	req.ifi.ifi_change = IFF_UP;
	nl_put_str(&req, IFLA_IFNAME, name);
	nest = nl_nest(&req, IFLA_LINKINFO);
	nl_put_str(&req, IFLA_INFO_KIND, kind);
	nl_nest_end(&req, nest);
	ret = nl_talk(&req);
	return ret ?: (int)if_nametoindex(name);
}

int dummy_add(const char *name)
{
	return link_add("dummy", name, 0);
}

int veth_create(const char *name, int ifindex, unsigned int flags,
		const char *peer, int peer_ifindex)
{
	struct ifinfomsg ifi = { .ifi_index = peer_ifindex };
	struct rtattr *info, *data, *nest;
	struct nl_req req;

	nl_init(&req, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, sizeof(req.ifi));
	req.ifi.ifi_index = ifindex;
	req.ifi.ifi_flags = flags;
	req.ifi.ifi_change = flags;
	nl_put_str(&req, IFLA_IFNAME, name);
	info = nl_nest(&req, IFLA_LINKINFO);
	nl_put_str(&req, IFLA_INFO_KIND, "veth");
	data = nl_nest(&req, IFLA_INFO_DATA);
	nest = nl_put(&req, VETH_INFO_PEER | NLA_F_NESTED, &ifi, sizeof(ifi));
	nl_put_str(&req, IFLA_IFNAME, peer);
	nl_nest_end(&req, nest);
	nl_nest_end(&req, data);
	nl_nest_end(&req, info);
	return nl_talk(&req);
}

int veth_add(const char *name, const char *peer)
{
	return veth_create(name, 0, 0, peer, 0) ?: (int)if_nametoindex(name);
}

int tun_add(const char *name, int ifindex, short type)
{
	struct ifreq ifr = { .ifr_flags = type | IFF_NO_PI };
	int fd, ret;

	/* Without udev the node comes with the driver. */
	if (access("/dev/net/tun", F_OK) && system("modprobe tun"))
		return -ENODEV;
	fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return -errno;
	strcpy(ifr.ifr_name, name);
	if ((ifindex && ioctl(fd, TUNSETIFINDEX, &ifindex)) ||
	    ioctl(fd, TUNSETIFF, &ifr)) {
		ret = -errno;
		close(fd);
		return ret;
	}
	return fd;
}

int link_del(int ifindex)
{
	struct nl_req req;

	nl_init(&req, RTM_DELLINK, 0, sizeof(req.ifi));
	req.ifi.ifi_index = ifindex;
	return nl_talk(&req);
}

int link_set_up(int ifindex, const unsigned char *mac)
{
	struct nl_req req;

	nl_init(&req, RTM_NEWLINK, 0, sizeof(req.ifi));
	req.ifi.ifi_index = ifindex;
	req.ifi.ifi_flags = IFF_UP;
	req.ifi.ifi_change = IFF_UP;
	nl_put(&req, IFLA_ADDRESS, mac, 6);
	return nl_talk(&req);
}

int device_up(int ifindex)
{
	struct nl_req req;

	nl_init(&req, RTM_NEWLINK, 0, sizeof(req.ifi));
	req.ifi.ifi_index = ifindex;
	req.ifi.ifi_flags = IFF_UP;
	req.ifi.ifi_change = IFF_UP;
	return nl_talk(&req);
}

int link_move(int ifindex, int netns_fd)
{
	struct nl_req req;

	nl_init(&req, RTM_NEWLINK, 0, sizeof(req.ifi));
	req.ifi.ifi_index = ifindex;
	nl_put(&req, IFLA_NET_NS_FD, &netns_fd, sizeof(netns_fd));
	return nl_talk(&req);
}

int devices_silent(void)
{
	return file_write("/proc/sys/net/ipv6/conf/default/disable_ipv6", "1");
}

void qdisc_name(struct tcmsg *tc, int ifindex)
{
	tc->tcm_ifindex = ifindex;
	tc->tcm_handle = TC_H_MAKE(TC_H_CLSACT, 0);
	tc->tcm_parent = TC_H_CLSACT;	/* TC_H_INGRESS has the same value */
}

int qdisc_add(int ifindex, const char *kind)
{
	struct nl_req req;

	nl_init(&req, RTM_NEWQDISC, NLM_F_CREATE | NLM_F_EXCL, sizeof(req.tc));
	qdisc_name(&req.tc, ifindex);
	nl_put_str(&req, TCA_KIND, kind);
	return nl_talk(&req);
}

int qdisc_del(int ifindex)
{
	struct nl_req req;

	nl_init(&req, RTM_DELQDISC, 0, sizeof(req.tc));
	qdisc_name(&req.tc, ifindex);
	return nl_talk(&req);
}

int netns_open(void)
{
	int fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

int netns_new(void)
{
	return unshare(CLONE_NEWNET) ? -errno : netns_open();
}

int netns_enter(int fd)
{
	return setns(fd, CLONE_NEWNET) ? -errno : 0;
}
