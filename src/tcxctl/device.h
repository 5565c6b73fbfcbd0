/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TCXCTL_DEVICE_H
#define TCXCTL_DEVICE_H

int device_index(const char *name);

#endif /* TCXCTL_DEVICE_H */
