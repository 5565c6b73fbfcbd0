/* SPDX-License-Identifier: GPL-2.0 */
/*
 * System calls as a 32-bit program makes them, from this 64-bit one. Return what
 * the kernel does: a negative errno instead of -1.
 */
#ifndef TESTS_VM_COMPAT_H
#define TESTS_VM_COMPAT_H

#ifdef __x86_64__
int compat_bpf(unsigned long cmd, unsigned long attr, unsigned long size);
int compat_ioctl(int fd, unsigned long cmd, void *arg);
#endif

#endif /* TESTS_VM_COMPAT_H */
