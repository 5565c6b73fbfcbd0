// SPDX-License-Identifier: GPL-2.0
/* Somebody else's devices of kind netkit. */
#include <linux/module.h>
#include <linux/netdevice.h>
#include <net/rtnetlink.h>

static void other_setup(struct net_device *dev)
{
}

static struct rtnl_link_ops other_ops = {
	.kind	= "netkit",
	.setup	= other_setup,
};

static int __init other_init(void)
{
	return rtnl_link_register(&other_ops);
}

static void __exit other_exit(void)
{
	rtnl_link_unregister(&other_ops);
}

module_init(other_init);
module_exit(other_exit);

MODULE_DESCRIPTION("devices of kind netkit, for tests");
MODULE_LICENSE("GPL");
