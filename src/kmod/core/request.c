// SPDX-License-Identifier: GPL-2.0
/*
 * Requests, see request.h. Mirrors bpf_prog_attach(), bpf_prog_detach() and
 * bpf_prog_query() of kernel/bpf/syscall.c, and their parts in tcx.c, of
 * Linux 6.12.
 */
#include <linux/bpf.h>
#include <linux/err.h>
#include <linux/minmax.h>
#include <linux/rcupdate.h>
#include <linux/rtnetlink.h>
#include <linux/uaccess.h>

#include "core/attach.h"
#include "core/family.h"
#include "core/ksym.h"
#include "core/request.h"
#include "core/trace.h"

int tcx_request_prog(struct tcx_request *req)
{
	struct bpf_prog *prog;

	prog = bpf_prog_get_type(req->prog_fd, BPF_PROG_TYPE_SCHED_CLS);
	if (IS_ERR(prog))
		return PTR_ERR(prog);
	req->mprog.tuple.prog = prog;
	return 0;
}

/* A request that names no program, as only a detach may, accepts relatives of
 * every type, though it will not find them attached.
 */
static bool tcx_request_fits(const struct tcx_request *req,
			     const struct bpf_prog *prog)
{
	return !req->mprog.tuple.prog ||
	       (prog && prog->type == BPF_PROG_TYPE_SCHED_CLS);
}

/* Any link of the kernel can be named, only one of ours can be found attached.
 * A foreign link's program may be replaced at any time, hence RCU, under which
 * it stays.
 */
static void tcx_request_relative_link(struct tcx_request *req)
{
	struct bpf_link *link = ERR_PTR(-EINVAL);
	bool fits;

	if (!tcx_ksym_have(KSYM_FOR_LINK))
		link = ERR_PTR(-EOPNOTSUPP);
	else if (req->flags & BPF_F_ID)
		link = ksym(bpf_link_by_id)(req->relative);
	else if (req->relative)
		link = ksym(bpf_link_get_from_fd)(req->relative);
	if (IS_ERR(link)) {
		req->mprog.relative_err = PTR_ERR(link);
		return;
	}

	rcu_read_lock();
	fits = tcx_request_fits(req, READ_ONCE(link->prog));
	rcu_read_unlock();
	if (!fits) {
		ksym(bpf_link_put)(link);
		req->mprog.relative_err = -EINVAL;
		return;
	}
	req->mprog.relative.link = link;
}

static void tcx_request_relative_prog(struct tcx_request *req)
{
	struct bpf_prog *prog;

	if (req->flags & BPF_F_ID)
		prog = ksym(bpf_prog_by_id)(req->relative);
	else if (req->relative)
		prog = ksym(bpf_prog_get)(req->relative);
	else
		return;
	if (IS_ERR(prog)) {
		req->mprog.relative_err = PTR_ERR(prog);
		return;
	}
	if (!tcx_request_fits(req, prog)) {
		bpf_prog_put(prog);
		req->mprog.relative_err = -EINVAL;
		return;
	}
	req->mprog.relative.prog = prog;
}

void tcx_request_named(struct tcx_request *req)
{
	req->mprog.flags = req->flags;
	req->mprog.revision = req->revision;
	if (req->flags & BPF_F_LINK)
		tcx_request_relative_link(req);
	else
		tcx_request_relative_prog(req);
}

void tcx_request_put(struct tcx_request *req)
{
	struct tcx_mprog_req *named = &req->mprog;

	if (req->gone)
		bpf_prog_put(req->gone);
	if (!IS_ERR_OR_NULL(named->replace))
		bpf_prog_put(named->replace);
	if (named->relative.link)
		ksym(bpf_link_put)(named->relative.link);
	else if (named->relative.prog)
		bpf_prog_put(named->relative.prog);
	if (named->tuple.prog)
		bpf_prog_put(named->tuple.prog);
}

static int tcx_prog_attach_rtnl(struct tcx_request *req)
{
	const struct tcx_family *family;
	struct net_device *dev;
	int err;

	dev = tcx_family_fetch(req->ifindex, req->attach_type, &family);
	if (IS_ERR(dev))
		return PTR_ERR(dev);
	if (IS_ERR(req->mprog.replace))
		return PTR_ERR(req->mprog.replace);
	err = tcx_attach(family, dev, req->attach_type, &req->mprog);
	if (err)
		return err;
	/* Of two references to it, the one that the attachment had. */
	if (req->mprog.replace)
		req->gone = req->mprog.replace;
	tcx_trace_change(&(struct tcx_change){
		.kind = req->gone ? TCX_CHANGE_REPLACE : TCX_CHANGE_ATTACH,
		.family = family,
		.dev = dev,
		.attach_type = req->attach_type,
		.prog = req->mprog.tuple.prog,
		.old = req->gone,
	});
	return 0;
}

