// SPDX-License-Identifier: GPL-2.0
/*
 * The module as built for a kernel whose headers have tcx: it loads nowhere, and
 * says why. It needs nothing of tcx_backport's, which does not load either.
 *
 * It has no alias, so that nobody who asks such a kernel for a netkit device gets
 * here.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/errno.h>
#include <linux/init.h>
#include <linux/kconfig.h>
#include <linux/module.h>
#include <linux/printk.h>

static int __init netkit_backport_init(void)
{
	/* modprobe takes this for success: a host that lists the module to be
	 * loaded at boot keeps working when its kernel has grown past it.
	 */
	if (IS_ENABLED(CONFIG_NETKIT)) {
		pr_info("not loaded, and not needed: this kernel has netkit itself\n");
		return -EEXIST;
	}
	pr_err("not loaded: this kernel has tcx itself, but no netkit (CONFIG_NETKIT, Linux 6.7), which is brought only to kernels that lack both; boot a kernel that has netkit\n");
	return -EOPNOTSUPP;
}

module_init(netkit_backport_init);

MODULE_DESCRIPTION("netkit, for kernels that lack tcx and netkit; this one has tcx");
MODULE_LICENSE("GPL");
MODULE_VERSION(TCX_BACKPORT_VERSION);
