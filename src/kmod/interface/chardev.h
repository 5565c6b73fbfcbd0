/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The ioctls of /dev/tcx.
 */
#ifndef TCX_BACKPORT_CHARDEV_H
#define TCX_BACKPORT_CHARDEV_H

int tcx_chardev_init(void);
/* From here on the device can be opened; who has tried before waits. */
void tcx_chardev_open(void);
void tcx_chardev_exit(void);

#endif /* TCX_BACKPORT_CHARDEV_H */
