// SPDX-License-Identifier: GPL-2.0
#include "abuse.h"

static const unsigned long ioctls[REQUESTS] = {
	[ATTACH] = TCX_BACKPORT_PROG_ATTACH,
	[DETACH] = TCX_BACKPORT_PROG_DETACH,
	[QUERY] = TCX_BACKPORT_PROG_QUERY,
	[LINK_CREATE] = TCX_BACKPORT_LINK_CREATE,
};

struct ask ask_of(const struct point *p, int prog_fd)
{
	return (struct ask){
		.ifindex = p->ifindex, .type = p->type, .prog_fd = prog_fd,
	};
}

/* Writes the request as its interface wants it; returns how long it is. */
static unsigned int ask_ioctl(enum request request, const struct ask *ask,
			      void *at)
{
	const struct tcx_backport_prog_attach attach = {
		.ifindex = ask->ifindex,
		.attach_type = ask->type,
		.prog_fd = ask->prog_fd,
		.flags = ask->flags,
		.replace_prog_fd = ask->replace_fd,
		.relative_fd = ask->relative,
	};
	const struct tcx_backport_prog_query query = {
		.ifindex = ask->ifindex,
		.attach_type = ask->type,
		.count = ask->count,
		.prog_ids = (uintptr_t)ask->prog_ids,
		.prog_attach_flags = (uintptr_t)ask->prog_flags,
		.link_ids = (uintptr_t)ask->link_ids,
		.link_attach_flags = (uintptr_t)ask->link_flags,
	};
	/* That of a detach is the same. */
	const struct tcx_backport_link_create link = {
		.ifindex = ask->ifindex,
		.attach_type = ask->type,
		.prog_fd = ask->prog_fd,
		.flags = ask->flags,
		.relative_fd = ask->relative,
	};

	switch (request) {
	case ATTACH:
		memcpy(at, &attach, sizeof(attach));
		return sizeof(attach);
	case QUERY:
		memcpy(at, &query, sizeof(query));
		return sizeof(query);
	default:
		memcpy(at, &link, sizeof(link));
		return sizeof(link);
	}
}

static unsigned int ask_bpf(enum request request, const struct ask *ask,
			    void *at)
{
	const struct point p = { ask->ifindex, ask->type };
	union sys_attr attr = attr_of(request, &p, ask->prog_fd);

	switch (request) {
	case QUERY:
		attr.query.count = ask->count;
		attr.query.prog_ids = (uintptr_t)ask->prog_ids;
		attr.query.prog_attach_flags = (uintptr_t)ask->prog_flags;
		attr.query.link_ids = (uintptr_t)ask->link_ids;
		attr.query.link_attach_flags = (uintptr_t)ask->link_flags;
		memcpy(at, &attr, sizeof(attr.query));
		return sizeof(attr.query);
	case LINK_CREATE:
		attr.link_create.flags = ask->flags;
		attr.link_create.relative = ask->relative;
		memcpy(at, &attr, sizeof(attr.link_create));
		return sizeof(attr.link_create);
	default:
		attr.attach.attach_flags = ask->flags;
		attr.attach.replace_bpf_fd = ask->replace_fd;
		attr.attach.relative = ask->relative;
		memcpy(at, &attr, sizeof(attr.attach));
		return sizeof(attr.attach);
	}
}

unsigned int ask_write(enum request request, const struct ask *ask, void *at)
{
	return sys_interface_is_ioctl() ? ask_ioctl(request, ask, at) :
					  ask_bpf(request, ask, at);
}

int node_open(void)
{
	return sys_interface_is_ioctl() ?
	       open(TCX_BACKPORT_DEVICE, O_RDWR | O_CLOEXEC) : -1;
}

int issue(int node, enum request request, void *at, unsigned int size)
{
	int ret;

	if (!sys_interface_is_ioctl())
		return sys_bpf(requests[request].cmd, at, size);
	ret = ioctl(node, ioctl_resized(ioctls[request], size), at);
	return ret < 0 ? -errno : ret;
}

int ask(int node, enum request request, const struct ask *what)
{
	char at[256] = {};
	unsigned int size = ask_write(request, what, at);

	return issue(node, request, at, size);
}

unsigned int step(unsigned int *state)
{
	*state = *state * 1664525 + 1013904223;
	return *state >> 16;
}
