// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
/* Attach, detach and query: check the options, then hand the request on. */
#include <errno.h>
#include <stdint.h>

#include "backend.h"
#include "opts.h"

/* All kinds of options name a relative in the same way. */
int tcx__set_relative(struct tcx__request *req, __u32 flags, __u32 fd,
		      __u32 id)
{
	if (fd && id) {
		pr_warn("relative_fd and relative_id are both set; name the relative one way\n");
		return -EINVAL;
	}
	/* An id is never taken for an fd because a flag was forgotten. */
	req->flags = id ? flags | BPF_F_ID : flags;
	req->relative = id ? id : fd;
	return 0;
}

int tcx_prog_attach(int ifindex, __u32 attach_type, int prog_fd,
		    const struct tcx_attach_opts *opts)
{
	struct tcx__request req = {
		.ifindex = ifindex,
		.attach_type = attach_type,
		.prog_fd = prog_fd,
	};
	struct tcx__backend backend;
	int err;

	if (!opts_valid(opts, tcx_attach_opts))
		return -EINVAL;
	err = tcx__set_relative(&req, opts_get(opts, flags, 0),
				opts_get(opts, relative_fd, 0),
				opts_get(opts, relative_id, 0));
	if (err)
		return err;
	req.replace_prog_fd = opts_get(opts, replace_prog_fd, 0);
	req.expected_revision = opts_get(opts, expected_revision, 0);

	tcx__backend_begin(&backend);
	err = backend.ops->attach(&backend, &req);
	return tcx__backend_end(&backend, err);
}

int tcx_prog_detach(int ifindex, __u32 attach_type, int prog_fd,
		    const struct tcx_detach_opts *opts)
{
	struct tcx__request req = {
		.ifindex = ifindex,
		.attach_type = attach_type,
		.prog_fd = prog_fd,
	};
	struct tcx__backend backend;
	int err;

	if (!opts_valid(opts, tcx_detach_opts) || opts_get(opts, reserved, 0))
		return -EINVAL;
	err = tcx__set_relative(&req, opts_get(opts, flags, 0),
				opts_get(opts, relative_fd, 0),
				opts_get(opts, relative_id, 0));
	if (err)
		return err;
	req.expected_revision = opts_get(opts, expected_revision, 0);
	/* To the kernel that is no program, and it takes off another one. */
	if (!prog_fd && tcx__kind(0) == TCX__PROG) {
		pr_warn("fd 0 is a BPF program, but as prog_fd 0 stands for none; move it up with fcntl(0, F_DUPFD_CLOEXEC, 3)\n");
		return -EINVAL;
	}

	tcx__backend_begin(&backend);
	err = backend.ops->detach(&backend, &req);
	return tcx__backend_end(&backend, err);
}

int tcx_prog_query(int ifindex, __u32 attach_type, struct tcx_query_opts *opts)
{
	struct tcx__query query = {
		.ifindex = ifindex,
		.attach_type = attach_type,
	};
	struct tcx__backend backend;
	int err;

	if (!opts || !opts_valid(opts, tcx_query_opts) ||
	    opts_get(opts, reserved, 0))
		return -EINVAL;
	query.count = opts_get(opts, count, 0);
	query.prog_ids = (uintptr_t)opts_get(opts, prog_ids, NULL);
	query.prog_attach_flags =
		(uintptr_t)opts_get(opts, prog_attach_flags, NULL);
	query.link_ids = (uintptr_t)opts_get(opts, link_ids, NULL);
	query.link_attach_flags =
		(uintptr_t)opts_get(opts, link_attach_flags, NULL);

	tcx__backend_begin(&backend);
	err = backend.ops->query(&backend, &query);
	err = tcx__backend_end(&backend, err);
	if (!err || err == -ENOSPC) {
		opts_set(opts, count, query.count);
		opts_set(opts, revision, query.revision);
	}
	return err;
}
