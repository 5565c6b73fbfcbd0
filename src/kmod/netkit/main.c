// SPDX-License-Identifier: GPL-2.0
/*
 * netkit_backport: netkit, the BPF-programmable device of Linux 6.7, for older
 * kernels. Module load and unload.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/errno.h>
#include <linux/init.h>
#include <linux/module.h>
#include <linux/printk.h>
#include <net/rtnetlink.h>

#include <linux/tcx_backport.h>

#include "core/ksym.h"
#include "netkit/netkit.h"
#include "tcx/tcx.h"

static int __init netkit_resolve(void)
{
	void *addr = tcx_ksym_lookup("skb_do_redirect");

	if (!addr) {
		pr_err("this kernel has no skb_do_redirect(), which netkit_backport needs: not loaded\n");
		return -EOPNOTSUPP;
	}
	__static_call_update(&STATIC_CALL_KEY(netkit_do_redirect),
			     STATIC_CALL_TRAMP_ADDR(netkit_do_redirect), addr);
	return 0;
}

/* Attach points come before the first device, and go after the last. */
static int __init netkit_backport_init(void)
{
	int err;

	err = netkit_resolve();
	if (err)
		return err;
	if (tcx_hook_id() != TCX_BACKPORT_HOOK_NETFILTER)
		static_branch_enable(&netkit_skip_egress);
	netkit_family_init();
	err = netkit_link_init();
	if (err) {
		netkit_family_exit();
		if (err == -EEXIST)
			pr_info("not loaded, and not needed: there are devices of kind netkit already\n");
	}
	return err;
}

/* No device is left: each holds a reference to this module. One that is being
 * freed still is waited for.
 */
static void __exit netkit_backport_exit(void)
{
	netkit_link_exit();
	netkit_family_exit();
}

module_init(netkit_backport_init);
module_exit(netkit_backport_exit);

MODULE_DESCRIPTION("netkit, the BPF-programmable network device of Linux 6.7, for older kernels");
MODULE_LICENSE("GPL");
MODULE_VERSION(TCX_BACKPORT_VERSION);
MODULE_ALIAS_RTNL_LINK("netkit");
MODULE_IMPORT_NS(TCX_BACKPORT);
