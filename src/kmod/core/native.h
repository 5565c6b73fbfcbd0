/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Kernels that have tcx themselves.
 */
#ifndef TCX_BACKPORT_NATIVE_H
#define TCX_BACKPORT_NATIVE_H

/* 0 if the running kernel lacks tcx, else why not to load, with a line in the
 * log. After tcx_ksym_init().
 */
int tcx_native_refuse(void);

#endif /* TCX_BACKPORT_NATIVE_H */
