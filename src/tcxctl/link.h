/* SPDX-License-Identifier: GPL-2.0 */
/* Links, named as "link N" or "pinned PATH" */
#ifndef TCXCTL_LINK_H
#define TCXCTL_LINK_H

#include "libtcx.h"

int link_by_id(__u32 id);
int link_from_words(char **words, int n);
int link_check(int fd, struct tcx_link_info *info);
int link_refuse(int err, __u32 op, int fd);

#endif /* TCXCTL_LINK_H */
