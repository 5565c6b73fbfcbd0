// SPDX-License-Identifier: GPL-2.0
/*
 * Fails calls that a module makes: of the functions in calls.h, and of no other
 * caller. Debian's kernels are built without fault injection, and where it is
 * built in, fail_function reaches none of the registrations that matter here.
 *
 * A kprobe at the entry of each function looks at the return address on the
 * stack. If it lies in the module, and the call is the one to fail, the CPU
 * continues in a function that returns the failure instead. Nothing has been
 * done then: a failure of the cleanest kind, for which the caller has to undo
 * what it did itself, and nothing else.
 *
 * /sys/kernel/debug/fail_call/
 *
 *   arm    written: NTH ERRNO TIMES [FUNCTION]
 *            From now on the module's NTH call, and TIMES - 1 after it, fail
 *            with ERRNO; only calls of FUNCTION count if it is given. Allocations
 *            with __GFP_NOFAIL do not count: no allocator fails them. NTH 0
 *            ends it.
 *          read: CALLS FAILED FUNCTION CALLER
 *            since it was written; of the first one that failed.
 *   sites  where the module, as it is loaded now, calls these functions, found
 *            in its code: FUNCTION CALLS FAILED OFFSET CALLER. The figures count
 *            from the time this module was loaded, across reloads of the other.
 *   missing  functions that this kernel does not have
 *
 * Load it before the module. Only for x86: it looks for call instructions.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/debugfs.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/kallsyms.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "calls.h"

static char *module = "tcx_backport";
module_param(module, charp, 0444);
MODULE_PARM_DESC(module, "whose calls fail (default tcx_backport)");

enum failure { NULLPTR, ERRNO, ERRPTR, ZERO, REST };

struct call {
	const char	*name;
	enum failure	failure;
	int		gfp;
	struct kprobe	kp;
	bool		probed;
};

#define CALL(fn, how, gfp_arg, err, where) \
	{ .name = #fn, .failure = how, .gfp = gfp_arg },
static struct call calls[] = { FAIL_CALLS };
#undef CALL

/* The module's code. The part for its initialisation has no fixed place. */
struct text {
	unsigned long	start, size;
};

static struct text core, init;

/* Calls that were seen, by function and return address in the module. */
struct seen {
	struct call	*call;
	long		offset;		/* -1: from its initialisation */
	unsigned int	calls, failed;
};

static struct seen seen[256];
static unsigned int seen_count;

static struct {
	unsigned int	nth, times;
	int		err;
	struct call	*only;
	unsigned int	calls, failed;
	struct call	*call;		/* the first one that failed */
	char		caller[KSYM_SYMBOL_LEN];
} armed;

/* All of the above. Where a probe is a breakpoint its handler counts as an NMI,
 * in which lockdep allows no lock; nothing under this one meets a probe.
 */
static arch_spinlock_t lock = __ARCH_SPIN_LOCK_UNLOCKED;
static DEFINE_MUTEX(sites_mutex);	/* the module does not go meanwhile */

static unsigned long fail_call_lock(void)
{
	unsigned long flags;

	raw_local_irq_save(flags);
	arch_spin_lock(&lock);
	return flags;
}

static void fail_call_unlock(unsigned long flags)
{
	arch_spin_unlock(&lock);
	raw_local_irq_restore(flags);
}

static bool text_has(const struct text *text, unsigned long addr)
{
	return addr - text->start < text->size;
}

static struct seen *seen_at(struct call *call, unsigned long addr)
{
	long offset = text_has(&core, addr) ? (long)(addr - core.start) : -1;
	struct seen *s;

	for (s = seen; s < seen + seen_count; s++)
		if (s->call == call && s->offset == offset)
			return s;
	if (seen_count == ARRAY_SIZE(seen))
		return NULL;
	s->call = call;
	s->offset = offset;
	seen_count++;
	return s;
}

static unsigned long failure_value(const struct call *call, int err)
{
	switch (call->failure) {
	case ERRNO:
	case ERRPTR:
		return (unsigned long)-(long)err;
	case REST:
		return 1;
	default:
		return 0;
	}
}

/* The CPU continues here in place of the function; the value is in the
 * register already, which this leaves alone.
 */
