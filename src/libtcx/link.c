// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
/*
 * Links: creating them goes through a backend; what they are is asked of the
 * kernel, since a link of the module is one of the kernel's own.
 */
#include <errno.h>
#include <limits.h>
#include <unistd.h>

#include "backend.h"
#include "opts.h"
#include "sys_bpf.h"

int tcx_link_create(int ifindex, __u32 attach_type, int prog_fd,
		    const struct tcx_link_create_opts *opts)
{
	struct tcx__request req = {
		.ifindex = ifindex,
		.attach_type = attach_type,
		.prog_fd = prog_fd,
	};
	struct tcx__backend backend;
	int fd, err;

	if (!opts_valid(opts, tcx_link_create_opts) ||
	    opts_get(opts, reserved, 0))
		return -EINVAL;
	err = tcx__set_relative(&req, opts_get(opts, flags, 0),
				opts_get(opts, relative_fd, 0),
				opts_get(opts, relative_id, 0));
	if (err)
		return err;
	req.expected_revision = opts_get(opts, expected_revision, 0);

	tcx__backend_begin(&backend);
	fd = backend.ops->link_create(&backend, &req);
	return tcx__backend_end(&backend, fd);
}

static int get_info(int fd, struct tcx_link_info *info)
{
	struct sys_bpf_link_info raw;
	int err;

	switch (tcx__kind(fd)) {
	case TCX__CLOSED:
		return -EBADF;
	case TCX__LINK:
	case TCX__UNKNOWN:
		break;
	default:
		return -EINVAL;
	}
	err = tcx__info(fd, &raw, sizeof(raw));
	if (err)
		return err;
	if (raw.type != BPF_LINK_TYPE_TCX &&
	    raw.type != TCX_BACKPORT_LINK_TYPE_NETKIT)
		return -EINVAL;
	opts_set(info, id, raw.id);
	opts_set(info, prog_id, raw.prog_id);
	opts_set(info, ifindex, raw.ifindex);
	opts_set(info, attach_type, raw.attach_type);
	return 0;
}

int tcx_link_info(int link_fd, struct tcx_link_info *info)
{
	if (!info || !opts_valid(info, tcx_link_info))
		return -EINVAL;
	return get_info(link_fd, info);
}

/* It may be gone by now, or be of another type: -ENOENT, -EINVAL. */
static int get_info_by_id(__u32 id, struct tcx_link_info *info)
{
	union bpf_attr attr;
	int fd, err;

	memset(&attr, 0, sizeof(attr));
	attr.link_id = id;
	fd = sys_bpf_fd(BPF_LINK_GET_FD_BY_ID, &attr, sizeof(attr));
	if (fd < 0)
		return fd;
	err = get_info(fd, info);
	close(fd);
	return err;
}

int tcx_link_next(__u32 start_id, struct tcx_link_info *info)
{
	union bpf_attr attr;
	int err;

	if (!info || !opts_valid(info, tcx_link_info))
		return -EINVAL;
	/* The kernel finds such a start invalid, since no id is above it. */
	if (start_id >= INT_MAX)
		return -ENOENT;
	memset(&attr, 0, sizeof(attr));
	attr.start_id = start_id;
	do {
		err = sys_bpf(BPF_LINK_GET_NEXT_ID, &attr, sizeof(attr));
		if (err)
			return err;
		err = get_info_by_id(attr.next_id, info);
		attr.start_id = attr.next_id;
		/* A link that is being created has an id, and says -EAGAIN. */
	} while (err == -ENOENT || err == -EINVAL || err == -EAGAIN);
	return err;
}
