/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Devices, qdiscs and network namespaces by rtnetlink: in the namespace that
 * the caller is in. A socket per request, since callers change namespace.
 * Every function returns 0, a positive ifindex, or a negative errno.
 */
#ifndef TESTS_LIB_NETNS_H
#define TESTS_LIB_NETNS_H

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

/* Requests to rtnetlink. */

struct nl_req {
	struct nlmsghdr nh;
	union {
		struct ifinfomsg ifi;
		struct tcmsg tc;
	};
	char attrs[512];
};

/* Begins a request whose fixed part has @size bytes. */
void nl_init(struct nl_req *req, int type, int flags, int size);

/* Appends an attribute. */
struct rtattr *nl_put(struct nl_req *req, int type, const void *data, int size);

/* Begins an attribute that consists of others. */
struct rtattr *nl_nest(struct nl_req *req, int type);

/* What was appended since then is in it. */
void nl_nest_end(struct nl_req *req, struct rtattr *nest);

/* Appends a string. */
void nl_put_str(struct nl_req *req, int type, const char *str);

/* Sends the request; returns the kernel's answer. */
int nl_talk(struct nl_req *req);

/* Sends the request and reads what it asks for, or an error; returns its length
 * or a negative errno.
 */
int nl_ask(struct nl_req *req, void *reply, int size);

/* What the kernel has said about the last answer beside its errno; "" if it said
 * nothing.
 */
const char *nl_message(void);

/* Devices. */

/* A device of a kind, up; @ifindex 0: let the kernel choose. */
int link_add(const char *kind, const char *name, int ifindex);

/* A dummy device, up. */
int dummy_add(const char *name);

/* @ifindex and @peer_ifindex may be 0. @flags are those of the first end: the
 * peer cannot be up before it has one.
 */
int veth_create(const char *name, int ifindex, unsigned int flags,
		const char *peer, int peer_ifindex);

/* A veth pair, down; returns the first end's ifindex. */
int veth_add(const char *name, const char *peer);

/* A device of @type IFF_TUN or IFF_TAP, and of index @ifindex unless that is 0:
 * what is written to the fd comes in there, in the context of the writer. Returns
 * the fd, with which the device goes.
 */
int tun_add(const char *name, int ifindex, short type);

/* Deletes a device. */
int link_del(int ifindex);

/* Up, with the MAC address @mac. */
int link_set_up(int ifindex, const unsigned char *mac);

/* Up, with whatever MAC address it has. */
int device_up(int ifindex);

/* Into another network namespace. */
int link_move(int ifindex, int netns_fd);

/* Devices made after this send no packets of their own, which would be counted. */
int devices_silent(void);

/* Qdiscs. */

/* Names the clsact or ingress qdisc of a device. */
void qdisc_name(struct tcmsg *tc, int ifindex);

/* @kind: "clsact" or "ingress" */
int qdisc_add(int ifindex, const char *kind);

/* Deletes whichever of the two there is. */
int qdisc_del(int ifindex);

/* Namespaces. */

/* An fd of the namespace that the caller is in. */
int netns_open(void);

/* Enters a new namespace; returns an fd of it. */
int netns_new(void);

/* Enters the namespace of that fd. */
int netns_enter(int fd);

#endif /* TESTS_LIB_NETNS_H */
