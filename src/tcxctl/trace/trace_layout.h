/* SPDX-License-Identifier: GPL-2.0 */
/* For trace_prog.c */
#ifndef TCXCTL_TRACE_LAYOUT_H
#define TCXCTL_TRACE_LAYOUT_H

#include <stdbool.h>

#include "trace_prog.h"

enum {
	SKB_LEN, SKB_DEV, SKB_PROTOCOL, SKB_AT_INGRESS, SKB_VLAN_PROTO, SKB_VLAN_TCI,
	DEV_IFINDEX, DEV_NAME, DEV_TYPE, DEV_NET, NET_INUM,
	TASK_NET_CONTEXT, REDIRECT_TARGET,
	TRACE_FIELDS
};

struct trace_field {
	bool known;
	__u32 offset;		/* bytes */
	__u32 size;		/* bytes; of a pointer 0 */
	__u32 mask;		/* not 0: one bit of that byte */
};

struct trace_layout {
	struct trace_field field[TRACE_FIELDS];
};

#endif /* TCXCTL_TRACE_LAYOUT_H */
