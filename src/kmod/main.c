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

#include "compat/export.h"
#include "core/ksym.h"
#include "core/link.h"
#include "core/native.h"
#include "core/redirect_fn.h"
#include "interface/bpf_syscall.h"
#include "interface/chardev.h"
#include "tcx/hook.h"
#include "tcx/tcx.h"

static char *hook = "auto";
module_param(hook, charp, 0444);
MODULE_PARM_DESC(hook, "how packets reach the programs: auto (default), netfilter, tc");

/* Needs both directions, which kernels may have one of. */
#if defined(CONFIG_NETFILTER_INGRESS) && defined(CONFIG_NETFILTER_EGRESS)
static const struct tcx_hook *const tcx_netfilter = &tcx_hook_netfilter;
#else
static const struct tcx_hook *const tcx_netfilter;
#endif

/* auto: who asks for bpf(2) at load runs programs that expect native tcx's order
 * relative to classic tc, which only the tc hook gives. NULL if there is no such
 * hook, with a line in the log.
 */
static const struct tcx_hook __init *tcx_resolve_hook(void)
{
	if (!strcmp(hook, "tc"))
		return &tcx_hook_tc;
	if (!strcmp(hook, "auto"))
		return tcx_netfilter && !tcx_bpf_syscall_wanted() ?
		       tcx_netfilter : &tcx_hook_tc;
	if (strcmp(hook, "netfilter"))
		pr_err("hook=%s: no such hook; there are auto, netfilter and tc\n",
		       hook);
	else if (!tcx_netfilter)
		pr_err("hook=netfilter: this kernel has no netfilter %s hook (CONFIG_NETFILTER_%s); load with hook=tc\n",
		       IS_ENABLED(CONFIG_NETFILTER_INGRESS) ? "egress" : "ingress",
		       IS_ENABLED(CONFIG_NETFILTER_INGRESS) ? "EGRESS" : "INGRESS");
	else
		return tcx_netfilter;
	return NULL;
}

/* bpf(2) goes with the order that its users expect, or with an administrator's
 * explicit choice of the other one.
 */
static bool __init tcx_bpf_syscall_allowed(const struct tcx_hook *used)
{
	if (used == &tcx_hook_tc)
		return true;
	if (strcmp(hook, "netfilter"))
		return false;
	if (tcx_bpf_syscall_wanted())
		pr_info("bpf_syscall with hook=netfilter: on ingress classic tc runs before tcx, unlike on kernels with native tcx\n");
	return true;
}

/* Of tcx/, all that another module asks for. */
EXPORT_SYMBOL_TCX(tcx_hook_id);

static int __init tcx_backport_init(void)
{
	const struct tcx_hook *used;
	int err;

	err = tcx_ksym_init();
	if (err)
		return err;
	err = tcx_native_refuse();
	if (err)
		return err;
	err = tcx_ksym_resolve();
	if (err)
		return err;
	used = tcx_resolve_hook();
	if (!used)
		return -EINVAL;
	err = tcx_init(used);
	if (err)
		goto err_redirect;
	err = tcx_bpf_syscall_init(tcx_bpf_syscall_allowed(used));
	if (err)
		goto err_bpf_syscall;
	err = tcx_chardev_init();
	if (err)
		goto err_bpf_syscall;
	/* Calls are diverted and requests come in from here on, swaps first, on
	 * which requests rely. Nothing that follows may fail.
	 */
	tcx_redirect_open();
	tcx_hook_open();
	tcx_chardev_open();
	tcx_bpf_syscall_open();
	return 0;

err_bpf_syscall:
	tcx_bpf_syscall_exit();
	tcx_exit();
err_redirect:
	tcx_redirect_exit();
	return err;
}

/* Requests first, then what they have made, then those who are on their way out
 * of our text: links' operations, and calls that were diverted.
 */
static void __exit tcx_backport_exit(void)
{
	tcx_bpf_syscall_exit();
	tcx_chardev_exit();
	tcx_exit();
	tcx_link_flush();
	tcx_redirect_exit();
}

module_init(tcx_backport_init);
module_exit(tcx_backport_exit);

MODULE_DESCRIPTION("tcx, the tc BPF attach layer of Linux 6.6, for older kernels");
MODULE_LICENSE("GPL");
MODULE_VERSION(TCX_BACKPORT_VERSION);
