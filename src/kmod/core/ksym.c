// SPDX-License-Identifier: GPL-2.0
/*
 * Kernel functions that the kernel does not export to modules, see ksym.h.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/errno.h>
#include <linux/kallsyms.h>
#include <linux/kernel.h>
#include <linux/kprobes.h>

#include "compat/cfi.h"
#include "compat/export.h"
#include "core/ksym.h"

DEFINE_STATIC_CALL_NULL(ksym_bpf_prog_get, bpf_prog_get);
DEFINE_STATIC_CALL_NULL(ksym_bpf_prog_by_id, bpf_prog_by_id);
DEFINE_STATIC_CALL_NULL(ksym_skb_do_redirect, skb_do_redirect);
#ifdef CONFIG_SECURITY
DEFINE_STATIC_CALL_NULL(ksym_security_bpf, security_bpf);
#endif
DEFINE_STATIC_CALL_NULL(ksym_ftrace_location, ftrace_location);
DEFINE_STATIC_CALL_NULL(ksym___module_text_address, __module_text_address);
DEFINE_STATIC_CALL_NULL(ksym_bpf_link_init, bpf_link_init);
DEFINE_STATIC_CALL_NULL(ksym_bpf_link_prime, bpf_link_prime);
DEFINE_STATIC_CALL_NULL(ksym_bpf_link_settle, bpf_link_settle);
DEFINE_STATIC_CALL_NULL(ksym_bpf_link_cleanup, bpf_link_cleanup);
DEFINE_STATIC_CALL_NULL(ksym_bpf_link_by_id, bpf_link_by_id);
DEFINE_STATIC_CALL_NULL(ksym_bpf_link_get_from_fd, bpf_link_get_from_fd);
DEFINE_STATIC_CALL_NULL(ksym_bpf_link_put, bpf_link_put);

DEFINE_STATIC_CALL_NULL(ksym_kallsyms_lookup_name, kallsyms_lookup_name);

struct tcx_ksym {
	const char		*name;
	struct static_call_key	*key;
	void			*tramp;
	enum tcx_ksym_need	need;
};

#define KSYM(fn, needed_by) {					\
	.name	= #fn,						\
	.key	= &STATIC_CALL_KEY(ksym_##fn),			\
	.tramp	= STATIC_CALL_TRAMP_ADDR(ksym_##fn),		\
	.need	= needed_by,					\
}

static const struct tcx_ksym tcx_ksyms[] = {
#ifdef CONFIG_SECURITY
	KSYM(security_bpf, KSYM_ALWAYS),
#endif
	KSYM(bpf_prog_get, KSYM_ALWAYS),
	KSYM(bpf_prog_by_id, KSYM_ALWAYS),
	KSYM(skb_do_redirect, KSYM_ALWAYS),
	KSYM(ftrace_location, KSYM_FOR_REDIRECT),
	KSYM(__module_text_address, KSYM_FOR_REDIRECT),
	KSYM(bpf_link_init, KSYM_FOR_LINK),
	KSYM(bpf_link_prime, KSYM_FOR_LINK),
	KSYM(bpf_link_settle, KSYM_FOR_LINK),
	KSYM(bpf_link_cleanup, KSYM_FOR_LINK),
	KSYM(bpf_link_by_id, KSYM_FOR_LINK),
	KSYM(bpf_link_get_from_fd, KSYM_FOR_LINK),
	KSYM(bpf_link_put, KSYM_FOR_LINK),
};

static bool tcx_ksym_missing[KSYM_NEEDS];

/* Registering a kprobe by name makes the kernel resolve that name. The probe is
 * registered disarmed and removed at once: no instruction is ever patched.
 * The address may lie after an ENDBR instruction at the function's entry; for
 * a direct call, which is all it is used for, that is as good as the entry.
 */
int tcx_ksym_init(void)
{
	struct kprobe kp = {
		.symbol_name = "kallsyms_lookup_name",
		.flags = KPROBE_FLAG_DISABLED,
	};
	int err;

	err = register_kprobe(&kp);
	if (err) {
		pr_err("cannot look up kernel functions (error %d): the kernel needs CONFIG_KPROBES and CONFIG_KALLSYMS\n",
		       err);
		return -EOPNOTSUPP;
	}
	__static_call_update(&STATIC_CALL_KEY(ksym_kallsyms_lookup_name),
			     STATIC_CALL_TRAMP_ADDR(ksym_kallsyms_lookup_name),
			     kp.addr);
	unregister_kprobe(&kp);
	return 0;
}

/* Behind that ENDBR there is no type for control flow integrity to check. */
void __nocfi *tcx_ksym_lookup(const char *name)
{
	return (void *)ksym(kallsyms_lookup_name)(name);
}
EXPORT_SYMBOL_TCX(tcx_ksym_lookup);

int tcx_ksym_resolve(void)
{
	const struct tcx_ksym *sym;
	void *addr;

	for (sym = tcx_ksyms; sym < tcx_ksyms + ARRAY_SIZE(tcx_ksyms); sym++) {
		addr = tcx_ksym_lookup(sym->name);
		if (addr) {
			__static_call_update(sym->key, sym->tramp, addr);
			continue;
		}
		if (sym->need == KSYM_ALWAYS) {
			pr_err("this kernel has no %s(), which tcx_backport needs: not loaded\n",
			       sym->name);
			return -EOPNOTSUPP;
		}
		if (sym->need == KSYM_FOR_LINK)
			pr_warn("this kernel has no %s(): BPF links are not available\n",
				sym->name);
		tcx_ksym_missing[sym->need] = true;
	}
	return 0;
}

bool tcx_ksym_have(enum tcx_ksym_need need)
{
	return !tcx_ksym_missing[need];
}
