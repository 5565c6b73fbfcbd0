// SPDX-License-Identifier: GPL-2.0
/*
 * Attach points: attach, detach and query, and the life cycle of devices and
 * network namespaces. Mirrors kernel/bpf/tcx.c of Linux 6.12.
 *
 * Locking: RTNL protects everything here, as natively. Two rules on top:
 *
 *   - References to programs and links are taken before RTNL and dropped
 *     after it. These kernels may free a link inside bpf_link_put(), and the
 *     release of a link takes RTNL. A look-up that failed is remembered and
 *     reported where native tcx, which looks up under RTNL, would do so.
 *   - Nothing waits for a grace period (mprog.h).
 *
 * Devices: entries are found through a table of ours, since struct net_device
 * has no room for them. They hold a reference to the device (entry.h), which the
 * notifier drops while the device unregisters. It may be told late, when others
 * have ended the chain of notifiers before it: nobody can look the device up then
 * any more, but links know it still, and may be updated, detached and closed
 * meanwhile. A device that moves to another namespace keeps its entries.
 *
 * Module: every attached program holds a reference to it.
 */
#include <linux/bpf.h>
#include <linux/hashtable.h>
#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/nsproxy.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <net/net_namespace.h>
#include <net/sch_generic.h>

#include "compat/tc.h"
#include "entry.h"
#include "hook.h"
#include "keys.h"
#include "ksym.h"
#include "link.h"
#include "tcx.h"

static const struct tcx_hook *tcx_hook;

/* All entries, by device. */
static DEFINE_HASHTABLE(tcx_entries, 10);

static u32 tcx_progs;

u32 tcx_progs_attached(void)
{
	return READ_ONCE(tcx_progs);
}

u32 tcx_hook_id(void)
{
	return tcx_hook->id;
}

bool tcx_attach_type_valid(u32 attach_type)
{
	return attach_type == BPF_TCX_INGRESS || attach_type == BPF_TCX_EGRESS;
}

struct Qdisc *tcx_entry_qdisc(struct net_device *dev, bool ingress)
{
	struct netdev_queue *queue = dev_ingress_queue(dev);
	struct Qdisc *sch;

	if (!queue)
		return NULL;
	sch = tcx_queue_qdisc(queue);
	if (!sch || !(sch->flags & TCQ_F_INGRESS))
		return NULL;
	if (!ingress && strcmp(sch->ops->id, "clsact"))
		return NULL;
	return sch;
}

static struct tcx_mprog_array *tcx_entry_array(const struct tcx_entry *entry)
{
	return rtnl_dereference(entry->mprog.array);
}

static struct tcx_entry *tcx_entry_alloc(struct net_device *dev, bool ingress)
{
	struct tcx_entry *entry = kzalloc(sizeof(*entry), GFP_KERNEL);

	if (!entry)
		return NULL;
	tcx_mprog_init(&entry->mprog);
	entry->dev = dev;
	entry->ingress = ingress;
	return entry;
}

/* With its first program, an entry gets known to the hook and to us. */
static int tcx_entry_bind(struct tcx_entry *entry)
{
	int err;

	err = tcx_hook->bind(entry);
	if (err)
		return err;
	tcx_dev_hold(entry->dev, &entry->dev_ref);
	hash_add(tcx_entries, &entry->node, (unsigned long)entry->dev);
	entry->bound = true;
	return 0;
}

static void tcx_entry_unbind(struct tcx_entry *entry)
{
	if (tcx_hook->unbind) {
		tcx_keys_hold(entry->ingress);
		tcx_hook->unbind(entry);
		tcx_keys_release(entry->ingress);
	}
	hash_del(&entry->node);
	tcx_dev_put(entry->dev, &entry->dev_ref);
	kfree_rcu(entry, rcu);
}

/* An entry without a program exists to the outside if it is kept for the sake of
 * a qdisc. Without that qdisc native tcx has none either: what comes next begins
 * anew, as with no entry at all.
 */
