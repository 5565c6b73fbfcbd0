/* SPDX-License-Identifier: GPL-2.0 */
/*
 * bpf(2) called the way the kernel's system call path calls it.
 */
#ifndef TCX_BACKPORT_SYSCALL_TRIAL_H
#define TCX_BACKPORT_SYSCALL_TRIAL_H

#include <linux/types.h>

/* The trials of redirect_fn.h. Not at the same time. */
int tcx_syscall_trial_native(void);
int tcx_syscall_trial_compat(void);

#endif /* TCX_BACKPORT_SYSCALL_TRIAL_H */
