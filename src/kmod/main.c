// SPDX-License-Identifier: GPL-2.0
/*
 * tcx_backport: tcx, the tc BPF attach layer of Linux 6.6, for older kernels.
 * Module load and unload.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/errno.h>
#include <linux/init.h>
#include <linux/module.h>
#include <linux/string.h>

#include "chardev.h"
#include "hook.h"
#include "ksym.h"
#include "tcx.h"

/* Distributions have backported tcx to kernels of any version, so ask for a
 * function of kernel/bpf/tcx.c (whose name no function of ours may have), not
 * for the version. -EEXIST says what is the case, and modprobe
 * takes it for success: a host that lists the module to be loaded at boot
 * keeps working when its kernel has grown past it.
 */
static int __init tcx_refuse_native(void)
{
	if (!tcx_ksym_lookup("tcx_uninstall"))
		return 0;
	pr_info("not loaded, and not needed: this kernel has native tcx (bpf(2) attaches it)\n");
	return -EEXIST;
}

static char *hook = "auto";
module_param(hook, charp, 0444);
MODULE_PARM_DESC(hook, "how packets reach the programs: auto (default), netfilter, tc");

/* NULL: not available, or no such hook; the log says which. */
static const struct tcx_hook __init *tcx_resolve_hook(void)
{
	bool nf = IS_ENABLED(CONFIG_NETFILTER_INGRESS) &&
		  IS_ENABLED(CONFIG_NETFILTER_EGRESS);
	bool want_nf = !strcmp(hook, "netfilter");

	if (!want_nf && strcmp(hook, "tc") && strcmp(hook, "auto")) {
		pr_err("hook=%s: no such hook; auto, netfilter and tc are\n",
		       hook);
		return NULL;
	}
	if (want_nf && !nf) {
		pr_err("hook=netfilter: this kernel has no netfilter egress hook (CONFIG_NETFILTER_EGRESS); load with hook=tc\n");
		return NULL;
	}
#ifdef CONFIG_NETFILTER_EGRESS
	if (nf && strcmp(hook, "tc"))
		return &tcx_hook_netfilter;
#endif
#ifdef HAVE_MINIQ_SLOTS
	return &tcx_hook_tc;
#endif
	pr_err("hook=%s: this kernel has no place for the tc hook\n", hook);
	return NULL;
}

static int __init tcx_backport_init(void)
{
	const struct tcx_hook *use_hook;
	int err;

	err = tcx_ksym_init();
	if (err)
		return err;
	err = tcx_refuse_native();
	if (err)
		return err;
	err = tcx_ksym_resolve();
	if (err)
		return err;
	use_hook = tcx_resolve_hook();
	if (!use_hook)
		return -EINVAL;
	err = tcx_init(use_hook);
	if (err)
		return err;
	/* From here on requests come in. */
	err = tcx_chardev_init();
	if (err)
		goto err_tcx;
	return 0;

err_tcx:
	tcx_exit();
	return err;
}

static void __exit tcx_backport_exit(void)
{
	tcx_chardev_exit();
	tcx_exit();
}

module_init(tcx_backport_init);
module_exit(tcx_backport_exit);

MODULE_DESCRIPTION("tcx, the tc BPF attach layer of Linux 6.6, for older kernels");
MODULE_LICENSE("GPL");
MODULE_VERSION(TCX_BACKPORT_VERSION);
