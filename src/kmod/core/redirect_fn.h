/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Redirection of a kernel function: callers of the function enter a
 * replacement of ours, which may call the original. For control paths only.
 *
 * A call that enters a replacement holds a reference to the module, taken
 * before it executes text that may sleep and dropped as its last act. So the
 * module cannot be unloaded while somebody is inside, however long he stays, and
 * nobody ever waits for him. While the module is being loaded, and when it is
 * going, calls are not diverted.
 */
#ifndef TCX_BACKPORT_REDIRECT_FN_H
#define TCX_BACKPORT_REDIRECT_FN_H

#include <linux/atomic.h>
#include <linux/ftrace.h>
#include <linux/static_call.h>

#include "compat/ftrace.h"

struct tcx_redirect {
	const char		*name;		/* of the kernel's function */
	/* Calls tcx_redirect_divert() for those calls that shall enter the
	 * replacement. Must be notrace and must not sleep.
	 */
	ftrace_func_t		callback;
	/* Begins and ends as any function does, but that what comes last is
	 * tcx_redirect_leave().
	 */
	void			*replacement;

	/* Calls the function once, the way the kernel does, such that it does
	 * nothing and that the callback diverts it. Returns a negative errno,
	 * with a line in the log, if it cannot.
	 */
	int			(*trial)(void);

	/* A static call of the function's type, by which the replacement calls
	 * the original. The caller has to be __nocfi: on architectures where a
	 * static call is an indirect one, the place it leads to bears no type.
	 */
	struct static_call_key	*original;	/* STATIC_CALL_KEY() */
	void			*original_tramp;	/* STATIC_CALL_TRAMP_ADDR() */

	/* private */
	struct tcx_ftrace_ops	ops;
	unsigned long		ip;
	bool			registered;
	bool			met;		/* by the trial */
	struct task_struct	*trial_task;	/* compared, never dereferenced */
	atomic_t		inside;
};

/* Install and remove say in the log why they failed. Both may sleep, for long;
 * not under RTNL. Calls for the same redirection have to exclude each other.
 *
 * Installing what is installed is no error. After remove no call is diverted any
 * more; those that were go on, and it may be installed again meanwhile. If
 * remove fails, the redirection stays in force.
 */
int tcx_redirect_install(struct tcx_redirect *redirect);
int tcx_redirect_remove(struct tcx_redirect *redirect);

static inline bool tcx_redirect_installed(const struct tcx_redirect *redirect)
{
	return redirect->registered;
}

/* Calls that are in the replacement now. */
static inline unsigned int tcx_redirect_inside(struct tcx_redirect *redirect)
{
	return atomic_read(&redirect->inside);
}

/* From here on calls are diverted: the module can no longer fail to load. */
void tcx_redirect_open(void);

/* The last act of the module, when its loading has failed or when it goes: waits
 * for those who have left a replacement to have returned. Does not return if a
 * redirection could not be removed.
 */
void tcx_redirect_exit(void);

void tcx_redirect_divert(struct tcx_redirect *redirect,
			 struct tcx_ftrace_regs *regs);
void tcx_redirect_leave(struct tcx_redirect *redirect);

#endif /* TCX_BACKPORT_REDIRECT_FN_H */
