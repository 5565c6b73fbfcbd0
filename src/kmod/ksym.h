/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Kernel functions that the kernel does not export to modules.
 *
 * They are global functions with prototypes in the kernel's own headers,
 * looked up by name when the module is loaded. They are called through static
 * calls: the call sites are patched to direct calls, so they cost what an
 * ordinary call costs, and indirect branch tracking has nothing to check.
 */
#ifndef TCX_BACKPORT_KSYM_H
#define TCX_BACKPORT_KSYM_H

#include <linux/bpf.h>
#include <linux/skbuff.h>
#include <linux/static_call.h>
#include <net/sch_generic.h>

/* KSYM(name): without it the module does not load.
 * KSYM_LINK(name): without it BPF links can neither be created nor named.
 */
#define KSYM_TABLE(KSYM, KSYM_LINK)		\
	KSYM(bpf_prog_get)			\
	KSYM(bpf_prog_by_id)			\
	KSYM(skb_do_redirect)			\
	KSYM_LINK(bpf_link_by_id)		\
	KSYM_LINK(bpf_link_get_from_fd)		\
	KSYM_LINK(bpf_link_put)

#define KSYM_DECLARE(name)	DECLARE_STATIC_CALL(ksym_##name, name);
KSYM_TABLE(KSYM_DECLARE, KSYM_DECLARE)
#undef KSYM_DECLARE

/* ksym(name)(args) calls the function. */
#define ksym(name)	static_call(ksym_##name)

/* Looks up everything in the table; names what is missing in the log. */
int tcx_ksym_init(void);

/* Whether everything that links need was found. */
bool tcx_ksym_have_link(void);

/* Whether the running kernel has a function of this name. */
bool tcx_ksym_exists(const char *name);

#endif /* TCX_BACKPORT_KSYM_H */
