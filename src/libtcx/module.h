/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* module.c: the module's device */
#ifndef LIBTCX_MODULE_H
#define LIBTCX_MODULE_H

#include "internal.h"

const char *tcx__module_path(void);
/* Returns an fd of a device whose ABI fits. info may be NULL. */
int tcx__module_open(struct tcx_backport_info *info);
int tcx__module_ioctl(int fd, unsigned long cmd, void *arg);

#endif /* LIBTCX_MODULE_H */
