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

unsigned int request_end(enum request request)
{
	if (request == LINK_CREATE && is_native() && kernel_major() >= 7)
		return ATTR_LINK_CREATE_END_7;
	return requests[request].end;
}

unsigned int attr_end(void)
{
	static unsigned int end;
	char attr[512] = {};

	if (end || !is_native())
		return end ?: ATTR_END_6_12;
	/* A byte that it does not know is too much, one that it knows wrong. */
	for (end = ATTR_END_6_12; end < sizeof(attr) - 1; end++) {
		attr[end] = 1;
		if (sys_bpf(BPF_PROG_GET_NEXT_ID, attr, end + 1) == -E2BIG)
			break;
		attr[end] = 0;
	}
	return end;
}