static struct tcx_entry *tcx_entry_fetch(struct net_device *dev, bool ingress)
{
	struct tcx_entry *entry;

	ASSERT_RTNL();
	hash_for_each_possible(tcx_entries, entry, node, (unsigned long)dev) {
		if (entry->dev != dev || entry->ingress != ingress)
			continue;
		if (!tcx_entry_array(entry) &&
		    entry->qdisc != tcx_entry_qdisc(dev, ingress))
			entry->qdisc = NULL;
		if (!tcx_entry_array(entry) && !entry->qdisc)
			tcx_mprog_init(&entry->mprog);
		return entry;
	}
	return NULL;
}

/* The first program comes. */
static int tcx_entry_start(struct tcx_entry *entry)
{
	int err;

	tcx_keys_hold(entry->ingress);
	if (!entry->bound) {
		err = tcx_entry_bind(entry);
		if (err)
			goto err_keys;
	}
	if (tcx_hook->add)
		tcx_hook->add(entry);
	return 0;

err_keys:
	tcx_keys_release(entry->ingress);
	return err;
}

/* The last program has gone: packets need no longer come by. */
static void tcx_entry_stop(struct tcx_entry *entry)
{
	if (tcx_hook->del)
		tcx_hook->del(entry);
	tcx_keys_release(entry->ingress);
}

/* Every attached program pins the module. The front door through which the
 * request came pins it meanwhile, hence __module_get().
 */
static void tcx_progs_inc(void)
{
	__module_get(THIS_MODULE);
	WRITE_ONCE(tcx_progs, tcx_progs + 1);
}

static void tcx_progs_dec(void)
{
	WRITE_ONCE(tcx_progs, tcx_progs - 1);
	module_put(THIS_MODULE);
}

int tcx_entry_attach(struct net_device *dev, bool ingress,
		     const struct tcx_mprog_req *req)
{
	struct tcx_mprog_array *new;
	struct tcx_entry *entry;
	int err;

	/* Only a link knows a dead device; it does not know yet. */
	if (!tcx_dev_registered(dev))
		return -ENOLINK;
	entry = tcx_entry_fetch(dev, ingress);
	if (!entry) {
		entry = tcx_entry_alloc(dev, ingress);
		if (!entry)
			return -ENOMEM;
	}

	err = tcx_mprog_attach(tcx_entry_array(entry), entry->mprog.revision,
			       req, &new);
	if (err)
		goto err_entry;
	if (!tcx_entry_array(entry)) {
		err = tcx_entry_start(entry);
		if (err)
			goto err_array;
	}
	tcx_mprog_commit(&entry->mprog, new);
	if (!(req->flags & BPF_F_REPLACE))
		tcx_progs_inc();
	return 0;

err_array:
	tcx_mprog_abort(new);
err_entry:
	if (!entry->bound)
		kfree(entry);
	return err;
}

int tcx_entry_detach(struct net_device *dev, bool ingress,
		     const struct tcx_mprog_req *req,
		     struct tcx_mprog_tuple *gone)
{
	struct tcx_mprog_array *new, *array = NULL;
	struct tcx_entry *entry;
	u64 revision = 1;
	int err;

	entry = tcx_entry_fetch(dev, ingress);
	if (entry) {
		array = tcx_entry_array(entry);
		revision = entry->mprog.revision;
	}
	/* Natively there is no entry, which comes first. */
	if (!array && !tcx_entry_qdisc(dev, ingress))
		return -ENOENT;

	err = tcx_mprog_detach(array, revision, req, &new, gone);
	if (err)
		return err;
	tcx_mprog_commit(&entry->mprog, new);
	if (!new) {
		tcx_entry_stop(entry);
		entry->qdisc = tcx_entry_qdisc(dev, ingress);
	}
	tcx_progs_dec();
	return 0;
}