static noinline notrace void fail_call_return(void)
{
	barrier();
}

static unsigned long fail_call_arg(const struct pt_regs *regs, int nth)
{
	switch (nth) {
	case 1:
		return regs->di;
	case 2:
		return regs->si;
	default:
		return regs->dx;
	}
}

static bool fail_call_counts(const struct call *call, const struct pt_regs *regs)
{
	if (!armed.nth || (armed.only && armed.only != call))
		return false;
	return !call->gfp ||
	       !(fail_call_arg(regs, call->gfp) & (__force unsigned long)__GFP_NOFAIL);
}

static int fail_call_handler(struct kprobe *kp, struct pt_regs *regs)
{
	struct call *call = container_of(kp, struct call, kp);
	unsigned long caller = regs_get_kernel_stack_nth(regs, 0);
	bool fails = false;
	unsigned long flags;
	struct seen *s;

	if (likely(!text_has(&core, caller) && !text_has(&init, caller)))
		return 0;

	flags = fail_call_lock();
	s = seen_at(call, caller);
	if (s)
		s->calls++;
	if (fail_call_counts(call, regs)) {
		armed.calls++;
		fails = armed.calls - armed.nth < armed.times;
	}
	if (fails) {
		if (s)
			s->failed++;
		if (!armed.failed++) {
			armed.call = call;
			sprint_symbol_no_offset(armed.caller, caller - 1);
		}
		regs_set_return_value(regs, failure_value(call, armed.err));
	}
	fail_call_unlock(flags);
	if (!fails)
		return 0;
	instruction_pointer_set(regs, (unsigned long)fail_call_return);
	return 1;
}

/* A probe that has one is never optimised into a jump, after which the handler
 * could not change where the CPU continues.
 */
static void fail_call_post(struct kprobe *kp, struct pt_regs *regs,
			   unsigned long flags)
{
}

static int arm_show(struct seq_file *m, void *unused)
{
	unsigned long flags;

	flags = fail_call_lock();
	seq_printf(m, "%u %u %s %s\n", armed.calls, armed.failed,
		   armed.call ? armed.call->name : "-",
		   armed.call ? armed.caller : "-");
	fail_call_unlock(flags);
	return 0;
}

static struct call *call_find(const char *name)
{
	struct call *call;

	for (call = calls; call < calls + ARRAY_SIZE(calls); call++)
		if (!strcmp(call->name, name))
			return call;
	return NULL;
}

static ssize_t arm_write(struct file *file, const char __user *buf, size_t len,
			 loff_t *pos)
{
	unsigned int nth, times = 1;
	struct call *only = NULL;
	char text[96], name[64];
	int err = ENOMEM, words;
	unsigned long flags;

	if (len >= sizeof(text))
		return -EINVAL;
	if (copy_from_user(text, buf, len))
		return -EFAULT;
	text[len] = '\0';
	words = sscanf(text, "%u %d %u %63s", &nth, &err, &times, name);
	if (words < 1 || err < 1 || err > MAX_ERRNO)
		return -EINVAL;
	if (words == 4) {
		only = call_find(name);
		if (!only || !only->probed)
			return -ENOENT;
	}

	flags = fail_call_lock();
	memset(&armed, 0, sizeof(armed));
	armed.nth = nth;
	armed.err = err;
	armed.times = times;
	armed.only = only;
	fail_call_unlock(flags);
	return len;
}

static int arm_open(struct inode *inode, struct file *file)
{
	return single_open(file, arm_show, NULL);
}

static const struct file_operations arm_fops = {
	.owner		= THIS_MODULE,
	.open		= arm_open,
	.read		= seq_read,
	.write		= arm_write,
	.llseek		= seq_lseek,
	.release	= single_release,
};

/* A call or a jump to the function, as the compiler makes them and as static
 * calls are patched. With indirect branch tracking the probe is after the
 * landing instruction, four bytes into the function.
 */
static bool is_call(unsigned long at, const struct call *call, bool *jump)
{
	const u8 *insn = (const u8 *)at;
	unsigned long target;
	s32 rel;

	if (*insn != 0xe8 && *insn != 0xe9)
		return false;
	memcpy(&rel, insn + 1, sizeof(rel));
	target = at + 5 + rel;
	*jump = *insn == 0xe9;
	return target == (unsigned long)call->kp.addr ||
	       target == (unsigned long)call->kp.addr - 4;
}

