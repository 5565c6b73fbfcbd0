/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What supported kernels do in different ways: ftrace callbacks that change
 * where the CPU continues.
 */
#ifndef TCX_BACKPORT_COMPAT_FTRACE_H
#define TCX_BACKPORT_COMPAT_FTRACE_H

#include <linux/ftrace.h>

/* Callbacks get struct ftrace_regs since 5.11, struct pt_regs before. */
#ifdef HAVE_FTRACE_REGS
#define tcx_ftrace_regs	ftrace_regs

static __always_inline void tcx_ftrace_continue_at(struct tcx_ftrace_regs *regs,
						   unsigned long ip)
{
	ftrace_instruction_pointer_set(regs, ip);
}
#else
#define tcx_ftrace_regs	pt_regs

static __always_inline void tcx_ftrace_continue_at(struct tcx_ftrace_regs *regs,
						   unsigned long ip)
{
	instruction_pointer_set(regs, ip);
}
#endif

/* Saving all registers is what changing one needed before ftrace_regs. */
#ifdef CONFIG_DYNAMIC_FTRACE_WITH_ARGS
#define TCX_FTRACE_SAVE_REGS	0
#else
#define TCX_FTRACE_SAVE_REGS	FTRACE_OPS_FL_SAVE_REGS
#endif

/* The same bit has had opposite meanings: before 5.11 it says that the callback
 * may nest, without which a nested call would go past it; since then it asks
 * for a guard against nesting, which would have the same effect.
 */
#ifdef HAVE_FTRACE_RECURSION_SAFE
#define TCX_FTRACE_MAY_NEST	FTRACE_OPS_FL_RECURSION_SAFE
#else
#define TCX_FTRACE_MAY_NEST	0
#endif

#define TCX_FTRACE_REDIRECT_FLAGS \
	(FTRACE_OPS_FL_IPMODIFY | FTRACE_OPS_FL_PERMANENT | \
	 TCX_FTRACE_SAVE_REGS | TCX_FTRACE_MAY_NEST)

#endif /* TCX_BACKPORT_COMPAT_FTRACE_H */
