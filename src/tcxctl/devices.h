/* SPDX-License-Identifier: GPL-2.0 */
/* The devices of this network namespace, with all their names */
#ifndef TCXCTL_DEVICES_H
#define TCXCTL_DEVICES_H

#include <stdbool.h>
#include <stddef.h>

#include "apply/declared.h"

struct net_device {
	int ifindex;
	char **names;		/* its own, then the alternative ones */
	size_t n_names;
};

struct net_devices {
	struct net_device *all;
	size_t count;
};

int devices_list(struct net_devices *devices);	/* 0 or a negative errno */
void devices_free(struct net_devices *devices);
bool device_matches(const struct net_device *device,
		    const struct declared_list *patterns);

#endif /* TCXCTL_DEVICES_H */
