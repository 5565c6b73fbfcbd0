/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Devices, qdiscs and network namespaces by rtnetlink: in the namespace that
 * the caller is in. A socket per request, since callers change namespace.
 * Every function returns 0, a positive ifindex, or a negative errno.
 */
#ifndef TESTS_VM_NETNS_H
#define TESTS_VM_NETNS_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/if_link.h>
#include <linux/if_tun.h>
#include <linux/netlink.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>

struct nl_req {
	struct nlmsghdr nh;
	union {
		struct ifinfomsg ifi;
		struct tcmsg tc;
	};
	char attrs[512];
};

static inline void nl_init(struct nl_req *req, int type, int flags, int size)
{
	memset(req, 0, sizeof(*req));
	req->nh.nlmsg_len = NLMSG_LENGTH(size);
	req->nh.nlmsg_type = type;
	req->nh.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
}

static inline struct rtattr *nl_put(struct nl_req *req, int type,
				    const void *data, int size)
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

static inline struct rtattr *nl_nest(struct nl_req *req, int type)
{
	return nl_put(req, type | NLA_F_NESTED, NULL, 0);
}

static inline void nl_nest_end(struct nl_req *req, struct rtattr *nest)
{
	nest->rta_len = (char *)req + req->nh.nlmsg_len - (char *)nest;
}

static inline void nl_put_str(struct nl_req *req, int type, const char *str)
{
	nl_put(req, type, str, strlen(str) + 1);
}

static inline int nl_talk(struct nl_req *req)
{
	struct {
		struct nlmsghdr nh;
		struct nlmsgerr err;
		char rest[1024];
	} reply;
	int fd, ret = 0;

	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	if (fd < 0)
		return -errno;
	if (send(fd, req, req->nh.nlmsg_len, 0) < 0 ||
	    recv(fd, &reply, sizeof(reply), 0) < 0)
		ret = -errno;
	else if (reply.nh.nlmsg_type != NLMSG_ERROR)
		ret = -EPROTO;
	else
		ret = reply.err.error;
	close(fd);
	return ret;
}

/* @ifindex 0: let the kernel choose. */
static inline int link_add(const char *kind, const char *name, int ifindex)
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

static inline int dummy_add(const char *name)
{
	return link_add("dummy", name, 0);
}

/* @ifindex and @peer_ifindex may be 0. @flags are those of the first end: the
 * peer cannot be up before it has one.
 */
static inline int veth_create(const char *name, int ifindex, unsigned int flags,
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

static inline int veth_add(const char *name, const char *peer)
{
	return veth_create(name, 0, 0, peer, 0) ?: (int)if_nametoindex(name);
}

/* A device of @type IFF_TUN or IFF_TAP, and of index @ifindex unless that is 0:
 * what is written to the fd comes in there, in the context of the writer. Returns
 * the fd, with which the device goes.
 */
static inline int tun_add(const char *name, int ifindex, short type)
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

static inline int link_del(int ifindex)
{
	struct nl_req req;

	nl_init(&req, RTM_DELLINK, 0, sizeof(req.ifi));
	req.ifi.ifi_index = ifindex;
	return nl_talk(&req);
}

/* Up, with the MAC address @mac. */
static inline int link_set_up(int ifindex, const unsigned char *mac)
{
	struct nl_req req;

	nl_init(&req, RTM_NEWLINK, 0, sizeof(req.ifi));
	req.ifi.ifi_index = ifindex;
	req.ifi.ifi_flags = IFF_UP;
	req.ifi.ifi_change = IFF_UP;
	nl_put(&req, IFLA_ADDRESS, mac, 6);
	return nl_talk(&req);
}

static inline int link_move(int ifindex, int netns_fd)
{
	struct nl_req req;

	nl_init(&req, RTM_NEWLINK, 0, sizeof(req.ifi));
	req.ifi.ifi_index = ifindex;
	nl_put(&req, IFLA_NET_NS_FD, &netns_fd, sizeof(netns_fd));
	return nl_talk(&req);
}

static inline void qdisc_name(struct tcmsg *tc, int ifindex)
{
	tc->tcm_ifindex = ifindex;
	tc->tcm_handle = TC_H_MAKE(TC_H_CLSACT, 0);
	tc->tcm_parent = TC_H_CLSACT;	/* TC_H_INGRESS has the same value */
}

/* @kind: "clsact" or "ingress" */
static inline int qdisc_add(int ifindex, const char *kind)
{
	struct nl_req req;

	nl_init(&req, RTM_NEWQDISC, NLM_F_CREATE | NLM_F_EXCL, sizeof(req.tc));
	qdisc_name(&req.tc, ifindex);
	nl_put_str(&req, TCA_KIND, kind);
	return nl_talk(&req);
}

static inline int qdisc_del(int ifindex)
{
	struct nl_req req;

	nl_init(&req, RTM_DELQDISC, 0, sizeof(req.tc));
	qdisc_name(&req.tc, ifindex);
	return nl_talk(&req);
}

static inline int netns_open(void)
{
	int fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

/* Enters a new namespace; returns an fd of it. */
static inline int netns_new(void)
{
	return unshare(CLONE_NEWNET) ? -errno : netns_open();
}

static inline int netns_enter(int fd)
{
	return setns(fd, CLONE_NEWNET) ? -errno : 0;
}

#endif /* TESTS_VM_NETNS_H */
