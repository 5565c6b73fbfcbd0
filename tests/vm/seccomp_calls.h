/* SPDX-License-Identifier: GPL-2.0 */
/*
 * System calls that a process denies itself.
 */
#ifndef TESTS_VM_SECCOMP_CALLS_H
#define TESTS_VM_SECCOMP_CALLS_H

/* From now on the verifier is interrupted by a signal, as it seems. */
int no_verifier(void);

/* From now on there is no kcmp(2). */
int no_kcmp(void);

#endif /* TESTS_VM_SECCOMP_CALLS_H */
