// SPDX-License-Identifier: GPL-2.0
/*
 * Devices by name. The ioctl behind if_nametoindex() finds them by their
 * alternative names as well, but has room for the short ones only; a long one
 * is asked for by rtnetlink.
 */
#include <errno.h>
#include <net/if.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include "device.h"

/* The kernel's ALTIFNAMSIZ, which it does not export. */
#define MOST 128

struct request {
	struct nlmsghdr head;
	struct ifinfomsg info;
	struct rtattr name;
	char text[MOST];
};

union answer {
	struct nlmsghdr head;
	char room[32768];	/* a device with many VFs says much */
};

/* Returns the length of what it says of the device, or 0. */
static size_t exchange(const struct request *req, union answer *answer)
{
	ssize_t n = -1;
	int fd;

	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	if (fd < 0)
		return 0;
	/* What does not fit comes later in the message than what is read. */
	if (send(fd, req, req->head.nlmsg_len, 0) >= 0)
		n = recv(fd, answer, sizeof(*answer), 0);
	close(fd);
	if (n < (ssize_t)NLMSG_LENGTH(sizeof(struct ifinfomsg)) ||
	    answer->head.nlmsg_type != RTM_NEWLINK)
		return 0;
	return n;
}

static int index_of_long(const char *name)
{
	struct request req = {
		.head.nlmsg_type = RTM_GETLINK,
		.head.nlmsg_flags = NLM_F_REQUEST,
		.name.rta_type = IFLA_ALT_IFNAME,
		.name.rta_len = RTA_LENGTH(strlen(name) + 1),
	};
	union answer answer;
	const struct ifinfomsg *info = NLMSG_DATA(&answer.head);

	strcpy(req.text, name);
	req.head.nlmsg_len = offsetof(struct request, name) +
			     RTA_ALIGN(req.name.rta_len);
	return exchange(&req, &answer) ? info->ifi_index : 0;
}

/* Returns the ifindex, or 0. */
int device_index(const char *name)
{
	if (strlen(name) < IF_NAMESIZE)
		return if_nametoindex(name);
	return strlen(name) < MOST ? index_of_long(name) : 0;
}

int device_link(int ifindex)
{
	const struct request req = {
		.head.nlmsg_type = RTM_GETLINK,
		.head.nlmsg_flags = NLM_F_REQUEST,
		.head.nlmsg_len = offsetof(struct request, name),
		.info.ifi_index = ifindex,
	};
	union answer answer;
	const struct rtattr *attr = IFLA_RTA(NLMSG_DATA(&answer.head));
	size_t n = exchange(&req, &answer);
	int left = n ? n - NLMSG_LENGTH(sizeof(struct ifinfomsg)) : 0;

	for (; RTA_OK(attr, left); attr = RTA_NEXT(attr, left))
		if (attr->rta_type == IFLA_LINK)
			return *(int *)RTA_DATA(attr);
	return 0;
}
