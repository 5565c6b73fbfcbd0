// SPDX-License-Identifier: GPL-2.0
/*
 * The second interface: bpf(2) accepts the attach types of our families, so that
 * programs built for Linux 6.6 and later run unmodified. Off unless the parameter
 * bpf_syscall says otherwise.
 *
 * The system call's entry functions are redirected (redirect_fn.c). The ftrace
 * callback looks at the command number and diverts four commands only; every
 * other one continues in the kernel without having executed anything of ours
 * that could sleep. A diverted command that is about another attach type is
 * handed to the kernel's own function, with the caller's registers as they were.
 *
 * What remains is in upstream's layout and goes where the ioctls go (bpf_attr.c).
 * What the kernel does around its commands in __sys_bpf() is done here too, in
 * its order: the gate for the unprivileged, the check of the tail, the copy, the
 * security hook, then the command's own check of unused fields.
 *
 * A diverted call touches its caller's memory, and may stay there for as long as
 * whoever serves that memory likes. Nobody waits for it: it holds a reference to
 * the module, and no lock. When the module is about to go, no call is diverted,
 * and tcx requests get what a kernel without tcx answers.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/bpf.h>
#include <linux/capability.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/static_call.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "compat/cfi.h"
#include "compat/export.h"
#include "compat/syscall.h"
#include "core/family.h"
#include "core/ksym.h"
#include "core/redirect_fn.h"
#include "core/request.h"
#include "interface/bpf_attr.h"
#include "interface/bpf_syscall.h"
#include "interface/syscall_trial.h"

#define TCX_BPF_COMMANDS						\
	(BIT(BPF_PROG_ATTACH) | BIT(BPF_PROG_DETACH) |			\
	 BIT(BPF_PROG_QUERY) | BIT(BPF_LINK_CREATE))

static __always_inline bool tcx_bpf_cmd_diverted(u32 cmd)
{
	return cmd < 32 && (TCX_BPF_COMMANDS >> cmd) & 1;
}

static long tcx_sys_bpf_native(const struct pt_regs *regs);
static long tcx_sys_bpf_compat(const struct pt_regs *regs);

/* The kernel's entries; static calls, as redirect_fn.h wants it. */
DEFINE_STATIC_CALL_NULL(tcx_bpf_original_native, tcx_sys_bpf_native);
DEFINE_STATIC_CALL_NULL(tcx_bpf_original_compat, tcx_sys_bpf_compat);

static struct tcx_redirect tcx_redirect_native;
static struct tcx_redirect tcx_redirect_compat;

static long __nocfi tcx_bpf_original(const struct pt_regs *regs, bool compat)
{
	if (compat)
		return static_call(tcx_bpf_original_compat)(regs);
	return static_call(tcx_bpf_original_native)(regs);
}

/* Write a field of the query's answer, unless the caller's attributes end
 * before it.
 */
static bool tcx_bpf_answer(void __user *uattr, unsigned int size,
			   size_t offset, const void *value, size_t len)
{
	return offset + len > size || !copy_to_user(uattr + offset, value, len);
}

static int tcx_bpf_prog_query(const union tcx_bpf_attr *attr,
			      void __user *uattr, unsigned int size)
{
	struct tcx_query_result res;
	const u32 attach_flags = 0;
	struct tcx_query query;
	int err;

	err = tcx_bpf_attr_query(attr, &query, &res);
	if (err)
		return err;
	if (!tcx_bpf_answer(uattr, size,
			    offsetof(struct tcx_bpf_query_attr, attach_flags),
			    &attach_flags, sizeof(attach_flags)) ||
	    !tcx_bpf_answer(uattr, size,
			    offsetof(struct tcx_bpf_query_attr, revision),
			    &res.revision, sizeof(res.revision)) ||
	    !tcx_bpf_answer(uattr, size,
			    offsetof(struct tcx_bpf_query_attr, count),
			    &res.count, sizeof(res.count)))
		return -EFAULT;
	return tcx_prog_query_copy_arrays(&query, &res);
}

