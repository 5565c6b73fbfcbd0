/* SPDX-License-Identifier: GPL-2.0 */
/*
 * bpf(2) below sys.h: attributes of any size and place, also as a 32-bit
 * program passes them.
 */
#ifndef TESTS_VM_BPF_ATTR_H
#define TESTS_VM_BPF_ATTR_H

#include "memory.h"
#include "module.h"
#include "point.h"

/* What tcx shares a command with may have fields behind those of tcx: where
 * the longest variant ends in 6.12, and where all of them do.
 */
#define ATTR_ATTACH_END		32
#define ATTR_QUERY_END		64
#define ATTR_LINK_CREATE_END	60
#define ATTR_END		152

enum request { ATTACH, DETACH, QUERY, LINK_CREATE, REQUESTS };

static const struct {
	const char *name;
	int cmd;
	unsigned int least;	/* ends with the attach type */
	unsigned int end;
} requests[REQUESTS] = {
	{ "attach", BPF_PROG_ATTACH, 12, ATTR_ATTACH_END },
	{ "detach", BPF_PROG_DETACH, 12, ATTR_ATTACH_END },
	{ "query", BPF_PROG_QUERY, 8, ATTR_QUERY_END },
	{ "link create", BPF_LINK_CREATE, 12, ATTR_LINK_CREATE_END },
};

static inline union sys_attr attr_of(enum request request,
				     const struct point *p, int prog_fd)
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

static inline int attr_issue(enum request request, const struct point *p,
			     int prog_fd)
{
	union sys_attr attr = attr_of(request, p, prog_fd);

	return sys_bpf(requests[request].cmd, &attr, sizeof(attr));
}

#ifdef __x86_64__
/* bpf(2) as a 32-bit program calls it, from this 64-bit one. */
static inline int compat_bpf(unsigned long cmd, unsigned long attr,
			     unsigned long size)
{
	long ret;

	asm volatile("int $0x80"
		     : "=a"(ret)
		     : "0"(357L), "b"(cmd), "c"(attr), "d"(size)
		     : "memory", "r8", "r9", "r10", "r11");
	return (int)ret;
}
#endif

#endif /* TESTS_VM_BPF_ATTR_H */
