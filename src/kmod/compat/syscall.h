/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What architectures do in different ways: how bpf(2) is entered. The entry
 * functions are passed the caller's registers, in which the arguments are.
 */
#ifndef TCX_BACKPORT_COMPAT_SYSCALL_H
#define TCX_BACKPORT_COMPAT_SYSCALL_H

#include <linux/compat.h>
#include <linux/ptrace.h>

#include "ftrace.h"

struct tcx_syscall_args {
	int		cmd;
	void __user	*uattr;
	unsigned int	size;
};

#if defined(CONFIG_X86_64) && !defined(CONFIG_UML)

#define TCX_SYS_BPF_NATIVE	"__x64_sys_bpf"
#define TCX_SYS_BPF_COMPAT	"__ia32_sys_bpf"	/* may be missing */

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

/* The same registers, but for a command without attributes. */
static inline void tcx_syscall_set_cmd(struct pt_regs *regs, bool compat,
				       int cmd)
{
	if (compat) {
		regs->bx = (u32)cmd;
		regs->cx = 0;
	} else {
		regs->di = (u32)cmd;
		regs->si = 0;
	}
	regs->dx = 0;
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