static int tcx_bpf_prog_attach(const union tcx_bpf_attr *attr,
			       void __user *uattr, unsigned int size)
{
	return tcx_bpf_attr_attach(attr);
}

static int tcx_bpf_prog_detach(const union tcx_bpf_attr *attr,
			       void __user *uattr, unsigned int size)
{
	return tcx_bpf_attr_detach(attr);
}

static int tcx_bpf_link_create(const union tcx_bpf_attr *attr,
			       void __user *uattr, unsigned int size)
{
	return tcx_bpf_attr_link_create(attr);
}

/* The diverted commands: TCX_BPF_COMMANDS names the same. */
static const struct {
	size_t	attach_type;	/* its place in the attributes */
	int	(*handler)(const union tcx_bpf_attr *attr, void __user *uattr,
			   unsigned int size);
} tcx_bpf_commands[] = {
	[BPF_PROG_ATTACH] = {
		offsetof(struct tcx_bpf_attach_attr, attach_type),
		tcx_bpf_prog_attach,
	},
	[BPF_PROG_DETACH] = {
		offsetof(struct tcx_bpf_attach_attr, attach_type),
		tcx_bpf_prog_detach,
	},
	[BPF_PROG_QUERY] = {
		offsetof(struct tcx_bpf_query_attr, attach_type),
		tcx_bpf_prog_query,
	},
	[BPF_LINK_CREATE] = {
		offsetof(struct tcx_bpf_link_create_attr, attach_type),
		tcx_bpf_link_create,
	},
};

static int tcx_bpf(int cmd, void __user *uattr, unsigned int size)
{
	union tcx_bpf_attr attr;
	int err;

	memset(&attr, 0, sizeof(attr));
	err = copy_struct_from_user(&attr, TCX_BPF_ATTR_SIZE, uattr, size);
	if (err)
		return err;
	err = tcx_bpf_attr_security(cmd, &attr, size);
	if (err < 0)
		return err;
	return tcx_bpf_commands[cmd].handler(&attr, uattr, size);
}

/* Whether the request concerns one of our families, or -EFAULT. If the caller
 * changes the attributes meanwhile, either side refuses what is not its own.
 */
static int tcx_bpf_concerns_tcx(int cmd, void __user *uattr, unsigned int size)
{
	size_t offset = tcx_bpf_commands[cmd].attach_type;
	u32 type;

	if (size < offset + sizeof(type))
		return 0;
	if (get_user(type, (u32 __user *)(uattr + offset)))
		return -EFAULT;
	return tcx_attach_type_known(type);
}

/* Some kernels refuse every command to the unprivileged where
 * kernel.unprivileged_bpf_disabled is set, others only those that create
 * something. Ask the kernel, with attributes larger than a page: whom the gate
 * lets in is answered E2BIG then, before his memory is touched and before a
 * security module is asked.
 */
static bool tcx_bpf_gated(const struct pt_regs *regs, bool compat)
{
	struct pt_regs probe = *regs;

	if (bpf_capable())
		return false;
	tcx_syscall_set_size(&probe, PAGE_SIZE + 1);
	return tcx_bpf_original(&probe, compat) == -EPERM;
}

static long tcx_bpf_diverted(const struct pt_regs *regs, bool compat)
{
	const struct tcx_syscall_args args = tcx_syscall_args(regs, compat);
	int concerns;
	long ret;

	/* The gate comes first: whom it keeps out cannot make us touch memory
	 * that he may have arranged to be slow. The kernel refuses him itself,
	 * and what is larger than a page.
	 */
	if (args.size > PAGE_SIZE || tcx_bpf_gated(regs, compat))
		return tcx_bpf_original(regs, compat);
	concerns = tcx_bpf_concerns_tcx(args.cmd, args.uattr, args.size);
	if (concerns < 0) {
		/* The kernel finds the fault itself, unless the memory has come
		 * back since: then what it refuses may be an attach type of tcx.
		 */
		ret = tcx_bpf_original(regs, compat);
		if (ret == -EINVAL &&
		    tcx_bpf_concerns_tcx(args.cmd, args.uattr, args.size))
			ret = -EFAULT;
		return ret;
	}
	if (!concerns)
		return tcx_bpf_original(regs, compat);
	return tcx_bpf(args.cmd, args.uattr, args.size);
}

