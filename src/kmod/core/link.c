// SPDX-License-Identifier: GPL-2.0
/*
 * BPF links: ownership of a place in an attach point. Mirrors the link part of
 * kernel/bpf/tcx.c of Linux 6.12.
 *
 * These are the kernel's own links, made with its own functions: its file
 * operations, its id table, its pins. The kernel calls the operations below.
 *
 * Type: the kernel prints the name of a link's type from a table that ends
 * before those of upstream's later links, so a link registered under that number would make
 * it warn, or read past the table. Ours are registered as UNSPEC, whose name
 * is in the table, and say what they are where they are asked.
 *
 * Locking: dev and link.prog of a link of ours change under RTNL only, as
 * does the attach point's idea of the link. link.prog is read elsewhere in the
 * kernel as for links of every type.
 *
 * A link's last reference may be dropped in bpf_link_put(), which on these
 * kernels may call release() at once, which takes RTNL: never drop a link
 * reference while holding RTNL, or anything that release() may wait for.
 *
 * Put off: with PREEMPT_RT that may also be in an RCU callback, where nothing
 * may sleep (tcx_link_may_sleep()). Then release() only takes a reference to
 * the program, and dealloc() leaves the rest to a work. Until that has run the
 * link stays attached, and nothing can go wrong:
 *
 *   - Nobody reaches the link: its count of references is 0 and it has left the
 *     id table. Who found it there before has failed to take a reference. So
 *     there is no update, no detach, no fdinfo and no info of it, and it is no
 *     request's relative.
 *   - Packets run its program, which our reference keeps.
 *   - Queries name its former id, as they might have done just before.
 *   - Its device may die: the notifier takes the program off and makes the link
 *     defunct, under RTNL, under which the work looks whether there is anything
 *     left to take off.
 *   - Any number of links may wait. Each is in the work's list from its
 *     dealloc() on, and its memory is the work's from then on.
 *
 * Module life: a link holds a reference to the module from before it becomes
 * reachable (prime) until dealloc(), the last that the kernel calls of it, or
 * until the work is done with it; so the module cannot be unloaded while a link
 * lives, nor between release() and dealloc(). Dropping that reference is the
 * last that is done for a link: what remains is that dealloc() and the work
 * return, which tcx_link_flush() waits for.
 */
#include <linux/bpf.h>
#include <linux/err.h>
#include <linux/kconfig.h>
#include <linux/llist.h>
#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/preempt.h>
#include <linux/rcupdate.h>
#include <linux/rtnetlink.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/workqueue.h>

#include "compat/compat.h"
#include "compat/export.h"
#include "core/attach.h"
#include "core/family.h"
#include "core/ksym.h"
#include "core/link.h"
#include "core/request.h"
#include "core/trace.h"

/* What is said of a link, even when it is defunct and its family gone. */
struct tcx_link_names {
	u32	type;
	char	type_name[8];
	char	attach_name[8];
};

struct tcx_link {
	struct bpf_link			link;
	const struct tcx_family		*family;	/* only if @dev is set */
	struct net_device		*dev;	/* NULL: defunct */
	u32				attach_type;
	struct tcx_link_names		names;

	/* Between release() and the work, if that was put off. */
	struct bpf_prog			*put_off;	/* reference to link.prog */
	struct llist_node		node;	/* in tcx_links_put_off */
};

static struct tcx_link *tcx_link(const struct bpf_link *link)
{
	return container_of(link, struct tcx_link, link);
}

static u32 tcx_link_ifindex(const struct tcx_link *tcx)
{
	u32 ifindex;

	rtnl_lock();
	ifindex = tcx->dev ? tcx->dev->ifindex : 0;
	rtnl_unlock();
	return ifindex;
}

/* Under RTNL, while or after which tcx->dev is what it was before. */
static void tcx_link_trace(const struct tcx_link *tcx,
			   enum tcx_change_kind kind,
			   const struct bpf_prog *old)
{
	tcx_trace_change(&(struct tcx_change){
		.kind = kind,
		.family = tcx->family,
		.dev = tcx->dev,
		.attach_type = tcx->attach_type,
		.prog = tcx->link.prog,
		.old = old,
		.link = &tcx->link,
	});
}

