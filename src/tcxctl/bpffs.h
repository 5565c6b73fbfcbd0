/* SPDX-License-Identifier: GPL-2.0 */
/* Where pins can be, and be seen */
#ifndef TCXCTL_BPFFS_H
#define TCXCTL_BPFFS_H

#include <stdbool.h>

#define BPFFS "/sys/fs/bpf"

bool bpffs_at(const char *dir);
/* There may be one at BPFFS, but not in this mount namespace. */
bool bpffs_hidden(void);
const char *bpffs_hint(void);
bool bpffs_forbids(const char *path);
int bpffs_refuse_name(const char *path);

#endif /* TCXCTL_BPFFS_H */
