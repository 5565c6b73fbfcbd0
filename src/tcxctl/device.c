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

static int ask(int fd, const char *name)
{
	struct request req = {
		.head.nlmsg_type = RTM_GETLINK,
		.head.nlmsg_flags = NLM_F_REQUEST,
		.name.rta_type = IFLA_ALT_IFNAME,
		.name.rta_len = RTA_LENGTH(strlen(name) + 1),
	};
	union {
		struct nlmsghdr head;
		char room[32768];	/* a device with many VFs says much */
	} answer;
	const struct ifinfomsg *info = NLMSG_DATA(&answer.head);
	ssize_t n;

	strcpy(req.text, name);
	req.head.nlmsg_len = offsetof(struct request, name) +
			     RTA_ALIGN(req.name.rta_len);
	if (send(fd, &req, req.head.nlmsg_len, 0) < 0)
		return 0;
	/* What does not fit comes later in the message than what is read. */
	n = recv(fd, &answer, sizeof(answer), 0);
	if (n < (ssize_t)NLMSG_LENGTH(sizeof(*info)) ||
	    answer.head.nlmsg_type != RTM_NEWLINK)
		return 0;
	return info->ifi_index;
}

/* Returns the ifindex, or 0. */
int device_index(const char *name)
{
	int fd, index;

	if (strlen(name) < IF_NAMESIZE)
		return if_nametoindex(name);
	if (strlen(name) >= MOST)
		return 0;
	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	if (fd < 0)
		return 0;
	index = ask(fd, name);
	close(fd);
	return index;
}