/* The part of tcx_relative_get() for a link as relative. Any link of the kernel
 * can be named, only one of ours can be found attached. A foreign link's program
 * may be replaced at any time, hence RCU, under which it stays.
 */
static void tcx_relative_get_link(struct tcx_mprog_req *req, u32 id_or_fd,
				  bool any_type)
{
	struct bpf_link *link = ERR_PTR(-EINVAL);
	const struct bpf_prog *prog;
	bool fits;

	if (!tcx_ksym_have(KSYM_FOR_LINK))
		link = ERR_PTR(-EOPNOTSUPP);
	else if (req->flags & BPF_F_ID)
		link = ksym(bpf_link_by_id)(id_or_fd);
	else if (id_or_fd)
		link = ksym(bpf_link_get_from_fd)(id_or_fd);
	if (IS_ERR(link)) {
		req->relative_err = PTR_ERR(link);
		return;
	}

	rcu_read_lock();
	prog = READ_ONCE(link->prog);
	fits = any_type || (prog && prog->type == BPF_PROG_TYPE_SCHED_CLS);
	rcu_read_unlock();
	if (!fits) {
		ksym(bpf_link_put)(link);
		req->relative_err = -EINVAL;
		return;
	}
	req->relative.link = link;
}

void tcx_relative_get(struct tcx_mprog_req *req, u32 id_or_fd, bool any_type)
{
	struct bpf_prog *prog;

	if (req->flags & BPF_F_LINK) {
		tcx_relative_get_link(req, id_or_fd, any_type);
		return;
	}
	if (req->flags & BPF_F_ID)
		prog = ksym(bpf_prog_by_id)(id_or_fd);
	else if (id_or_fd)
		prog = ksym(bpf_prog_get)(id_or_fd);
	else
		return;
	if (IS_ERR(prog)) {
		req->relative_err = PTR_ERR(prog);
		return;
	}
	if (!any_type && prog->type != BPF_PROG_TYPE_SCHED_CLS) {
		bpf_prog_put(prog);
		req->relative_err = -EINVAL;
		return;
	}
	req->relative.prog = prog;
}

void tcx_relative_put(struct tcx_mprog_req *req)
{
	if (req->relative.link)
		ksym(bpf_link_put)(req->relative.link);
	else if (req->relative.prog)
		bpf_prog_put(req->relative.prog);
}

static int tcx_prog_attach_rtnl(const struct tcx_prog_attach *attr,
				const struct tcx_mprog_req *req)
{
	struct net *net = current->nsproxy->net_ns;
	struct net_device *dev;

	ASSERT_RTNL();
	dev = __dev_get_by_index(net, attr->ifindex);
	if (!dev)
		return -ENODEV;
	if (IS_ERR(req->replace))
		return PTR_ERR(req->replace);
	return tcx_entry_attach(dev, attr->attach_type == BPF_TCX_INGRESS, req);
}

int tcx_prog_attach(const struct tcx_prog_attach *attr)
{
	bool replace = attr->flags & BPF_F_REPLACE;
	struct tcx_mprog_req req = {
		.flags = attr->flags,
		.revision = attr->revision,
	};
	struct bpf_prog *prog;
	int err;

	if (!tcx_attach_type_valid(attr->attach_type) ||
	    attr->flags & ~TCX_ATTACH_FLAGS)
		return -EINVAL;
	prog = bpf_prog_get_type(attr->prog_fd, BPF_PROG_TYPE_SCHED_CLS);
	if (IS_ERR(prog))
		return PTR_ERR(prog);
	req.tuple.prog = prog;
	tcx_relative_get(&req, attr->relative, false);
	if (replace)
		req.replace = bpf_prog_get_type(attr->replace_fd,
						BPF_PROG_TYPE_SCHED_CLS);

	rtnl_lock();
	err = tcx_prog_attach_rtnl(attr, &req);
	rtnl_unlock();

	if (!err && replace)
		bpf_prog_put(req.replace);	/* the attachment's reference */
	if (!IS_ERR_OR_NULL(req.replace))
		bpf_prog_put(req.replace);
	tcx_relative_put(&req);
	if (err)
		bpf_prog_put(prog);
	return err;
}

