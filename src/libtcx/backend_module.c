// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
/* Requests to the tcx_backport module, through its device. */
#include "backend.h"
#include "module.h"

static int module_attach(const struct tcx__backend *backend,
			 const struct tcx__request *req)
{
	struct tcx_backport_prog_attach arg = {
		.ifindex = req->ifindex,
		.attach_type = req->attach_type,
		.prog_fd = req->prog_fd,
		.flags = req->flags,
		.replace_prog_fd = req->replace_prog_fd,
		.relative_fd = req->relative,
		.expected_revision = req->expected_revision,
	};

	return tcx__module_ioctl(backend->fd, TCX_BACKPORT_PROG_ATTACH, &arg);
}

static int module_detach(const struct tcx__backend *backend,
			 const struct tcx__request *req)
{
	struct tcx_backport_prog_detach arg = {
		.ifindex = req->ifindex,
		.attach_type = req->attach_type,
		.prog_fd = req->prog_fd,
		.flags = req->flags,
		.relative_fd = req->relative,
		.expected_revision = req->expected_revision,
	};

	return tcx__module_ioctl(backend->fd, TCX_BACKPORT_PROG_DETACH, &arg);
}

static int module_link_create(const struct tcx__backend *backend,
			      const struct tcx__request *req)
{
	struct tcx_backport_link_create arg = {
		.ifindex = req->ifindex,
		.attach_type = req->attach_type,
		.prog_fd = req->prog_fd,
		.flags = req->flags,
		.relative_fd = req->relative,
		.expected_revision = req->expected_revision,
	};

	return tcx__fd_above_std(tcx__module_ioctl(backend->fd,
						   TCX_BACKPORT_LINK_CREATE,
						   &arg));
}

static int module_query(const struct tcx__backend *backend,
			struct tcx__query *query)
{
	struct tcx_backport_prog_query arg = {
		.ifindex = query->ifindex,
		.attach_type = query->attach_type,
		.count = query->count,
		.prog_ids = query->prog_ids,
		.prog_attach_flags = query->prog_attach_flags,
		.link_ids = query->link_ids,
		.link_attach_flags = query->link_attach_flags,
	};
	int err;

	err = tcx__module_ioctl(backend->fd, TCX_BACKPORT_PROG_QUERY, &arg);
	query->count = arg.count;
	query->revision = arg.revision;
	return err;
}

const struct tcx__backend_ops tcx__backend_module = {
	.kind		= TCX_BACKEND_MODULE,
	.attach		= module_attach,
	.detach		= module_detach,
	.link_create	= module_link_create,
	.query		= module_query,
};
