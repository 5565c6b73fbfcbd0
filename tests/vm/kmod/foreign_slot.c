// SPDX-License-Identifier: GPL-2.0
/*
 * Somebody who writes where classic tc is entered without asking anyone: writing
 * a device's name to /sys/module/foreign_slot/parameters/ingress or egress empties
 * the place, so that no packet enters there.
 */
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/netdevice.h>
#include <linux/nsproxy.h>
#include <linux/rtnetlink.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <net/net_namespace.h>

static int slot_set(const char *val, const struct kernel_param *kp)
{
#ifdef HAVE_MINIQ
	char name[IFNAMSIZ];
	struct net_device *dev;
	int err = 0;

	strscpy(name, val, sizeof(name));
	rtnl_lock();
	dev = __dev_get_by_name(current->nsproxy->net_ns, strim(name));
	if (!dev)
		err = -ENODEV;
	else if (kp->arg)
		RCU_INIT_POINTER(dev->miniq_ingress, NULL);
	else
		RCU_INIT_POINTER(dev->miniq_egress, NULL);
	rtnl_unlock();
	return err;
#else
	return -EOPNOTSUPP;
#endif
}

static const struct kernel_param_ops slot_ops = {
	.set = slot_set,
};
module_param_cb(ingress, &slot_ops, (void *)1, 0200);
module_param_cb(egress, &slot_ops, NULL, 0200);

static int __init foreign_slot_init(void)
{
	return 0;
}

static void __exit foreign_slot_exit(void)
{
}

module_init(foreign_slot_init);
module_exit(foreign_slot_exit);

MODULE_DESCRIPTION("Empties the place where classic tc is entered, for tests");
MODULE_LICENSE("GPL");
