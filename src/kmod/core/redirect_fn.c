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
 * Calling the original: the static call leads past the place that ftrace
 * patches, at which nothing has happened yet either (arm64 has copied the return
 * address to a scratch register there, for the tracer). So it does not pass through
 * the callback once more, and whether the compiler makes a call or a jump of it
 * plays no part. A direct call may go there on kernels with indirect branch
 * tracking too.
 *
 * Staying in force: with FTRACE_OPS_FL_PERMANENT, kernel.ftrace_enabled cannot be
 * cleared as long as we are registered.
 *
 * Being met: a compiler that sees function and caller at once may put a copy of
 * the function into the caller, or make the caller call a copy, and ftrace would
 * never know. So installing makes one call, and fails if that does not come out
 * of the replacement. A kernel that was optimised as a whole may have such copies
 * in some callers and not in others, and is refused.
 *
 * Who is inside: the callback takes a reference to the module for each call that
 * it diverts, and tcx_redirect_leave() drops it. try_module_get() may be called
 * there: it does not sleep, takes no lock, and calls nothing that is redirected
 * (a tracer that looks at it is called from within the callback, against which
 * tracers guard themselves). Once the module is going it fails, and the call
 * takes its old way; while the module is loading tcx_redirect_live says no,
 * since a load that fails frees the text whoever holds a reference.
 *
 * Removal: unregister_ftrace_function() waits until no CPU and no preempted task
 * is in the callback. From then on no call enters, and remove returns. Those
 * inside hold the module. Module exit begins when nobody holds it, so all that
 * can be left then is a task between the end of tcx_redirect_leave() and its
 * return instruction. It has not slept since: synchronize_rcu_tasks() waits for
 * it. (On kernels that do not preempt, where that is synchronize_rcu(), it cannot
 * have been interrupted by another task.)
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/delay.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>

#include "compat/ftrace.h"
#include "core/ksym.h"
#include "core/redirect_fn.h"

/* Registering fails with EAGAIN while others change what is traced. */
#define TCX_REDIRECT_TRIES	100

/* Set once, and never cleared: afterwards try_module_get() decides. */
static bool tcx_redirect_live __read_mostly;

/* Redirections in force, or those that could not be removed. */
static atomic_t tcx_redirects;

/* The trial needs no reference: installing, which makes it, waits for it. */
static bool notrace tcx_redirect_is_trial(const struct tcx_redirect *redirect)
{
	return unlikely(READ_ONCE(redirect->trial_task) == current);
}

/* Out of line and without a frame in the callbacks, which are fast for calls
 * that are not diverted.
 */
void notrace tcx_redirect_divert(struct tcx_redirect *redirect,
				 struct tcx_ftrace_regs *regs)
{
	if (!tcx_redirect_is_trial(redirect) &&
	    (!READ_ONCE(tcx_redirect_live) || !try_module_get(THIS_MODULE)))
		return;
	atomic_inc(&redirect->inside);
	tcx_ftrace_continue_at(regs, (unsigned long)redirect->replacement);
}

void tcx_redirect_leave(struct tcx_redirect *redirect)
{
	atomic_dec(&redirect->inside);
	if (tcx_redirect_is_trial(redirect))
		redirect->met = true;
	else
		module_put(THIS_MODULE);
}

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

/* The place that ftrace patches in a function, or 0. */
static unsigned long tcx_redirect_site(const char *name)
{
	unsigned long addr = (unsigned long)tcx_ksym_lookup(name);
	unsigned long offset = TCX_FTRACE_SITE_FIRST, ip = 0;

	if (!addr || !tcx_ksym_have(KSYM_FOR_REDIRECT))
		return 0;
	for (; !ip && offset <= TCX_FTRACE_SITE_LAST;
	     offset += TCX_FTRACE_SITE_STEP)
		ip = ksym(ftrace_location)(addr + offset);
	return ip;
}

static int tcx_redirect_begin(struct tcx_redirect *redirect)
{
	int err;

	redirect->met = false;
	redirect->ip = tcx_redirect_site(redirect->name);
	if (!redirect->ip) {
		pr_err("this kernel has no %s() that could be redirected\n",
		       redirect->name);
		return -EOPNOTSUPP;
	}
	/* The address never changes, so calls that are still inside since the
	 * last time call what they called.
	 */
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
	redirect->registered = true;
	atomic_inc(&tcx_redirects);
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

static int tcx_redirect_prove(struct tcx_redirect *redirect)
{
	int err;

	WRITE_ONCE(redirect->trial_task, current);
	err = redirect->trial();
	WRITE_ONCE(redirect->trial_task, NULL);
	if (err)
		return err;
	if (!redirect->met) {
		pr_err("%s() is redirected, but a call of it has not met that: the compiler may have inlined or cloned it in this kernel\n",
		       redirect->name);
		return -EOPNOTSUPP;
	}
	return 0;
}

/* What makes it impossible, however ftrace answers. */
static bool tcx_redirect_refused(const struct tcx_redirect *redirect)
{
	if (IS_ENABLED(CONFIG_LTO_CLANG))
		pr_err("this kernel is built with link-time optimisation (CONFIG_LTO_CLANG), which may have inlined or cloned %s(): it cannot be redirected\n",
		       redirect->name);
	else if (TCX_FTRACE_NO_WAY_ON)
		pr_err("this kernel is built with branch target identification (CONFIG_ARM64_BTI_KERNEL), with which %s() cannot be redirected\n",
		       redirect->name);
	else
		return false;
	return true;
}

int tcx_redirect_install(struct tcx_redirect *redirect)
{
	int err;

	if (tcx_redirect_refused(redirect))
		return -EOPNOTSUPP;
	if (redirect->registered && redirect->met)
		return 0;
	err = redirect->registered ? 0 : tcx_redirect_begin(redirect);
	if (err)
		return err;
	err = tcx_redirect_prove(redirect);
	if (err)
		tcx_redirect_remove(redirect);
	return err;
}

int tcx_redirect_remove(struct tcx_redirect *redirect)
{
	int err;

	if (!redirect->registered)
		return 0;
	err = unregister_ftrace_function(&redirect->ops);
	if (err) {
		pr_err("cannot end the redirection of %s() (error %d), so it stays: ftrace has broken down, see above in the log\n",
		       redirect->name, err);
		return err;
	}
	ftrace_set_filter_ip(&redirect->ops, redirect->ip, 1, 0);
	redirect->registered = false;
	atomic_dec(&tcx_redirects);
	return 0;
}

void tcx_redirect_open(void)
{
	WRITE_ONCE(tcx_redirect_live, true);
}

void tcx_redirect_exit(void)
{
	if (!atomic_read(&tcx_redirects)) {
		if (tcx_redirect_live)
			synchronize_rcu_tasks();
		return;
	}
	/* The kernel calls into our text, and would free it once we return. An
	 * idle sleep is no hung task and no load.
	 */
	pr_crit("the kernel still calls this module, which therefore cannot be unloaded; all else goes on; reboot when you can\n");
	for (;;) {
		set_current_state(TASK_IDLE);
		schedule();
	}
}