/* Take the program off the attach point, unless it has left that already. */
static void tcx_link_take_off(struct tcx_link *tcx, enum tcx_change_kind kind)
{
	struct tcx_mprog_tuple gone;
	struct tcx_mprog_req req = {
		.tuple.link = &tcx->link,
	};

	rtnl_lock();
	if (tcx->dev) {
		req.tuple.prog = tcx->link.prog;
		WARN_ON_ONCE(tcx_detach(tcx->family, tcx->dev,
					tcx->attach_type, &req, &gone));
	}
	tcx_link_trace(tcx, kind, NULL);
	tcx->dev = NULL;
	rtnl_unlock();
}

/* On request: the link stays, defunct, and keeps its reference to the program. */
static int tcx_link_detach(struct bpf_link *link)
{
	tcx_link_take_off(tcx_link(link), TCX_CHANGE_DETACH);
	return 0;
}

static void tcx_link_free(struct tcx_link *tcx)
{
	kfree(tcx);
	module_put(THIS_MODULE);
}

static LLIST_HEAD(tcx_links_put_off);

static void tcx_link_work_fn(struct work_struct *work)
{
	struct llist_node *links = llist_del_all(&tcx_links_put_off);
	struct tcx_link *tcx, *next;

	llist_for_each_entry_safe(tcx, next, links, node) {
		tcx_link_take_off(tcx, TCX_CHANGE_RELEASE);
		bpf_prog_put(tcx->put_off);
		tcx_link_free(tcx);
	}
}

static DECLARE_WORK(tcx_link_work, tcx_link_work_fn);

/* Whether release() may sleep. Kernels see to that, but for one kind of them:
 * there bpffs drops a pin's reference in an RCU callback, and bpf_link_put()
 * asks in_atomic() whether to leave the release to a worker. With PREEMPT_RT
 * in_atomic() does not see that bottom halves are disabled, as they are for RCU
 * callbacks, and that means the RCU read lock there: who waits for RTNL
 * then may wait for somebody who waits for a grace period under RTNL.
 *
 * Which kernels are of that kind (5.10 is) stands in no header. But no matter
 * which: whoever may sleep has bottom halves enabled.
 */
static bool tcx_link_may_sleep(void)
{
	return !IS_ENABLED(CONFIG_PREEMPT_RT) || !softirq_count();
}

/* Before the last reference goes. The kernel drops the link's reference to the
 * program afterwards.
 */
static void tcx_link_release(struct bpf_link *link)
{
	struct tcx_link *tcx = tcx_link(link);

	if (tcx_link_may_sleep()) {
		tcx_link_take_off(tcx, TCX_CHANGE_RELEASE);
		return;
	}
	bpf_prog_inc(link->prog);
	tcx->put_off = link->prog;
}

static void tcx_link_dealloc(struct bpf_link *link)
{
	struct tcx_link *tcx = tcx_link(link);

	if (!tcx->put_off) {
		tcx_link_free(tcx);
		return;
	}
	/* The work may free the link before it is scheduled, on behalf of
	 * another one.
	 */
	llist_add(&tcx->node, &tcx_links_put_off);
	schedule_work(&tcx_link_work);
}

/* On success the caller's reference to @prog becomes the link's, and *@unused
 * the one to drop. Order of checks as upstream.
 */
static int tcx_link_update_rtnl(struct tcx_link *tcx, struct bpf_prog *prog,
				struct bpf_prog *old, struct bpf_prog **unused)
{
	struct bpf_link *link = &tcx->link;
	struct tcx_mprog_req req = {
		.tuple.prog = prog,
		.tuple.link = link,
		.replace = link->prog,
		.flags = BPF_F_REPLACE,
	};
	int err;