static int tcx_prog_detach_rtnl(const struct tcx_prog_detach *attr,
				const struct tcx_mprog_req *req,
				struct tcx_mprog_tuple *gone)
{
	struct net *net = current->nsproxy->net_ns;
	struct net_device *dev;

	ASSERT_RTNL();
	dev = __dev_get_by_index(net, attr->ifindex);
	if (!dev)
		return -ENODEV;
	return tcx_entry_detach(dev, attr->attach_type == BPF_TCX_INGRESS, req,
				gone);
}

int tcx_prog_detach(const struct tcx_prog_detach *attr)
{
	struct tcx_mprog_req req = {
		.flags = attr->flags,
		.revision = attr->revision,
	};
	struct bpf_prog *prog = NULL;
	struct tcx_mprog_tuple gone;
	int err;

	if (!tcx_attach_type_valid(attr->attach_type) ||
	    attr->flags & ~TCX_ATTACH_FLAGS)
		return -EINVAL;
	if (attr->prog_fd) {
		prog = bpf_prog_get_type(attr->prog_fd,
					 BPF_PROG_TYPE_SCHED_CLS);
		if (IS_ERR(prog))
			return PTR_ERR(prog);
	} else if (!tcx_net_capable()) {
		return -EPERM;
	}
	req.tuple.prog = prog;
	tcx_relative_get(&req, attr->relative, !prog);

	rtnl_lock();
	err = tcx_prog_detach_rtnl(attr, &req, &gone);
	rtnl_unlock();

	if (!err)
		bpf_prog_put(gone.prog);
	tcx_relative_put(&req);
	if (prog)
		bpf_prog_put(prog);
	return err;
}

static int tcx_prog_query_rtnl(const struct tcx_prog_query *attr,
			       struct tcx_prog_query_result *res)
{
	struct net *net = current->nsproxy->net_ns;
	const struct tcx_mprog_array *array;
	struct tcx_entry *entry;
	struct net_device *dev;
	u32 i;

	ASSERT_RTNL();
	dev = __dev_get_by_index(net, attr->ifindex);
	if (!dev)
		return -ENODEV;
	if (attr->query_flags || attr->attach_flags)
		return -EINVAL;

	res->count = 0;
	res->revision = 1;
	entry = tcx_entry_fetch(dev, attr->attach_type == BPF_TCX_INGRESS);
	if (!entry)
		return 0;
	res->revision = entry->mprog.revision;
	array = tcx_entry_array(entry);
	res->count = tcx_mprog_count(array);
	for (i = 0; i < res->count; i++) {
		res->prog_ids[i] = array->progs[i]->aux->id;
		res->link_ids[i] = array->links[i] ? array->links[i]->id : 0;
	}
	return 0;
}

int tcx_prog_query(const struct tcx_prog_query *attr,
		   struct tcx_prog_query_result *res)
{
	int err;

	if (!tcx_net_capable())
		return -EPERM;
	if (attr->query_flags & ~BPF_F_QUERY_EFFECTIVE)
		return -EINVAL;
	if (!tcx_attach_type_valid(attr->attach_type))
		return -EINVAL;

	rtnl_lock();
	err = tcx_prog_query_rtnl(attr, res);
	rtnl_unlock();
	return err;
}

