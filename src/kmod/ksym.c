// SPDX-License-Identifier: GPL-2.0
/*
 * Kernel functions that the kernel does not export to modules, see ksym.h.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/kprobes.h>

#include "ksym.h"

#define KSYM_DEFINE(name)	DEFINE_STATIC_CALL_NULL(ksym_##name, name);
KSYM_TABLE(KSYM_DEFINE, KSYM_DEFINE)
#undef KSYM_DEFINE

static bool ksym_have_link;

/* Registering a kprobe by name makes the kernel resolve the name. The probe is
 * registered disarmed and removed at once, so no instruction is ever patched.
 * The address may lie behind an ENDBR instruction at the function's entry: as
 * good as the entry itself for a direct call, which is all it is used for.
 */
static void *ksym_lookup(const char *name)
{
	struct kprobe kp = {
		.symbol_name = name,
		.flags = KPROBE_FLAG_DISABLED,
	};
	void *addr;

	if (register_kprobe(&kp))
		return NULL;
	addr = kp.addr;
	unregister_kprobe(&kp);
	return addr;
}

bool tcx_ksym_exists(const char *name)
{
	return ksym_lookup(name);
}

bool tcx_ksym_have_link(void)
{
	return ksym_have_link;
}

#define KSYM_RESOLVE(name) ({					\
	void *addr = ksym_lookup(#name);			\
								\
	if (addr)						\
		static_call_update(ksym_##name, addr);		\
	addr;							\
})

#define KSYM_REQUIRE(name)					\
	if (!KSYM_RESOLVE(name)) {				\
		pr_err("this kernel has no function %s(): it is not one that tcx_backport supports\n", \
		       #name);					\
		return -EOPNOTSUPP;				\
	}

#define KSYM_WANT(name)						\
	if (!KSYM_RESOLVE(name)) {				\
		pr_warn("this kernel has no function %s(): BPF links are not available\n", \
			#name);					\
		ksym_have_link = false;				\
	}

int tcx_ksym_init(void)
{
	ksym_have_link = true;
	KSYM_TABLE(KSYM_REQUIRE, KSYM_WANT)
	return 0;
}
