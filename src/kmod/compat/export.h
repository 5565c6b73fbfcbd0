/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What supported kernels do in different ways: functions of tcx_backport that
 * another module of this package calls. There are none where tcx_backport is
 * built to say that it is not needed, and those kernels want the namespace
 * written otherwise.
 */
#ifndef TCX_BACKPORT_COMPAT_EXPORT_H
#define TCX_BACKPORT_COMPAT_EXPORT_H

#include <linux/export.h>

/* Of a namespace, so that no module comes by it by accident. */
#ifdef HAVE_NATIVE_TCX
#define EXPORT_SYMBOL_TCX(symbol)
#else
#define EXPORT_SYMBOL_TCX(symbol)	EXPORT_SYMBOL_NS_GPL(symbol, TCX_BACKPORT)
#endif

#endif /* TCX_BACKPORT_COMPAT_EXPORT_H */
