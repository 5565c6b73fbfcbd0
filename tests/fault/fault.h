/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the cases share. Each runs in a child (in_child()) and returns its exit
 * status: 0, or 1 if there was a problem.
 */
#ifndef TESTS_FAULT_FAULT_H
#define TESTS_FAULT_FAULT_H

#include "link.h"
#include "module.h"
#include "inject.h"

/* Where N ends if nothing else ends it. */
#define NTH_MAX		2000

/* problem.c: of this process */
extern int problems;

void __attribute__((format(printf, 1, 2))) problem(const char *fmt, ...);

/* switch.c: functions of the kernel that the module has redirected */
int redirected(void);

/* bpf(2) accepts tcx, or no longer */
int switch_run(bool by_nth);
int switch_off_run(void);

/* load.c */
int load_run(const char *args, bool by_nth);

/* sites.c: every place in the module that calls one of the functions has seen it
 * fail. sites_walk() tells how many it has found; @excused (or NULL): those that
 * need not have.
 */
struct site {
	char		function[64];
	char		caller[256];
	unsigned long	offset;
	unsigned int	calls, failed;
};

int sites_walk(bool (*excused)(const struct site *site));
int sites_run(bool netfilter);

/* netkit.c: of the other module */
int netkit_load_run(void);
int netkit_pair_run(bool by_nth);
int netkit_sites_run(void);

/* stuck.c */
int stuck_run(bool load);

#endif /* TESTS_FAULT_FAULT_H */