	ASSERT_RTNL();
	if (!tcx->dev)
		return -ENOLINK;
	if (old && link->prog != old)
		return -EPERM;
	if (link->prog == prog) {
		*unused = prog;
		return 0;
	}
	if (!tcx_prog_fits(prog))
		req.relative_err = -EINVAL;
	err = tcx_attach(tcx->family, tcx->dev, tcx->attach_type, &req);
	if (err)
		return err;
	*unused = xchg(&link->prog, prog);
	tcx_link_trace(tcx, TCX_CHANGE_REPLACE, *unused);
	return 0;
}

static int tcx_link_update(struct bpf_link *link, struct bpf_prog *prog,
			   struct bpf_prog *old)
{
	struct bpf_prog *unused;
	int err;

	rtnl_lock();
	err = tcx_link_update_rtnl(tcx_link(link), prog, old, &unused);
	rtnl_unlock();
	if (!err)
		bpf_prog_put(unused);
	return err;
}

/* The kernel has just written the name of the type that the link is registered
 * under. The buffer belongs to this one read of fdinfo, is not yet passed on,
 * and gets shorter: put the name there that users look for. A buffer that has
 * overflowed will be filled once more, a larger one.
 */
static void tcx_link_fdinfo_type(struct seq_file *seq, const char *type)
{
	static const char unspec[] = "<invalid>";
	const size_t len = strlen(type), shrink = strlen(unspec) - len;
	char *word, *rest;

	if (seq_has_overflowed(seq))
		return;
	word = strnstr(seq->buf, unspec, seq->count);
	if (!word)
		return;
	rest = word + strlen(unspec);
	memcpy(word, type, len);
	memmove(rest - shrink, rest, seq->buf + seq->count - rest);
	seq->count -= shrink;
}

static void tcx_link_show_fdinfo(const struct bpf_link *link,
				 struct seq_file *seq)
{
	const struct tcx_link *tcx = tcx_link(link);

	tcx_link_fdinfo_type(seq, tcx->names.type_name);
	seq_printf(seq, "ifindex:\t%u\n", tcx_link_ifindex(tcx));
	seq_printf(seq, "attach_type:\t%u (%s)\n", tcx->attach_type,
		   tcx->names.attach_name);
}

static int tcx_link_fill_info(const struct bpf_link *link,
			      struct bpf_link_info *info)
{
	const struct tcx_link *tcx = tcx_link(link);

	info->type = tcx->names.type;
	tcx_link_info_set(info, tcx_link_ifindex(tcx), tcx->attach_type);
	return 0;
}

static const struct bpf_link_ops tcx_link_ops = {
	.release		= tcx_link_release,
	.tcx_link_ops_dealloc	= tcx_link_dealloc,
	.detach			= tcx_link_detach,
	.update_prog		= tcx_link_update,
	.show_fdinfo		= tcx_link_show_fdinfo,
	.fill_link_info		= tcx_link_fill_info,
};

static struct tcx_link_names
tcx_link_names_of(const struct tcx_family *family, u32 attach_type)
{
	struct tcx_link_names names = {
		.type = family->link_type,
	};

	strscpy(names.type_name, family->name, sizeof(names.type_name));
	strscpy(names.attach_name, tcx_attach_type_name(family, attach_type),
		sizeof(names.attach_name));
	return names;
}

/* Make a link with a file descriptor and an id that nobody can reach yet. */
static struct tcx_link *tcx_link_prime(const struct tcx_family *family,
				       const struct tcx_request *req,
				       struct bpf_link_primer *primer)
{
	struct tcx_link *tcx;
	int err;

	tcx = kzalloc(sizeof(*tcx), GFP_KERNEL);
	if (!tcx)
		return ERR_PTR(-ENOMEM);
	tcx->family = family;
	tcx->attach_type = req->attach_type;
	tcx->names = tcx_link_names_of(family, req->attach_type);
	ksym(bpf_link_init)(&tcx->link, BPF_LINK_TYPE_UNSPEC, &tcx_link_ops,
			    req->mprog.tuple.prog);
	/* The request's interface pins the module meanwhile. */
	__module_get(THIS_MODULE);
	err = ksym(bpf_link_prime)(&tcx->link, primer);
	if (err) {
		module_put(THIS_MODULE);
		kfree(tcx);
		return ERR_PTR(err);
	}
	return tcx;
}

