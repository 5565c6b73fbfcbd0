// SPDX-License-Identifier: GPL-2.0
/*
 * The module as built for a kernel whose headers have tcx: it loads nowhere,
 * and says why.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/errno.h>
#include <linux/init.h>
#include <linux/module.h>

#include "core/ksym.h"
#include "core/native.h"

static int __init tcx_backport_init(void)
{
	int err;

	err = tcx_ksym_init();
	if (err)
		return err;
	err = tcx_native_refuse();
	if (err)
		return err;
	pr_err("built for a kernel with tcx, which this one has not (CONFIG_NET_XGRESS)\n");
	return -EOPNOTSUPP;
}

module_init(tcx_backport_init);

MODULE_DESCRIPTION("tcx, for kernels without it; this one has it");
MODULE_LICENSE("GPL");
MODULE_VERSION(TCX_BACKPORT_VERSION);
