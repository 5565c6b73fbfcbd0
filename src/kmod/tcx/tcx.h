/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The family tcx: programs at the ingress and the egress of any device.
 */
#ifndef TCX_BACKPORT_TCX_H
#define TCX_BACKPORT_TCX_H

#include <linux/types.h>

struct tcx_hook;

/* enum tcx_backport_hook */
u32 tcx_hook_id(void);

/* Requests may come in after tcx_hook_open(), which is called when redirected
 * calls are diverted.
 */
int tcx_init(const struct tcx_hook *hook);
void tcx_hook_open(void);
void tcx_exit(void);

#endif /* TCX_BACKPORT_TCX_H */
