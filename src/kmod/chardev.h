/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The first front door: the ioctls of /dev/tcx.
 */
#ifndef TCX_BACKPORT_CHARDEV_H
#define TCX_BACKPORT_CHARDEV_H

int tcx_chardev_init(void);
void tcx_chardev_exit(void);

#endif /* TCX_BACKPORT_CHARDEV_H */
