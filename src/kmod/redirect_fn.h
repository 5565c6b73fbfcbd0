/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Redirection of a kernel function: callers of the function enter a
 * replacement of ours, which may call the original. For control paths only.
 */
#ifndef TCX_BACKPORT_REDIRECT_FN_H
#define TCX_BACKPORT_REDIRECT_FN_H

#include <linux/atomic.h>
#include <linux/ftrace.h>
#include <linux/static_call.h>

struct tcx_redirect {
	const char		*name;		/* of the kernel's function */
	/* Calls tcx_ftrace_continue_at() with the replacement, for those calls
	 * that shall enter it. Must be notrace and must not sleep.
	 */
	ftrace_func_t		callback;

	/* A static call of the function's type, by which the replacement calls
	 * the original.
	 */
	struct static_call_key	*original;	/* STATIC_CALL_KEY() */
	void			*original_tramp;	/* STATIC_CALL_TRAMP_ADDR() */

	/* private */
	struct ftrace_ops	ops;
	unsigned long		ip;
	atomic_t		inside;
};

/* Install says in the log why it failed. Both may sleep, for long; not under
 * RTNL. After remove no task is in the replacement.
 */
int tcx_redirect_install(struct tcx_redirect *redirect);
void tcx_redirect_remove(struct tcx_redirect *redirect);

/* A replacement calls these as its first and as its last act. */
static inline void tcx_redirect_enter(struct tcx_redirect *redirect)
{
	atomic_inc(&redirect->inside);
}

static inline void tcx_redirect_leave(struct tcx_redirect *redirect)
{
	atomic_dec(&redirect->inside);
}

#endif /* TCX_BACKPORT_REDIRECT_FN_H */
