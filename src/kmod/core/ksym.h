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
#include <linux/ftrace.h>
#include <linux/module.h>
#include <linux/security.h>
#include <linux/static_call.h>
#include <net/sch_generic.h>

/* What a function is needed for. */
enum tcx_ksym_need {
	KSYM_ALWAYS,		/* without it the module does not load */
	KSYM_FOR_LINK,
	KSYM_FOR_REDIRECT,
	KSYM_NEEDS
};

DECLARE_STATIC_CALL(ksym_bpf_prog_get, bpf_prog_get);
DECLARE_STATIC_CALL(ksym_bpf_prog_by_id, bpf_prog_by_id);
DECLARE_STATIC_CALL(ksym_skb_do_redirect, skb_do_redirect);
#ifdef CONFIG_SECURITY
DECLARE_STATIC_CALL(ksym_security_bpf, security_bpf);
#endif
/* KSYM_FOR_REDIRECT */
DECLARE_STATIC_CALL(ksym_ftrace_location, ftrace_location);
DECLARE_STATIC_CALL(ksym___module_text_address, __module_text_address);
/* KSYM_FOR_LINK */
DECLARE_STATIC_CALL(ksym_bpf_link_init, bpf_link_init);
DECLARE_STATIC_CALL(ksym_bpf_link_prime, bpf_link_prime);
DECLARE_STATIC_CALL(ksym_bpf_link_settle, bpf_link_settle);
DECLARE_STATIC_CALL(ksym_bpf_link_cleanup, bpf_link_cleanup);
DECLARE_STATIC_CALL(ksym_bpf_link_by_id, bpf_link_by_id);
DECLARE_STATIC_CALL(ksym_bpf_link_get_from_fd, bpf_link_get_from_fd);
DECLARE_STATIC_CALL(ksym_bpf_link_put, bpf_link_put);

/* ksym(name)(args) calls the function. */
#define ksym(name)	static_call(ksym_##name)

/* Prepares look-ups by name. Comes first. */
int tcx_ksym_init(void);

/* The address of a symbol of the kernel, or of any module; NULL if none. */
void *tcx_ksym_lookup(const char *name);

/* Looks up the functions above; names in the log what is missing. */
int tcx_ksym_resolve(void);

/* Whether everything was found that is needed for something. */
bool tcx_ksym_have(enum tcx_ksym_need need);

#endif /* TCX_BACKPORT_KSYM_H */
