// SPDX-License-Identifier: GPL-2.0
/*
 * The attach points of tcx, see entry.h. Mirrors the entries of
 * include/net/tcx.h of Linux 6.12.
 *
 * Entries are found through a table of ours, since struct net_device has no
 * room for them. RTNL protects the table.
 */
#include <linux/err.h>
#include <linux/hashtable.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "compat/tc.h"
#include "tcx/entry.h"
#include "tcx/hook.h"
#include "tcx/keys.h"

static const struct tcx_hook *tcx_hook;

/* All entries, by device. */
static DEFINE_HASHTABLE(tcx_entries, 10);

/* Where native tcx has an attach point, kept by a qdisc, and we have no entry.
 * Never changed: nothing can be removed from it, and nobody adds to it.
 */
static struct tcx_mprog tcx_mprog_empty = {
	.revision = 1,
};

void tcx_entries_init(const struct tcx_hook *hook)
{
	tcx_hook = hook;
}

/* TCQ_F_INGRESS does not tell: before 6.4, and stable releases of 2023, the kernel
 * sets it for whatever somebody creates on an ingress queue, pfifo or htb. The
 * names are those of sch_ingress, unless somebody took one before it was there.
 */
bool tcx_qdisc_keeps_entry(const struct Qdisc *sch, bool ingress)
{
	const struct Qdisc_class_ops *ops = sch->ops->cl_ops;

	if (!ops || !ops->tcf_block)
		return false;
	return !strcmp(sch->ops->id, "clsact") ||
	       (ingress && !strcmp(sch->ops->id, "ingress"));
}

struct Qdisc *tcx_entry_qdisc(struct net_device *dev, bool ingress)
{
	struct netdev_queue *queue = dev_ingress_queue(dev);
	struct Qdisc *sch;

	if (!queue)
		return NULL;
	sch = tcx_queue_qdisc(queue);
	return sch && tcx_qdisc_keeps_entry(sch, ingress) ? sch : NULL;
}

static struct tcx_entry *tcx_entry_of(struct tcx_mprog *mprog)
{
	return container_of(mprog, struct tcx_entry, mprog);
}

static bool tcx_entry_empty(const struct tcx_entry *entry)
{
	return !rtnl_dereference(entry->mprog.array);
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
		if (tcx_entry_empty(entry) &&
		    entry->qdisc != tcx_entry_qdisc(dev, ingress))
			entry->qdisc = NULL;
		if (tcx_entry_empty(entry) && !entry->qdisc)
			tcx_mprog_init(&entry->mprog);
		return entry;
	}
	return NULL;
}

struct tcx_mprog *tcx_entry_mprog(struct net_device *dev, bool ingress)
{
	struct tcx_entry *entry = tcx_entry_fetch(dev, ingress);

	if (entry && !tcx_entry_empty(entry))
		return &entry->mprog;
	if (!tcx_entry_qdisc(dev, ingress))
		return NULL;
	return entry ? &entry->mprog : &tcx_mprog_empty;
}

struct tcx_mprog *tcx_entry_create(struct net_device *dev, bool ingress)
{
	struct tcx_entry *entry = tcx_entry_fetch(dev, ingress);

	if (entry)
		return &entry->mprog;
	entry = kzalloc(sizeof(*entry), GFP_KERNEL);
	if (!entry)
		return ERR_PTR(-ENOMEM);
	tcx_mprog_init(&entry->mprog);
	entry->dev = dev;
	entry->ingress = ingress;
	return &entry->mprog;
}

void tcx_entry_abandon(struct tcx_mprog *mprog)
{
	struct tcx_entry *entry = tcx_entry_of(mprog);

	if (!entry->bound)
		kfree(entry);
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

int tcx_entry_first(struct tcx_mprog *mprog)
{
	struct tcx_entry *entry = tcx_entry_of(mprog);
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

/* Packets need no longer come by. */
void tcx_entry_last(struct tcx_mprog *mprog)
{
	struct tcx_entry *entry = tcx_entry_of(mprog);

	if (tcx_hook->del)
		tcx_hook->del(entry);
	tcx_keys_release(entry->ingress);
	entry->qdisc = tcx_entry_qdisc(entry->dev, entry->ingress);
}

/* @dev NULL: of all devices. */
void tcx_entries_end(struct net_device *dev,
		     void (*uninstall)(struct tcx_entry *entry))
{
	struct tcx_entry *entry;
	struct hlist_node *tmp;
	int bkt;

	ASSERT_RTNL();
	if (dev) {
		hash_for_each_possible_safe(tcx_entries, entry, tmp, node,
					    (unsigned long)dev)
			if (entry->dev == dev) {
				uninstall(entry);
				tcx_entry_unbind(entry);
			}
		return;
	}
	hash_for_each_safe(tcx_entries, bkt, tmp, entry, node) {
		uninstall(entry);
		tcx_entry_unbind(entry);
	}
}
