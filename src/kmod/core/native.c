// SPDX-License-Identifier: GPL-2.0
/*
 * Kernels that have tcx themselves.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/errno.h>
#include <linux/printk.h>

#include "core/ksym.h"
#include "core/native.h"

/* Distributions have backported tcx to kernels of any version, so ask for a
 * function of kernel/bpf/tcx.c (whose name no function of ours may have), not
 * for the version. -EEXIST says what is the case, and modprobe takes it for
 * success: a host that lists the module to be loaded at boot keeps working when
 * its kernel has grown past it.
 */
int tcx_native_refuse(void)
{
	if (!tcx_ksym_lookup("tcx_uninstall"))
		return 0;
	pr_info("not loaded, and not needed: this kernel has native tcx (bpf(2) attaches it)\n");
	return -EEXIST;
}