static long tcx_sys_bpf_native(const struct pt_regs *regs)
{
	long ret = tcx_bpf_diverted(regs, false);

	tcx_redirect_leave(&tcx_redirect_native);
	return ret;
}

static long tcx_sys_bpf_compat(const struct pt_regs *regs)
{
	long ret = tcx_bpf_diverted(regs, true);

	tcx_redirect_leave(&tcx_redirect_compat);
	return ret;
}

static void notrace tcx_bpf_callback_native(unsigned long ip,
					    unsigned long parent_ip,
					    struct ftrace_ops *ops,
					    struct tcx_ftrace_regs *regs)
{
	if (tcx_bpf_cmd_diverted(tcx_syscall_cmd(tcx_ftrace_syscall_regs(regs),
						 false)))
		tcx_redirect_divert(&tcx_redirect_native, regs);
}

static void notrace tcx_bpf_callback_compat(unsigned long ip,
					    unsigned long parent_ip,
					    struct ftrace_ops *ops,
					    struct tcx_ftrace_regs *regs)
{
	if (tcx_bpf_cmd_diverted(tcx_syscall_cmd(tcx_ftrace_syscall_regs(regs),
						 true)))
		tcx_redirect_divert(&tcx_redirect_compat, regs);
}

static struct tcx_redirect tcx_redirect_native = {
	.name		= TCX_SYS_BPF_NATIVE,
	.callback	= tcx_bpf_callback_native,
	.replacement	= tcx_sys_bpf_native,
	.trial		= tcx_syscall_trial_native,
	.original	= &STATIC_CALL_KEY(tcx_bpf_original_native),
	.original_tramp	= STATIC_CALL_TRAMP_ADDR(tcx_bpf_original_native),
};

static struct tcx_redirect tcx_redirect_compat = {
	.name		= TCX_SYS_BPF_COMPAT,
	.callback	= tcx_bpf_callback_compat,
	.replacement	= tcx_sys_bpf_compat,
	.trial		= tcx_syscall_trial_compat,
	.original	= &STATIC_CALL_KEY(tcx_bpf_original_compat),
	.original_tramp	= STATIC_CALL_TRAMP_ADDR(tcx_bpf_original_compat),
};

/* The switch. The parameter's set() runs before the module's init where it is
 * given to modprobe, and may still run while the module is being removed.
 */
static DEFINE_MUTEX(tcx_bpf_lock);
static enum { TCX_BPF_LOADING, TCX_BPF_LIVE, TCX_BPF_GONE } tcx_bpf_state;
static bool tcx_bpf_wanted;	/* while loading */
static bool tcx_bpf_allowed;
static bool tcx_bpf_enabled;	/* something is redirected */

static void tcx_bpf_note_enabled(void)
{
	WRITE_ONCE(tcx_bpf_enabled,
		   tcx_redirect_installed(&tcx_redirect_native) ||
		   tcx_redirect_installed(&tcx_redirect_compat));
}

static int tcx_bpf_enable(void)
{
	int err;

	err = tcx_redirect_install(&tcx_redirect_native);
	if (err)
		goto out;
	if (!TCX_SYS_BPF_COMPAT || !tcx_ksym_lookup(TCX_SYS_BPF_COMPAT))
		goto out;
	err = tcx_redirect_install(&tcx_redirect_compat);
	if (err)
		tcx_redirect_remove(&tcx_redirect_native);
out:
	tcx_bpf_note_enabled();
	return err;
}

