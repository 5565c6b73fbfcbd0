/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What supported kernels do in different ways: ftrace callbacks that change
 * where the CPU continues.
 */
#ifndef TCX_BACKPORT_COMPAT_FTRACE_H
#define TCX_BACKPORT_COMPAT_FTRACE_H

#include <linux/ftrace.h>
#include <linux/kconfig.h>
#include <linux/ptrace.h>

/* Callbacks get struct ftrace_regs since 5.11, struct pt_regs before. What the
 * former has inside depends on the architecture: where there are arguments only
 * (HAVE_DYNAMIC_FTRACE_WITH_ARGS) it has functions of its own, elsewhere it
 * wraps struct pt_regs, and those functions do nothing.
 */
#ifdef HAVE_FTRACE_REGS
#define tcx_ftrace_regs	ftrace_regs
#else
#define tcx_ftrace_regs	pt_regs
#endif

/* Without a function tracer nothing is redirected (redirect_none.c), and these
 * two are the only types that are missed.
 */
#ifdef CONFIG_FUNCTION_TRACER
#define tcx_ftrace_ops	ftrace_ops
#else
struct tcx_ftrace_ops {
};

typedef void (*ftrace_func_t)(unsigned long ip, unsigned long parent_ip,
			      struct ftrace_ops *ops,
			      struct tcx_ftrace_regs *regs);
#endif

static __always_inline void tcx_ftrace_continue_at(struct tcx_ftrace_regs *regs,
						   unsigned long ip)
{
#ifndef HAVE_FTRACE_REGS
	instruction_pointer_set(regs, ip);
#elif !defined(CONFIG_HAVE_DYNAMIC_FTRACE_WITH_ARGS)
	instruction_pointer_set(ftrace_get_regs(regs), ip);
#elif defined(HAVE_FTRACE_REGS_SET_INSTRUCTION_POINTER)
	ftrace_regs_set_instruction_pointer(regs, ip);
#else
	ftrace_instruction_pointer_set(regs, ip);
#endif
}

/* The first argument of the function that a callback was called for. */
static __always_inline unsigned long
tcx_ftrace_first_argument(struct tcx_ftrace_regs *regs)
{
#if defined(CONFIG_X86_64) && defined(HAVE_FTRACE_REGS)
	return regs->regs.di;
#elif defined(CONFIG_X86_64)
	return regs->di;
#elif !defined(HAVE_FTRACE_REGS)
	return regs->regs[0];
#elif !defined(CONFIG_HAVE_DYNAMIC_FTRACE_WITH_ARGS)
	return ftrace_get_regs(regs)->regs[0];
#else
	return ftrace_regs_get_argument(regs, 0);
#endif
}

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

/* The place that ftrace patches, in bytes from the function's address. On x86-64 it
 * is the first instruction, which is five bytes long, or the one after a landing
 * pad for indirect branches of four: the fifth byte belongs to it either way. On
 * arm64, where a call takes two instructions, it is the second one, or the third
 * after a landing pad.
 *
 * ftrace_location() must not be asked for the function's address: kernels with
 * landing pads take that for any such place up to the next symbol, and behind a
 * function there may be a weak one that was overridden, whose symbol is gone.
 */
#define TCX_FTRACE_SITE_FIRST	4
#ifdef CONFIG_ARM64
#define TCX_FTRACE_SITE_LAST	8
#else
#define TCX_FTRACE_SITE_LAST	4
#endif
#define TCX_FTRACE_SITE_STEP	4

/* What comes after that place is no landing pad for an indirect call, which a
 * static call is on this architecture.
 */
#define TCX_FTRACE_NO_WAY_ON	IS_ENABLED(CONFIG_ARM64_BTI_KERNEL)

#define TCX_FTRACE_REDIRECT_FLAGS \
	(FTRACE_OPS_FL_IPMODIFY | FTRACE_OPS_FL_PERMANENT | \
	 TCX_FTRACE_SAVE_REGS | TCX_FTRACE_MAY_NEST)

#endif /* TCX_BACKPORT_COMPAT_FTRACE_H */
