// SPDX-License-Identifier: GPL-2.0
/*
 * Attaching and detaching, see attach.h. Mirrors tcx_prog_attach() and
 * tcx_prog_detach() of kernel/bpf/tcx.c of Linux 6.12 and what their links do.
 */
#include <linux/bpf.h>
#include <linux/err.h>
#include <linux/module.h>
#include <linux/rtnetlink.h>

#include "compat/netdev.h"
#include "core/attach.h"
#include "core/family.h"

static u32 tcx_progs;

u32 tcx_progs_attached(void)
{
	return READ_ONCE(tcx_progs);
}

/* The interface through which the request came pins the module meanwhile,
 * hence __module_get().
 */
static void tcx_progs_inc(void)
{
	__module_get(THIS_MODULE);
	WRITE_ONCE(tcx_progs, tcx_progs + 1);
}

void tcx_progs_dec(void)
{
	ASSERT_RTNL();
	WRITE_ONCE(tcx_progs, tcx_progs - 1);
	module_put(THIS_MODULE);
}

static int tcx_mprog_add(const struct tcx_family *family,
			 struct tcx_mprog *mprog,
			 const struct tcx_mprog_req *req)
{
	struct tcx_mprog_array *old = rtnl_dereference(mprog->array), *new;
	int err;

	err = tcx_mprog_attach(old, mprog->revision, req, &new);
	if (err)
		return err;
	if (!old && family->first) {
		err = family->first(mprog);
		if (err) {
			tcx_mprog_abort(new);
			return err;
		}
	}
	if (!req->tuple.link)
		bpf_prog_inc(req->tuple.prog);
	tcx_mprog_commit(mprog, new);
	if (!(req->flags & BPF_F_REPLACE))
		tcx_progs_inc();
	return 0;
}

int tcx_attach(const struct tcx_family *family, struct net_device *dev,
	       u32 attach_type, const struct tcx_mprog_req *req)
{
	struct tcx_mprog *mprog;
	int err;

	ASSERT_RTNL();
	/* Only a link knows a dead device, and this one does not know yet. */
	if (!tcx_dev_registered(dev))
		return -ENOLINK;
	mprog = family->mprog_create(dev, attach_type);
	if (IS_ERR(mprog))
		return PTR_ERR(mprog);
	err = tcx_mprog_add(family, mprog, req);
	if (err && family->mprog_abandon)
		family->mprog_abandon(mprog);
	return err;
}

int tcx_detach(const struct tcx_family *family, struct net_device *dev,
	       u32 attach_type, const struct tcx_mprog_req *req,
	       struct tcx_mprog_tuple *gone)
{
	struct tcx_mprog_array *new;
	struct tcx_mprog *mprog;
	int err;

	ASSERT_RTNL();
	mprog = family->mprog(dev, attach_type);
	if (!mprog)
		return -ENOENT;
	err = tcx_mprog_detach(rtnl_dereference(mprog->array), mprog->revision,
			       req, &new, gone);
	if (err)
		return err;
	tcx_mprog_commit(mprog, new);
	if (!new && family->last)
		family->last(mprog);
	tcx_progs_dec();
	return 0;
}
