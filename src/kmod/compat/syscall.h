/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What architectures do in different ways: how bpf(2) is entered. The entry
 * functions are passed the caller's registers, in which the arguments are.
 */
#ifndef TCX_BACKPORT_COMPAT_SYSCALL_H
#define TCX_BACKPORT_COMPAT_SYSCALL_H

#include <linux/bpf.h>
#include <linux/compat.h>
#include <linux/ptrace.h>
#include <asm/unistd.h>
#ifdef CONFIG_IA32_EMULATION
#include <asm/unistd_32_ia32.h>
#endif

#include "compat/ftrace.h"

struct tcx_syscall_args {
	int		cmd;
	void __user	*uattr;
	unsigned int	size;
};

#if defined(CONFIG_X86_64) && !defined(CONFIG_UML)

#define TCX_SYS_BPF_NATIVE	"__x64_sys_bpf"
#define TCX_SYS_BPF_COMPAT	"__ia32_sys_bpf"	/* may be missing */

/* What calls these: a function that newer kernels have, and updates of older ones,
 * or a table.
 */
#define TCX_SYS_CALL_NATIVE	"x64_sys_call"
#define TCX_SYS_CALL_COMPAT	"ia32_sys_call"
#define TCX_SYS_TABLE_NATIVE	"sys_call_table"
#define TCX_SYS_TABLE_COMPAT	"ia32_sys_call_table"

/* Their types: there are no such functions. */
long tcx_sys_call(const struct pt_regs *regs, unsigned int nr);
long tcx_sys_call_entry(const struct pt_regs *regs);

static inline unsigned int tcx_sys_bpf_nr(bool compat)
{
#ifdef CONFIG_IA32_EMULATION
	if (compat)
		return __NR_ia32_bpf;
#endif
	return __NR_bpf;
}

static __always_inline u32 tcx_syscall_cmd(const struct pt_regs *regs,
					   bool compat)
{
	return compat ? regs->bx : regs->di;
}

static inline struct tcx_syscall_args
tcx_syscall_args(const struct pt_regs *regs, bool compat)
{
	struct tcx_syscall_args args = {
		.cmd	= tcx_syscall_cmd(regs, compat),
		.uattr	= (void __user *)regs->si,
		.size	= regs->dx,
	};

#ifdef CONFIG_COMPAT
	if (compat)
		args.uattr = compat_ptr(regs->cx);
#endif
	return args;
}

static inline void tcx_syscall_set_size(struct pt_regs *regs, unsigned int size)
{
	regs->dx = size;
}

/* Registers as those of a caller without attributes. */
static inline void tcx_syscall_set_args(struct pt_regs *regs, bool compat,
					int cmd, unsigned int size)
{
	if (compat) {
		regs->bx = (u32)cmd;
		regs->cx = 0;
	} else {
		regs->di = (u32)cmd;
		regs->si = 0;
	}
	tcx_syscall_set_size(regs, size);
}

/* The first argument of the function that an ftrace callback was called for. */
static __always_inline const struct pt_regs *
tcx_ftrace_syscall_regs(const struct tcx_ftrace_regs *regs)
{
#ifdef HAVE_FTRACE_REGS
	return (const struct pt_regs *)regs->regs.di;
#else
	return (const struct pt_regs *)regs->di;
#endif
}

#else
#error "tcx_backport supports x86-64 only: it does not know how this architecture enters bpf(2)"
#endif

#endif /* TCX_BACKPORT_COMPAT_SYSCALL_H */
