/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Two ways to make something fail, with one interface:
 *
 *   call  the helper module fail_call: the nth call that tcx_backport itself
 *         makes of a function in calls.h. On every kernel.
 *   nth   the kernel's fail-nth: the nth allocation, or copy from or to user
 *         space, of this thread, in whatever part of the kernel. Where
 *         CONFIG_FAULT_INJECTION is on.
 */
#ifndef TESTS_FAULT_INJECT_H
#define TESTS_FAULT_INJECT_H

#include "sys.h"

/* An errno that nothing here returns by itself. */
#define INJECTED	EXFULL

#define FAIL_CALL_DIR	"/sys/kernel/debug/fail_call/"

struct hit {
	bool hit;
	unsigned int calls;	/* call: how many were counted */
	char function[64];
	char caller[256];
	int want;		/* the errno to be answered; 0: several are right */
	bool alloc;
};

/* The @nth call fails with @err, and those after it until @times have; 0: none
 * does. @only: a function, or an empty string.
 */
int call_arm(unsigned int nth, int err, unsigned int times, const char *only);

/* No call fails any more; says what has. */
struct hit call_disarm(void);

/* A setting of one of the kernel's kinds of failures. */
void nth_setting(const char *what, const char *name, const char *value);

/* Has this kernel fail-nth? To be asked once by each process that uses it. */
bool nth_available(void);

/* The @nth fails; 0: none does. */
int nth_arm(unsigned int nth);

/* How far it still is to the failure. */
unsigned int nth_left(void);

/* None fails any more; says whether one has. */
struct hit nth_disarm(void);

#endif /* TESTS_FAULT_INJECT_H */