int tcx_prog_query_copy_arrays(const struct tcx_prog_query *attr,
			       const struct tcx_prog_query_result *res)
{
	size_t size = min(attr->capacity, res->count) * sizeof(u32);

	if (!size || !attr->prog_ids)
		return 0;
	if (copy_to_user(u64_to_user_ptr(attr->prog_ids), res->prog_ids, size))
		return -EFAULT;
	if (attr->prog_attach_flags &&
	    clear_user(u64_to_user_ptr(attr->prog_attach_flags), size))
		return -EFAULT;
	if (attr->link_ids &&
	    copy_to_user(u64_to_user_ptr(attr->link_ids), res->link_ids, size))
		return -EFAULT;
	if (attr->link_attach_flags &&
	    clear_user(u64_to_user_ptr(attr->link_attach_flags), size))
		return -EFAULT;
	return attr->capacity < res->count ? -ENOSPC : 0;
}

/* The device is going: drop everything that is attached to it. Packets may
 * still be inside, so the array is unpublished first, the programs' references
 * dropped second (bpf_prog_put() frees past a grace period), and the array
 * freed last.
 */
static void tcx_entry_uninstall(struct tcx_entry *entry)
{
	struct tcx_mprog_array *array = tcx_entry_array(entry);
	u32 i;

	if (array) {
		tcx_entry_stop(entry);
		RCU_INIT_POINTER(entry->mprog.array, NULL);
		for (i = 0; i < array->count; i++) {
			if (array->links[i])
				tcx_link_defunct(array->links[i]);
			else
				bpf_prog_put(array->progs[i]);
			tcx_progs_dec();
		}
		kfree_rcu(array, rcu);
	}
	tcx_entry_unbind(entry);
}

static void tcx_dev_uninstall(struct net_device *dev)
{
	struct tcx_entry *entry;
	struct hlist_node *tmp;

	hash_for_each_possible_safe(tcx_entries, entry, tmp, node,
				    (unsigned long)dev)
		if (entry->dev == dev)
			tcx_entry_uninstall(entry);
}

/* NETDEV_UNREGISTER comes when a device dies, but also when it moves to another
 * namespace, and for every device when the notifier is removed: registered, both
 * times. For a dead device it comes again every second as long as somebody has a
 * reference to it. So a first one that did not get here, because somebody before
 * us ended the chain (NOTIFY_STOP), is made up for, since then we have one.
 *
 * First of all, because everyone else may end the chain; native tcx lets go of a
 * device before it calls it. Before us is only who asked to be first as well, and
 * did so earlier, or who is notified of one namespace.
 *
 * Dropping the module's last reference here is safe: module exit waits for
 * this notifier, which runs under RTNL, before anything goes away.
 */
static int tcx_netdev_event(struct notifier_block *nb, unsigned long event,
			    void *ptr)
{
	struct net_device *dev = netdev_notifier_info_to_dev(ptr);

	if (event == NETDEV_UNREGISTER && !tcx_dev_registered(dev))
		tcx_dev_uninstall(dev);
	return NOTIFY_DONE;
}

static struct notifier_block tcx_netdev_notifier = {
	.notifier_call	= tcx_netdev_event,
	.priority	= INT_MAX,
};

int tcx_init(const struct tcx_hook *hook)
{
	int err;

	tcx_hook = hook;
	err = tcx_hook->init();
	if (err)
		return err;
	tcx_keys_init(tcx_hook);
	err = register_netdevice_notifier(&tcx_netdev_notifier);
	if (err)
		goto err_hook;
	return 0;

err_hook:
	tcx_hook->exit();
	return err;
}

void tcx_hook_open(void)
{
	if (tcx_hook->open)
		tcx_hook->open();
}

/* Nothing is attached any more, or the module could not be unloaded; the entries
 * of devices that once had programs are left. Devices may have died since the
 * notifier was removed: they wait for the entries' references.
 */
void tcx_exit(void)
{
	struct hlist_node *tmp;
	struct tcx_entry *entry;
	int bkt;

	unregister_netdevice_notifier(&tcx_netdev_notifier);
	rtnl_lock();
	hash_for_each_safe(tcx_entries, bkt, tmp, entry, node)
		tcx_entry_uninstall(entry);
	rtnl_unlock();
	tcx_link_flush();
	tcx_keys_exit();
	tcx_hook->exit();
}
