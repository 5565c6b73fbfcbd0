// SPDX-License-Identifier: GPL-2.0
/*
 * Redirection of a kernel function, see redirect_fn.h.
 *
 * How: ftrace calls us where the compiler left room for it, at the function's
 * entry, before the function has done anything. The callback may let the CPU
 * continue in the replacement instead: same stack, same arguments, same return
 * address. That is how live patches work (FTRACE_OPS_FL_IPMODIFY), and the
 * kernel sees to it that a function has one such user.
 *
 * Calling the original: the static call leads behind the place that ftrace
 * patches, at which nothing has happened yet either. So it does not pass through
 * the callback once more, and whether the compiler makes a call or a jump of it
 * plays no part. A direct call may go there on kernels with indirect branch
 * tracking too.
 *
 * Staying in force: with FTRACE_OPS_FL_PERMANENT, kernel.ftrace_enabled cannot be
 * cleared as long as we are registered.
 *
 * Removal, step by step:
 *
 *   1. unregister_ftrace_function(): no call is redirected any more, and no CPU
 *      is in the callback.
 *   2. synchronize_rcu_tasks(): tasks that the callback has sent on, but that
 *      were preempted before they counted themselves in, have done so. (Such a
 *      task has not slept; on kernels that do not preempt, where this is
 *      synchronize_rcu(), it cannot have been interrupted by another task.)
 *   3. Wait until nobody is counted inside. Needed because a task that sleeps
 *      in the replacement is invisible to every flavour of RCU.
 *   4. synchronize_rcu_tasks(): those that have counted themselves out have
 *      executed the return instruction.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/delay.h>
#include <linux/errno.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/rcupdate.h>

#include "compat/ftrace.h"
#include "ksym.h"
#include "redirect_fn.h"

/* Registering fails with EAGAIN while others change what is traced. */
#define TCX_REDIRECT_TRIES	100

/* How often to say what removal is waiting for. */
#define TCX_REDIRECT_SAY	(10 * HZ)

static int tcx_redirect_register(struct tcx_redirect *redirect)
{
	int err, tries;

	for (tries = 0; tries < TCX_REDIRECT_TRIES; tries++) {
		err = register_ftrace_function(&redirect->ops);
		if (err != -EAGAIN)
			return err;
		msleep(20);
	}
	return err;
}

int tcx_redirect_install(struct tcx_redirect *redirect)
{
	void *addr = tcx_ksym_lookup(redirect->name);
	int err;

	redirect->ip = 0;
	if (addr && tcx_ksym_have(KSYM_FOR_REDIRECT))
		redirect->ip = ksym(ftrace_location)((unsigned long)addr);
	if (!redirect->ip) {
		pr_err("this kernel has no %s() that could be redirected\n",
		       redirect->name);
		return -EOPNOTSUPP;
	}
	__static_call_update(redirect->original, redirect->original_tramp,
			     (void *)(redirect->ip + MCOUNT_INSN_SIZE));

	redirect->ops.func = redirect->callback;
	redirect->ops.flags = TCX_FTRACE_REDIRECT_FLAGS;
	err = ftrace_set_filter_ip(&redirect->ops, redirect->ip, 0, 0);
	if (err)
		goto err_log;
	err = tcx_redirect_register(redirect);
	if (err)
		goto err_filter;
	return 0;

err_filter:
	ftrace_set_filter_ip(&redirect->ops, redirect->ip, 1, 0);
err_log:
	pr_err("cannot redirect %s() (error %d)%s\n", redirect->name, err,
	       err == -EBUSY ?
	       ": a live patch or a tracer has it, or kernel.ftrace_enabled is 0" :
	       "");
	return err;
}

void tcx_redirect_remove(struct tcx_redirect *redirect)
{
	unsigned long say = jiffies + TCX_REDIRECT_SAY;

	/* Fails only if ftrace has broken down and disabled itself. */
	WARN_ON(unregister_ftrace_function(&redirect->ops));
	ftrace_set_filter_ip(&redirect->ops, redirect->ip, 1, 0);
	synchronize_rcu_tasks();
	while (atomic_read(&redirect->inside)) {
		if (time_after(jiffies, say)) {
			pr_info("waiting for %d tasks to leave %s()\n",
				atomic_read(&redirect->inside),
				redirect->name);
			say = jiffies + TCX_REDIRECT_SAY;
		}
		msleep(20);
	}
	synchronize_rcu_tasks();
}
