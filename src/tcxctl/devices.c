// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include <libmnl/libmnl.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>

#include "devices.h"

static int add_name(struct net_device *device, const char *name)
{
	size_t size = (device->n_names + 1) * sizeof(char *);
	char **names = realloc(device->names, size);

	if (!names)
		return -ENOMEM;
	device->names = names;
	names[device->n_names] = strdup(name);
	if (!names[device->n_names])
		return -ENOMEM;
	device->n_names++;
	return 0;
}

static int take(const struct nlmsghdr *head, void *data)
{
	const struct ifinfomsg *info = mnl_nlmsg_get_payload(head);
	struct net_devices *devices = data;
	const struct nlattr *attr, *props = NULL, *name = NULL;
	struct net_device *device;
	int err;

	device = realloc(devices->all, (devices->count + 1) * sizeof(*device));
	if (!device)
		return MNL_CB_ERROR;
	devices->all = device;
	device += devices->count++;
	memset(device, 0, sizeof(*device));
	device->ifindex = info->ifi_index;
	mnl_attr_for_each(attr, head, sizeof(*info)) {
		if (mnl_attr_get_type(attr) == IFLA_IFNAME)
			name = attr;
		else if (mnl_attr_get_type(attr) == IFLA_PROP_LIST)
			props = attr;
	}
	err = name ? add_name(device, mnl_attr_get_str(name)) : -EPROTO;
	if (props)
		mnl_attr_for_each_nested(attr, props)
			if (!err && mnl_attr_get_type(attr) == IFLA_ALT_IFNAME)
				err = add_name(device, mnl_attr_get_str(attr));
	errno = -err;
	return err ? MNL_CB_ERROR : MNL_CB_OK;
}

/* -EAGAIN: something changed during the dump. */
static int dump(struct mnl_socket *nl, struct net_devices *devices)
{
	char buf[32768];
	struct nlmsghdr *head = mnl_nlmsg_put_header(buf);
	ssize_t n;
	int ret;

	head->nlmsg_type = RTM_GETLINK;
	head->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	mnl_nlmsg_put_extra_header(head, sizeof(struct ifinfomsg));
	if (mnl_socket_sendto(nl, head, head->nlmsg_len) < 0)
		return -errno;
	do {
		n = mnl_socket_recvfrom(nl, buf, sizeof(buf));
		ret = n < 0 ? MNL_CB_ERROR :
		      mnl_cb_run(buf, n, 0, mnl_socket_get_portid(nl), take,
				 devices);
	} while (ret == MNL_CB_OK);
	if (ret == MNL_CB_STOP)
		return 0;
	return errno == EINTR ? -EAGAIN : -errno;
}

int devices_list(struct net_devices *devices)
{
	struct mnl_socket *nl;
	int err, tries;

	memset(devices, 0, sizeof(*devices));
	for (tries = 0; tries < 8; tries++) {
		nl = mnl_socket_open(NETLINK_ROUTE);
		if (!nl)
			return -errno;
		err = mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) < 0 ? -errno :
		      dump(nl, devices);
		mnl_socket_close(nl);
		if (!err)
			return 0;
		devices_free(devices);
		if (err != -EAGAIN)
			return err;
	}
	return err;
}

void devices_free(struct net_devices *devices)
{
	size_t i, j;

	for (i = 0; i < devices->count; i++) {
		for (j = 0; j < devices->all[i].n_names; j++)
			free(devices->all[i].names[j]);
		free(devices->all[i].names);
	}
	free(devices->all);
	memset(devices, 0, sizeof(*devices));
}

bool device_matches(const struct net_device *device,
		    const struct declared_list *patterns)
{
	size_t i, j;

	for (i = 0; i < patterns->count; i++)
		for (j = 0; j < device->n_names; j++)
			if (!fnmatch(patterns->texts[i], device->names[j], 0))
				return true;
	return false;
}
