/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the tests of bpf(2) as the interface to tcx share beside its attributes:
 * all requests in turn, and what is none of them.
 */
#ifndef TESTS_VM_BPF_INTERFACE_H
#define TESTS_VM_BPF_INTERFACE_H

#include <bpf/libbpf.h>

#include "bpf_attr.h"

#define NO_CMD		100	/* a command that no kernel has */

#define for_each_request(i) for (i = 0; i < REQUESTS; i++)

/* Creates a link and lets it go; 0, or a negative errno. */
int link_and_close(const struct point *p, int prog);

/* A program that traces a function of the kernel; returns its fd. */
int fentry_load(const char *function, enum bpf_attach_type type);

#endif /* TESTS_VM_BPF_INTERFACE_H */
