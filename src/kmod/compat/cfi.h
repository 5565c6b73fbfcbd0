/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What supported kernels do in different ways: forward-edge control flow
 * integrity. An indirect call of what does not carry its type, such as the middle
 * of a function or a program of the JIT, traps in a function that is not __nocfi.
 */
#ifndef TCX_BACKPORT_COMPAT_CFI_H
#define TCX_BACKPORT_COMPAT_CFI_H

#include <linux/compiler.h>

/* Kernels that have no such thing lack the name too (before 5.13). */
#ifndef __nocfi
#define __nocfi
#endif

#endif /* TCX_BACKPORT_COMPAT_CFI_H */
