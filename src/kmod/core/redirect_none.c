// SPDX-License-Identifier: GPL-2.0
/*
 * Redirection of kernel functions, on a kernel that has not been built for it:
 * there is none. Takes the place of redirect_fn.c; see redirect_fn.h.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/errno.h>
#include <linux/printk.h>

#include "core/redirect_fn.h"

int tcx_redirect_install(struct tcx_redirect *redirect)
{
	pr_err("cannot redirect %s(): this kernel is built without CONFIG_DYNAMIC_FTRACE_WITH_REGS and _WITH_ARGS; load with hook=netfilter and without bpf_syscall\n",
	       redirect->name);
	return -EOPNOTSUPP;
}

int tcx_redirect_remove(struct tcx_redirect *redirect)
{
	return 0;
}

void tcx_redirect_open(void)
{
}

void tcx_redirect_exit(void)
{
}

void tcx_redirect_divert(struct tcx_redirect *redirect,
			 struct tcx_ftrace_regs *regs)
{
}

void tcx_redirect_leave(struct tcx_redirect *redirect)
{
}
