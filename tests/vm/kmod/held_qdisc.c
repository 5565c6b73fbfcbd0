// SPDX-License-Identifier: GPL-2.0
/*
 * Writing a device's name to /sys/module/held_qdisc/parameters/device holds the
 * module of the qdisc on its ingress queue, as a filter request does for which
 * the qdisc lives on; until this module goes.
 */
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/netdevice.h>
#include <linux/nsproxy.h>
#include <linux/rtnetlink.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <net/net_namespace.h>
#include <net/sch_generic.h>

static struct module *held;

static int device_set(const char *val, const struct kernel_param *kp)
{
	struct netdev_queue *queue = NULL;
	char name[IFNAMSIZ];
	struct net_device *dev;
	int err = -ENOENT;

	strscpy(name, val, sizeof(name));
	rtnl_lock();
	dev = __dev_get_by_name(current->nsproxy->net_ns, strim(name));
	if (dev)
		queue = dev_ingress_queue(dev);
	if (queue && !held) {
		held = rtnl_dereference(queue->qdisc_sleeping)->ops->owner;
		err = try_module_get(held) ? 0 : -EBUSY;
	}
	rtnl_unlock();
	return err;
}

static const struct kernel_param_ops device_ops = {
	.set = device_set,
};
module_param_cb(device, &device_ops, NULL, 0200);

static int __init held_qdisc_init(void)
{
	return 0;
}

static void __exit held_qdisc_exit(void)
{
	module_put(held);
}

module_init(held_qdisc_init);
module_exit(held_qdisc_exit);

MODULE_DESCRIPTION("Holds the module of a qdisc, for tests");
MODULE_LICENSE("GPL");
