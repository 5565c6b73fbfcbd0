// SPDX-License-Identifier: GPL-2.0
/*
 * The family tcx, see tcx.h: what it is, and the life of its devices. Mirrors
 * kernel/bpf/tcx.c of Linux 6.12.
 *
 * Devices: entries hold a reference to the device (entry.h), which the notifier
 * drops while the device unregisters. It may be told late, when others have ended
 * the chain of notifiers before it: nobody can look the device up then any more,
 * but links know it still, and may be updated, detached and closed meanwhile. A
 * device that moves to another namespace keeps its entries.
 */
#include <linux/err.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>

#include <linux/tcx_backport.h>

#include "compat/netdev.h"
#include "core/family.h"
#include "core/link.h"
#include "tcx/entry.h"
#include "tcx/hook.h"
#include "tcx/keys.h"
#include "tcx/tcx.h"

static const struct tcx_hook *tcx_hook;

u32 tcx_hook_id(void)
{
	return tcx_hook->id;
}

static bool tcx_is_ingress(u32 attach_type)
{
	return attach_type == BPF_TCX_INGRESS;
}

static struct net_device *tcx_fetch(struct net *net, u32 ifindex,
				    u32 attach_type)
{
	return __dev_get_by_index(net, ifindex) ?: ERR_PTR(-ENODEV);
}

static struct tcx_mprog *tcx_mprog_of(struct net_device *dev, u32 attach_type)
{
	return tcx_entry_mprog(dev, tcx_is_ingress(attach_type));
}

static struct tcx_mprog *tcx_mprog_create(struct net_device *dev,
					  u32 attach_type)
{
	return tcx_entry_create(dev, tcx_is_ingress(attach_type));
}

static const struct tcx_family tcx_family = {
	.name		= "tcx",
	.link_type	= BPF_LINK_TYPE_TCX,
	.types		= {
		{ BPF_TCX_INGRESS, "ingress" },
		{ BPF_TCX_EGRESS, "egress" },
	},
	.fetch		= tcx_fetch,
	.mprog		= tcx_mprog_of,
	.mprog_create	= tcx_mprog_create,
	.mprog_abandon	= tcx_entry_abandon,
	.first		= tcx_entry_first,
	.last		= tcx_entry_last,
};

static void tcx_uninstall_entry(struct tcx_entry *entry)
{
	tcx_mprog_uninstall(&tcx_family, entry->dev,
			    entry->ingress ? BPF_TCX_INGRESS : BPF_TCX_EGRESS,
			    &entry->mprog);
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
		tcx_entries_end(dev, tcx_uninstall_entry);
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
	tcx_entries_init(tcx_hook);
	err = register_netdevice_notifier(&tcx_netdev_notifier);
	if (err)
		goto err_hook;
	rtnl_lock();
	tcx_family_register(&tcx_family);
	rtnl_unlock();
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
	unregister_netdevice_notifier(&tcx_netdev_notifier);
	rtnl_lock();
	tcx_family_unregister(&tcx_family);
	tcx_entries_end(NULL, tcx_uninstall_entry);
	rtnl_unlock();
	tcx_keys_exit();
	tcx_hook->exit();
}
