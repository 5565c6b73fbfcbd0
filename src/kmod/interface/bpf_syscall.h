/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The second interface, on the administrator's request: bpf(2) itself.
 */
#ifndef TCX_BACKPORT_BPF_SYSCALL_H
#define TCX_BACKPORT_BPF_SYSCALL_H

#include <linux/types.h>

/* Whether the parameter was given when the module was loaded. */
bool tcx_bpf_syscall_wanted(void);

/* Whether bpf(2) accepts tcx now. */
bool tcx_bpf_syscall_enabled(void);

/* @allowed: whether it may be switched on while the module is loaded. */
int tcx_bpf_syscall_init(bool allowed);
/* From here on the parameter acts at once. Cannot fail. */
void tcx_bpf_syscall_open(void);
/* From here on no request enters. */
void tcx_bpf_syscall_exit(void);

#endif /* TCX_BACKPORT_BPF_SYSCALL_H */
