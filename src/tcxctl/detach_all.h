/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TCXCTL_DETACH_ALL_H
#define TCXCTL_DETACH_ALL_H

/* Whose: the number of a process, or a path. Returns an exit code. */
int detach_all_of(const char *whose);

#endif /* TCXCTL_DETACH_ALL_H */
