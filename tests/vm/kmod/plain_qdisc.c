// SPDX-License-Identifier: GPL-2.0
/*
 * A qdisc for the ingress queue that is neither ingress nor clsact: it has no
 * classes, and so no filter blocks. Newer kernels let nobody create one that
 * does not say, like this one, that it belongs there.
 */
#include <linux/module.h>
#include <net/pkt_sched.h>

static struct Qdisc_ops plain_qdisc_ops __read_mostly = {
	.id		= "plain",
	.static_flags	= TCQ_F_INGRESS | TCQ_F_CPUSTATS,
	.owner		= THIS_MODULE,
};

static int __init plain_qdisc_init(void)
{
	return register_qdisc(&plain_qdisc_ops);
}

static void __exit plain_qdisc_exit(void)
{
	unregister_qdisc(&plain_qdisc_ops);
}

module_init(plain_qdisc_init);
module_exit(plain_qdisc_exit);

MODULE_DESCRIPTION("A qdisc on ingress without filter blocks, for tests");
MODULE_LICENSE("GPL");
