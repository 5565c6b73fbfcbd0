// SPDX-License-Identifier: GPL-2.0
#include "bpf_attr.h"

const struct request_kind requests[REQUESTS] = {
	{ "attach", BPF_PROG_ATTACH, 12, ATTR_ATTACH_END },
	{ "detach", BPF_PROG_DETACH, 12, ATTR_ATTACH_END },
	{ "query", BPF_PROG_QUERY, 8, ATTR_QUERY_END },
	{ "link create", BPF_LINK_CREATE, 12, ATTR_LINK_CREATE_END },
};

union sys_attr attr_of(enum request request, const struct point *p, int prog_fd)
{
	union sys_attr attr = {};

	switch (request) {
	case QUERY:
		attr.query.target_ifindex = p->ifindex;
		attr.query.attach_type = p->type;
		break;
	case LINK_CREATE:
		attr.link_create.prog_fd = prog_fd;
		attr.link_create.target_ifindex = p->ifindex;
		attr.link_create.attach_type = p->type;
		break;
	default:
		attr.attach.target_ifindex = p->ifindex;
		attr.attach.attach_bpf_fd = prog_fd;
		attr.attach.attach_type = p->type;
	}
	return attr;
}

int attr_issue(enum request request, const struct point *p, int prog_fd)
{
	union sys_attr attr = attr_of(request, p, prog_fd);

	return sys_bpf(requests[request].cmd, &attr, sizeof(attr));
}
