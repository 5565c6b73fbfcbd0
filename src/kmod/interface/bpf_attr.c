// SPDX-License-Identifier: GPL-2.0
/*
 * Requests as bpf(2) puts them, see bpf_attr.h.
 */
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/security.h>
#include <linux/string.h>

#include "core/ksym.h"
#include "core/link.h"
#include "core/request.h"
#include "interface/bpf_attr.h"

/* Where the command's largest variant ends; link_create has larger ones than
 * that of tcx.
 */
#define TCX_BPF_ATTACH_END	32
#define TCX_BPF_QUERY_END	64
#define TCX_BPF_LINK_CREATE_END	60

int tcx_bpf_attr_security(int cmd, union tcx_bpf_attr *attr, unsigned int size)
{
#ifdef CONFIG_SECURITY
	return ksym(security_bpf)(cmd, &attr->kernel,
				  min_t(u32, size, sizeof(attr->kernel)));
#else
	return 0;
#endif
}

/* What CHECK_ATTR() is in the kernel: nothing after the last field. */
static bool tcx_bpf_attr_unused(const union tcx_bpf_attr *attr, size_t end)
{
	return !memchr_inv(attr->bytes + end, 0, TCX_BPF_ATTR_SIZE - end);
}

/* Of attaching and of detaching, which replaces nothing. */
static struct tcx_request tcx_bpf_attach_request(const union tcx_bpf_attr *attr)
{
	return (struct tcx_request) {
		.ifindex	= attr->attach.target_ifindex,
		.attach_type	= attr->attach.attach_type,
		.prog_fd	= attr->attach.attach_bpf_fd,
		.flags		= attr->attach.attach_flags,
		.replace_fd	= attr->attach.replace_bpf_fd,
		.relative	= attr->attach.relative,
		.revision	= attr->attach.expected_revision,
	};
}

int tcx_bpf_attr_attach(const union tcx_bpf_attr *attr)
{
	struct tcx_request req = tcx_bpf_attach_request(attr);

	if (!tcx_bpf_attr_unused(attr, TCX_BPF_ATTACH_END))
		return -EINVAL;
	return tcx_prog_attach(&req);
}

int tcx_bpf_attr_detach(const union tcx_bpf_attr *attr)
{
	struct tcx_request req = tcx_bpf_attach_request(attr);

	if (!tcx_bpf_attr_unused(attr, TCX_BPF_ATTACH_END))
		return -EINVAL;
	return tcx_prog_detach(&req);
}

int tcx_bpf_attr_link_create(const union tcx_bpf_attr *attr)
{
	struct tcx_request req = {
		.ifindex	= attr->link_create.target_ifindex,
		.attach_type	= attr->link_create.attach_type,
		.prog_fd	= attr->link_create.prog_fd,
		.flags		= attr->link_create.flags,
		.relative	= attr->link_create.relative,
		.revision	= attr->link_create.expected_revision,
	};

	if (!tcx_bpf_attr_unused(attr, TCX_BPF_LINK_CREATE_END))
		return -EINVAL;
	return tcx_link_create(&req);
}

int tcx_bpf_attr_query(const union tcx_bpf_attr *attr,
		       struct tcx_query *query,
		       struct tcx_query_result *res)
{
	*query = (struct tcx_query){
		.ifindex		= attr->query.target_ifindex,
		.attach_type		= attr->query.attach_type,
		.query_flags		= attr->query.query_flags,
		.attach_flags		= attr->query.attach_flags,
		.capacity		= attr->query.count,
		.prog_ids		= attr->query.prog_ids,
		.prog_attach_flags	= attr->query.prog_attach_flags,
		.link_ids		= attr->query.link_ids,
		.link_attach_flags	= attr->query.link_attach_flags,
	};

	if (!tcx_net_capable())
		return -EPERM;
	if (!tcx_bpf_attr_unused(attr, TCX_BPF_QUERY_END))
		return -EINVAL;
	return tcx_prog_query(query, res);
}
