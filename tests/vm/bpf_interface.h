/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the tests of bpf(2) as the interface to tcx share beside its attributes:
 * all requests in turn, and what is none of them.
 */
#ifndef TESTS_VM_BPF_INTERFACE_H
#define TESTS_VM_BPF_INTERFACE_H

#include <stdbool.h>

#include <bpf/libbpf.h>

#include "bpf_attr.h"

#define NO_CMD		100	/* a command that no kernel has */

/* The function by which programs of this architecture enter bpf(2). */
#if defined(__aarch64__)
#define SYS_BPF_ENTRY	"__arm64_sys_bpf"
#else
#define SYS_BPF_ENTRY	"__x64_sys_bpf"
#endif

#define for_each_request(i) for (i = 0; i < REQUESTS; i++)

/* Creates a link and lets it go; 0, or a negative errno. */
int link_and_close(const struct point *p, int prog);

/* A program that traces a function of the kernel; returns its fd. */
int fentry_load(const char *function, enum bpf_attach_type type);

/* Can BPF programs be attached to functions of this kernel? The tests that need it
 * are skipped where they cannot; guest-run asks the same.
 */
bool functions_traceable(void);

#endif /* TESTS_VM_BPF_INTERFACE_H */
