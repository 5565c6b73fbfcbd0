// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
/* Requests to a kernel that has tcx, through bpf(2). */
#include <stdint.h>

#include "backend.h"
#include "sys_bpf.h"

/* Asks about a device that cannot exist. A kernel with tcx looks for it, one
 * without does not know the attach type. Nothing is loaded for this: the
 * verifier gives up, with -EAGAIN, when a signal is pending.
 */
int tcx__native_probe(void)
{
	struct sys_bpf_query attr = {
		.target_ifindex = UINT32_MAX,
		.attach_type = BPF_TCX_INGRESS,
	};
	int err = sys_bpf(BPF_PROG_QUERY, &attr, sizeof(attr));

	switch (err) {
	case -ENODEV:
		return 1;
	case -EINVAL:
	case -ENOSYS:	/* a kernel without bpf(2) */
		return 0;
	}
	pr_debug("cannot tell whether the kernel has tcx: %s\n",
		 strerror(-err));
	return err ? err : -EPROTO;
}

/* bpf(2) carries out other requests too: of an attach type that was forgotten, 0,
 * and an ifindex that is also the fd of a cgroup, it makes one to that cgroup.
 */
static bool is_of_tcx(__u32 attach_type)
{
	return tcx__is_tcx(attach_type) || tcx__is_netkit(attach_type);
}

static int request(int cmd, const struct tcx__request *req)
{
	struct sys_bpf_attach attr = {
		.target_ifindex = req->ifindex,
		.attach_bpf_fd = req->prog_fd,
		.attach_type = req->attach_type,
		.attach_flags = req->flags,
		.replace_bpf_fd = req->replace_prog_fd,
		.relative = req->relative,
		.expected_revision = req->expected_revision,
	};

	if (!is_of_tcx(req->attach_type))
		return -EINVAL;
	return sys_bpf(cmd, &attr, sizeof(attr));
}

static int native_attach(const struct tcx__backend *backend,
			 const struct tcx__request *req)
{
	(void)backend;
	return request(BPF_PROG_ATTACH, req);
}

static int native_detach(const struct tcx__backend *backend,
			 const struct tcx__request *req)
{
	(void)backend;
	return request(BPF_PROG_DETACH, req);
}

static int native_link_create(const struct tcx__backend *backend,
			      const struct tcx__request *req)
{
	struct sys_bpf_link_create attr = {
		.prog_fd = req->prog_fd,
		.target_ifindex = req->ifindex,
		.attach_type = req->attach_type,
		.flags = req->flags,
		.relative = req->relative,
		.expected_revision = req->expected_revision,
	};

	(void)backend;
	if (!is_of_tcx(req->attach_type))
		return -EINVAL;
	return sys_bpf_fd(BPF_LINK_CREATE, &attr, sizeof(attr));
}

static int native_query(const struct tcx__backend *backend,
			struct tcx__query *query)
{
	struct sys_bpf_query attr = {
		.target_ifindex = query->ifindex,
		.attach_type = query->attach_type,
		.count = query->count,
		.prog_ids = query->prog_ids,
		.prog_attach_flags = query->prog_attach_flags,
		.link_ids = query->link_ids,
		.link_attach_flags = query->link_attach_flags,
	};
	int err;

	(void)backend;
	if (!is_of_tcx(query->attach_type))
		return -EINVAL;
	err = sys_bpf(BPF_PROG_QUERY, &attr, sizeof(attr));
	query->count = attr.count;
	query->revision = attr.revision;
	return err;
}

const struct tcx__backend_ops tcx__backend_native = {
	.kind		= TCX_BACKEND_NATIVE,
	.attach		= native_attach,
	.detach		= native_detach,
	.link_create	= native_link_create,
	.query		= native_query,
};
