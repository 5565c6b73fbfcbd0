// SPDX-License-Identifier: GPL-2.0
/*
 * bpf(2) called the way the kernel's system call path calls it: from the switch
 * statement that newer kernels have in x64_sys_call(), or through the table of
 * system calls. Where both are there the table is what tracers read, and nothing
 * else.
 *
 * The request is one that every kernel refuses before it looks at the caller's
 * memory or asks a security module: a query whose attributes are larger than a
 * page.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/errno.h>
#include <linux/mm.h>
#include <linux/printk.h>
#include <linux/static_call.h>

#include "compat/cfi.h"
#include "compat/syscall.h"
#include "core/ksym.h"
#include "interface/syscall_trial.h"

/* Static calls, because neither needs to be fit for an indirect call. */
DEFINE_STATIC_CALL_NULL(tcx_trial_sys_call, tcx_sys_call);
DEFINE_STATIC_CALL_NULL(tcx_trial_entry, tcx_sys_call_entry);

/* The entry that the kernel's table of system calls has; NULL if that is not to be
 * found.
 */
static void *tcx_syscall_table_entry(bool compat)
{
	const char *name = compat ? TCX_SYS_TABLE_COMPAT : TCX_SYS_TABLE_NATIVE;
	void **table = name ? tcx_ksym_lookup(name) : NULL;

	if (table)
		return table[tcx_sys_bpf_nr(compat)];
	if (TCX_SYS_TABLE_ONLY && !compat)
		return tcx_ksym_lookup(TCX_SYS_BPF_NATIVE);
	return NULL;
}

static int __nocfi tcx_syscall_trial(bool compat)
{
	const char *name = compat ? TCX_SYS_CALL_COMPAT : TCX_SYS_CALL_NATIVE;
	struct pt_regs regs = {};
	void *call;

	tcx_syscall_set_args(&regs, compat, BPF_PROG_QUERY, PAGE_SIZE + 1);

	call = name ? tcx_ksym_lookup(name) : NULL;
	if (call) {
		__static_call_update(&STATIC_CALL_KEY(tcx_trial_sys_call),
				     STATIC_CALL_TRAMP_ADDR(tcx_trial_sys_call),
				     call);
		static_call(tcx_trial_sys_call)(&regs, tcx_sys_bpf_nr(compat));
		return 0;
	}
	call = tcx_syscall_table_entry(compat);
	if (call) {
		__static_call_update(&STATIC_CALL_KEY(tcx_trial_entry),
				     STATIC_CALL_TRAMP_ADDR(tcx_trial_entry),
				     call);
		static_call(tcx_trial_entry)(&regs);
		return 0;
	}
	pr_err("cannot tell how this kernel calls bpf(2), so it cannot be tried whether redirecting it works: the kernel needs CONFIG_KALLSYMS_ALL\n");
	return -EOPNOTSUPP;
}

int tcx_syscall_trial_native(void)
{
	return tcx_syscall_trial(false);
}

int tcx_syscall_trial_compat(void)
{
	return tcx_syscall_trial(true);
}