/* What was seen of a function without belonging to one of its call instructions
 * came through a jump, which leaves the caller's caller as the return address.
 */
static void site_show(struct seq_file *m, struct call *call, unsigned long at,
		      bool jump)
{
	unsigned int count = 0, failed = 0;
	struct seen *s;
	bool other;

	for (s = seen; s < seen + seen_count; s++) {
		if (s->call != call)
			continue;
		if (!jump) {
			other = s->offset != (long)(at + 5 - core.start);
		} else {
			bool ignored;

			other = s->offset >= 5 &&
				is_call(core.start + s->offset - 5, call,
					&ignored) && !ignored;
		}
		if (other)
			continue;
		count += s->calls;
		failed += s->failed;
	}
	seq_printf(m, "%s %u %u %#lx %ps\n", call->name, count, failed,
		   at - core.start, (void *)at);
}

static int sites_show(struct seq_file *m, void *unused)
{
	struct call *call;
	unsigned long at;
	bool jump;

	mutex_lock(&sites_mutex);
	for (call = calls; call < calls + ARRAY_SIZE(calls); call++)
		for (at = core.start;
		     call->probed && at + 5 <= core.start + core.size; at++)
			if (is_call(at, call, &jump))
				site_show(m, call, at, jump);
	mutex_unlock(&sites_mutex);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(sites);

static int missing_show(struct seq_file *m, void *unused)
{
	const struct call *call;

	for (call = calls; call < calls + ARRAY_SIZE(calls); call++)
		if (!call->probed)
			seq_printf(m, "%s\n", call->name);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(missing);

static void text_set(struct text *text, unsigned long start, unsigned long size)
{
	unsigned long flags;

	flags = fail_call_lock();
	text->start = start;
	text->size = size;
	fail_call_unlock(flags);
}

static int fail_call_event(struct notifier_block *nb, unsigned long event,
			   void *data)
{
	struct module *mod = data;

	if (strcmp(mod->name, module))
		return NOTIFY_DONE;
	mutex_lock(&sites_mutex);
	switch (event) {
	case MODULE_STATE_COMING:
		text_set(&core, (unsigned long)mod->core_layout.base,
			 mod->core_layout.text_size);
		text_set(&init, (unsigned long)mod->init_layout.base,
			 mod->init_layout.text_size);
		break;
	case MODULE_STATE_GOING:
		text_set(&core, 0, 0);
		fallthrough;
	case MODULE_STATE_LIVE:
		text_set(&init, 0, 0);
		break;
	}
	mutex_unlock(&sites_mutex);
	return NOTIFY_DONE;
}

static struct notifier_block fail_call_notifier = {
	.notifier_call = fail_call_event,
};

static struct dentry *dir;

static int __init fail_call_init(void)
{
	struct call *call;
	int err;

	for (call = calls; call < calls + ARRAY_SIZE(calls); call++) {
		call->kp.symbol_name = call->name;
		call->kp.pre_handler = fail_call_handler;
		call->kp.post_handler = fail_call_post;
		err = register_kprobe(&call->kp);
		call->probed = !err;
		if (err && err != -ENOENT)
			pr_err("cannot probe %s (error %d)\n", call->name, err);
	}
	register_module_notifier(&fail_call_notifier);
	dir = debugfs_create_dir(KBUILD_MODNAME, NULL);
	debugfs_create_file("arm", 0600, dir, NULL, &arm_fops);
	debugfs_create_file("sites", 0400, dir, NULL, &sites_fops);
	debugfs_create_file("missing", 0400, dir, NULL, &missing_fops);
	return 0;
}

static void __exit fail_call_exit(void)
{
	struct call *call;

	debugfs_remove_recursive(dir);
	unregister_module_notifier(&fail_call_notifier);
	for (call = calls; call < calls + ARRAY_SIZE(calls); call++)
		if (call->probed)
			unregister_kprobe(&call->kp);
}

module_init(fail_call_init);
module_exit(fail_call_exit);

MODULE_DESCRIPTION("Fails calls that a module makes, for tests");
MODULE_LICENSE("GPL");
