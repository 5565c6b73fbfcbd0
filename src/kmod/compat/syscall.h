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

/* TCX_SYS_BPF_*: the entry functions; what 32-bit programs enter may be missing, or
 * be the same function (NULL).
 *
 * TCX_SYS_CALL_*: what calls them, a function that newer kernels of some
 * architectures have, and updates of older ones; or a table, TCX_SYS_TABLE_*.
 * Where it is always the table, and kallsyms knows functions only, the entry's
 * address is what it holds: it is filled in another file than the entry stands in,
 * so by the linker (TCX_SYS_TABLE_ONLY).
 */
#if defined(CONFIG_X86_64) && !defined(CONFIG_UML)

#define TCX_SYS_BPF_NATIVE	"__x64_sys_bpf"
#define TCX_SYS_BPF_COMPAT	"__ia32_sys_bpf"
#define TCX_SYS_CALL_NATIVE	"x64_sys_call"
#define TCX_SYS_CALL_COMPAT	"ia32_sys_call"
#define TCX_SYS_TABLE_NATIVE	"sys_call_table"
#define TCX_SYS_TABLE_COMPAT	"ia32_sys_call_table"
#define TCX_SYS_TABLE_ONLY	false

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

#elif defined(CONFIG_ARM64)

/* 32-bit programs enter the same function: no argument of bpf(2) is converted,
 * and the upper halves of their registers are zero.
 */
#define TCX_SYS_BPF_NATIVE	"__arm64_sys_bpf"
#define TCX_SYS_BPF_COMPAT	NULL
#define TCX_SYS_CALL_NATIVE	NULL
#define TCX_SYS_CALL_COMPAT	NULL
#define TCX_SYS_TABLE_NATIVE	"sys_call_table"
#define TCX_SYS_TABLE_COMPAT	NULL
#define TCX_SYS_TABLE_ONLY	true

static inline unsigned int tcx_sys_bpf_nr(bool compat)
{
	return __NR_bpf;
}

static __always_inline u32 tcx_syscall_cmd(const struct pt_regs *regs,
					   bool compat)
{
	return regs->regs[0];
}

static inline struct tcx_syscall_args
tcx_syscall_args(const struct pt_regs *regs, bool compat)
{
	return (struct tcx_syscall_args) {
		.cmd	= tcx_syscall_cmd(regs, compat),
		.uattr	= (void __user *)regs->regs[1],
		.size	= regs->regs[2],
	};
}

static inline void tcx_syscall_set_size(struct pt_regs *regs, unsigned int size)
{
	regs->regs[2] = size;
}

static inline void tcx_syscall_set_args(struct pt_regs *regs, bool compat,
					int cmd, unsigned int size)
{
	regs->regs[0] = (u32)cmd;
	regs->regs[1] = 0;
	tcx_syscall_set_size(regs, size);
}

#else
#error "tcx_backport supports x86-64 and arm64: how does bpf(2) begin here?"
#endif

/* The types of TCX_SYS_CALL_* and of the entries: there are no such functions. */
long tcx_sys_call(const struct pt_regs *regs, unsigned int nr);
long tcx_sys_call_entry(const struct pt_regs *regs);

/* The first argument of the function that an ftrace callback was called for. */
static __always_inline const struct pt_regs *
tcx_ftrace_syscall_regs(struct tcx_ftrace_regs *regs)
{
	return (const struct pt_regs *)tcx_ftrace_first_argument(regs);
}

#endif /* TCX_BACKPORT_COMPAT_SYSCALL_H */