/* Nothing is waited for: calls inside finish. What fails leaves things as they
 * were, both entries redirected, as far as ftrace still does what it is told.
 */
static int tcx_bpf_disable(void)
{
	int err;

	err = tcx_redirect_remove(&tcx_redirect_compat);
	if (err)
		goto out;
	err = tcx_redirect_remove(&tcx_redirect_native);
	if (err)
		tcx_bpf_enable();
out:
	tcx_bpf_note_enabled();
	return err;
}

static int tcx_bpf_switch(bool on)
{
	lockdep_assert_held(&tcx_bpf_lock);
	if (!on)
		return tcx_bpf_disable();
	if (!tcx_bpf_allowed) {
		pr_err("bpf_syscall: programs built for newer kernels expect tcx before classic tc; load the module with bpf_syscall=1 or hook=tc\n");
		return -EINVAL;
	}
	return tcx_bpf_enable();
}

static int tcx_bpf_param_set(const char *val, const struct kernel_param *kp)
{
	int err;
	bool on;

	err = kstrtobool(val, &on);
	if (err)
		return err;
	mutex_lock(&tcx_bpf_lock);
	switch (tcx_bpf_state) {
	case TCX_BPF_LOADING:
		tcx_bpf_wanted = on;
		break;
	case TCX_BPF_LIVE:
		err = tcx_bpf_switch(on);
		break;
	case TCX_BPF_GONE:
		err = -ENODEV;
		break;
	}
	mutex_unlock(&tcx_bpf_lock);
	return err;
}

/* Calls that were diverted before it was switched off may still be there. */
static int tcx_bpf_param_get(char *buffer, const struct kernel_param *kp)
{
	unsigned int inside;

	if (READ_ONCE(tcx_bpf_enabled))
		return sprintf(buffer, "Y\n");
	inside = tcx_redirect_inside(&tcx_redirect_native) +
		 tcx_redirect_inside(&tcx_redirect_compat);
	if (!inside)
		return sprintf(buffer, "N\n");
	return sprintf(buffer, "N (%u call%s still inside)\n", inside,
		       inside == 1 ? "" : "s");
}

static const struct kernel_param_ops tcx_bpf_param_ops = {
	.set = tcx_bpf_param_set,
	.get = tcx_bpf_param_get,
};

module_param_cb(bpf_syscall, &tcx_bpf_param_ops, NULL, 0644);
MODULE_PARM_DESC(bpf_syscall, "let bpf(2) accept tcx: 0 (default) or 1, also while loaded");

bool tcx_bpf_syscall_wanted(void)
{
	return READ_ONCE(tcx_bpf_wanted);
}

bool tcx_bpf_syscall_enabled(void)
{
	return READ_ONCE(tcx_bpf_enabled);
}
EXPORT_SYMBOL_TCX(tcx_bpf_syscall_enabled);

int tcx_bpf_syscall_init(bool allowed)
{
	int err = 0;

	mutex_lock(&tcx_bpf_lock);
	tcx_bpf_allowed = allowed;
	if (tcx_bpf_wanted)
		err = tcx_bpf_switch(true);
	mutex_unlock(&tcx_bpf_lock);
	return err;
}

void tcx_bpf_syscall_open(void)
{
	mutex_lock(&tcx_bpf_lock);
	tcx_bpf_state = TCX_BPF_LIVE;
	/* The parameter may have been written since. */
	tcx_bpf_switch(tcx_bpf_wanted);
	mutex_unlock(&tcx_bpf_lock);
}

void tcx_bpf_syscall_exit(void)
{
	mutex_lock(&tcx_bpf_lock);
	tcx_bpf_state = TCX_BPF_GONE;
	tcx_bpf_switch(false);
	mutex_unlock(&tcx_bpf_lock);
}