int tcx_prog_attach(struct tcx_request *req)
{
	int err;

	if (!tcx_attach_type_known(req->attach_type) ||
	    req->flags & ~TCX_ATTACH_FLAGS)
		return -EINVAL;
	err = tcx_request_prog(req);
	if (err)
		return err;
	tcx_request_named(req);
	if (req->flags & BPF_F_REPLACE)
		req->mprog.replace = bpf_prog_get_type(req->replace_fd,
						       BPF_PROG_TYPE_SCHED_CLS);

	rtnl_lock();
	err = tcx_prog_attach_rtnl(req);
	rtnl_unlock();

	tcx_request_put(req);
	return err;
}

static int tcx_prog_detach_rtnl(struct tcx_request *req)
{
	const struct tcx_family *family;
	struct tcx_mprog_tuple gone;
	struct net_device *dev;
	int err;

	dev = tcx_family_fetch(req->ifindex, req->attach_type, &family);
	if (IS_ERR(dev))
		return PTR_ERR(dev);
	err = tcx_detach(family, dev, req->attach_type, &req->mprog, &gone);
	if (err)
		return err;
	req->gone = gone.prog;
	tcx_trace_change(&(struct tcx_change){
		.kind = TCX_CHANGE_DETACH,
		.family = family,
		.dev = dev,
		.attach_type = req->attach_type,
		.prog = gone.prog,
	});
	return 0;
}

int tcx_prog_detach(struct tcx_request *req)
{
	int err;

	if (!tcx_attach_type_known(req->attach_type) ||
	    req->flags & ~TCX_ATTACH_FLAGS)
		return -EINVAL;
	if (!req->prog_fd && !tcx_net_capable())
		return -EPERM;
	if (req->prog_fd) {
		err = tcx_request_prog(req);
		if (err)
			return err;
	}
	tcx_request_named(req);

	rtnl_lock();
	err = tcx_prog_detach_rtnl(req);
	rtnl_unlock();

	tcx_request_put(req);
	return err;
}

static int tcx_prog_query_rtnl(const struct tcx_query *query,
			       struct tcx_query_result *res)
{
	const struct tcx_family *family;
	const struct tcx_mprog_array *array;
	const struct tcx_mprog *mprog;
	struct net_device *dev;
	u32 i;

	dev = tcx_family_fetch(query->ifindex, query->attach_type, &family);
	if (IS_ERR(dev))
		return PTR_ERR(dev);
	if (query->query_flags || query->attach_flags)
		return -EINVAL;

	res->count = 0;
	res->revision = 1;
	mprog = family->mprog(dev, query->attach_type);
	if (!mprog)
		return 0;
	res->revision = mprog->revision;
	array = rtnl_dereference(mprog->array);
	res->count = tcx_mprog_count(array);
	for (i = 0; i < res->count; i++) {
		res->prog_ids[i] = array->progs[i]->aux->id;
		res->link_ids[i] = array->links[i] ? array->links[i]->id : 0;
	}
	return 0;
}

int tcx_prog_query(const struct tcx_query *query, struct tcx_query_result *res)
{
	int err;

	if (!tcx_net_capable())
		return -EPERM;
	if (query->query_flags & ~BPF_F_QUERY_EFFECTIVE)
		return -EINVAL;
	if (!tcx_attach_type_known(query->attach_type))
		return -EINVAL;

	rtnl_lock();
	err = tcx_prog_query_rtnl(query, res);
	rtnl_unlock();
	return err;
}

int tcx_prog_query_copy_arrays(const struct tcx_query *query,
			       const struct tcx_query_result *res)
{
	size_t size = min(query->capacity, res->count) * sizeof(u32);

	if (!size || !query->prog_ids)
		return 0;
	if (copy_to_user(u64_to_user_ptr(query->prog_ids), res->prog_ids, size))
		return -EFAULT;
	if (query->prog_attach_flags &&
	    clear_user(u64_to_user_ptr(query->prog_attach_flags), size))
		return -EFAULT;
	if (query->link_ids &&
	    copy_to_user(u64_to_user_ptr(query->link_ids), res->link_ids, size))
		return -EFAULT;
	if (query->link_attach_flags &&
	    clear_user(u64_to_user_ptr(query->link_attach_flags), size))
		return -EFAULT;
	return query->capacity < res->count ? -ENOSPC : 0;
}
