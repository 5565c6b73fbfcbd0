// SPDX-License-Identifier: GPL-2.0
/*
 * Somebody else's netdevice notifier, which ends the chain (NOTIFY_STOP) when a
 * device unregisters, so that those after it are not told. In the kernel's tree
 * mpls does, when memory is short.
 *
 *   priority  of the notifier
 *   device    whose NETDEV_UNREGISTER is kept from the others
 *   times     how many of these to keep from now on; the kernel repeats them
 *   stopped   how many were
 */
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/netdevice.h>
#include <linux/string.h>

static int priority;
module_param(priority, int, 0444);

static char device[IFNAMSIZ];
module_param_string(device, device, sizeof(device), 0644);

static unsigned int times;
module_param(times, uint, 0644);

static unsigned int stopped;
module_param(stopped, uint, 0644);

/* A device that moves to another namespace unregisters too, and is registered. */
static int stop_chain_event(struct notifier_block *nb, unsigned long event,
			    void *ptr)
{
	struct net_device *dev = netdev_notifier_info_to_dev(ptr);

	if (event != NETDEV_UNREGISTER || strcmp(dev->name, device) ||
	    dev->reg_state == NETREG_REGISTERED || !times)
		return NOTIFY_DONE;
	times--;
	stopped++;
	return NOTIFY_STOP;
}

static struct notifier_block stop_chain_notifier = {
	.notifier_call = stop_chain_event,
};

static int __init stop_chain_init(void)
{
	stop_chain_notifier.priority = priority;
	return register_netdevice_notifier(&stop_chain_notifier);
}

static void __exit stop_chain_exit(void)
{
	unregister_netdevice_notifier(&stop_chain_notifier);
}

module_init(stop_chain_init);
module_exit(stop_chain_exit);

MODULE_DESCRIPTION("Hides the death of a device from other notifiers, for tests");
MODULE_LICENSE("GPL");
