/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TCXCTL_DEVICE_H
#define TCXCTL_DEVICE_H

int device_index(const char *name);
/* The ifindex that it names as its link, of a pair the other end: wherever that is */
int device_link(int ifindex);

#endif /* TCXCTL_DEVICE_H */