/* Returns the fd of the link. On failure, @primer->link says whether there is
 * a link to clean up.
 */
static int tcx_link_create_rtnl(struct tcx_request *req,
				struct bpf_link_primer *primer)
{
	const struct tcx_family *family;
	struct net_device *dev;
	struct tcx_link *tcx;
	int fd, err;

	dev = tcx_family_fetch(req->ifindex, req->attach_type, &family);
	if (IS_ERR(dev))
		return PTR_ERR(dev);
	tcx = tcx_link_prime(family, req, primer);
	if (IS_ERR(tcx))
		return PTR_ERR(tcx);
	req->mprog.tuple.link = &tcx->link;
	err = tcx_attach(family, dev, req->attach_type, &req->mprog);
	if (err)
		return err;
	tcx->dev = dev;
	bpf_prog_inc(tcx->link.prog);
	/* Still under RTNL, so that a query does not see it without its id. */
	fd = ksym(bpf_link_settle)(primer);
	tcx_link_trace(tcx, TCX_CHANGE_ATTACH, NULL);
	return fd;
}

/* Flags are not masked, as upstream: where the rules leave a bit without a
 * meaning they say what becomes of it. An interface may be stricter.
 */
int tcx_link_create(struct tcx_request *req)
{
	struct bpf_link_primer primer = {};
	int ret;

	if (!tcx_ksym_have(KSYM_FOR_LINK))
		return -EOPNOTSUPP;
	ret = tcx_request_prog(req);
	if (ret)
		return ret;
	if (!tcx_attach_type_known(req->attach_type)) {
		ret = -EINVAL;
		goto out;
	}
	tcx_request_named(req);

	rtnl_lock();
	ret = tcx_link_create_rtnl(req, &primer);
	rtnl_unlock();

	/* This frees the link, though not before we have returned to user
	 * space, and without calling release().
	 */
	if (ret < 0 && primer.link)
		ksym(bpf_link_cleanup)(&primer);
out:
	tcx_request_put(req);
	return ret;
}

/* Packets may still be inside, so all is unpublished first, the programs'
 * references dropped second (bpf_prog_put() frees past a grace period), and the
 * array freed last.
 */
void tcx_mprog_uninstall(const struct tcx_family *family,
			 struct net_device *dev, u32 attach_type,
			 struct tcx_mprog *mprog)
{
	struct tcx_mprog_array *array = rtnl_dereference(mprog->array);
	u32 i;

	ASSERT_RTNL();
	if (!array)
		return;
	if (family->last)
		family->last(mprog);
	RCU_INIT_POINTER(mprog->array, NULL);
	RCU_INIT_POINTER(mprog->only, NULL);
	for (i = 0; i < array->count; i++) {
		tcx_trace_change(&(struct tcx_change){
			.kind = TCX_CHANGE_GONE,
			.family = family,
			.dev = dev,
			.attach_type = attach_type,
			.prog = array->progs[i],
			.link = array->links[i],
		});
		if (array->links[i])
			tcx_link(array->links[i])->dev = NULL;
		else
			bpf_prog_put(array->progs[i]);
		tcx_progs_dec();
	}
	kfree_rcu(array, rcu);
}
EXPORT_SYMBOL_TCX(tcx_mprog_uninstall);

/* dealloc() comes from an RCU callback, or, on kernels that have no deferred
 * one, from a task that may be preempted on its way out. rcu_barrier() waits
 * for the former to have returned and synchronize_rcu_tasks(), which waits
 * until every task has switched voluntarily, for the latter. The work comes
 * last: a dealloc() that has not returned yet may schedule it, for a link that
 * it is done with already. All that schedule it are RCU callbacks.
 */
void tcx_link_flush(void)
{
	rcu_barrier();
	synchronize_rcu_tasks();
	flush_work(&tcx_link_work);
}
