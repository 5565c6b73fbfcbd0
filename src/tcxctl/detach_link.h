/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TCXCTL_DETACH_LINK_H
#define TCXCTL_DETACH_LINK_H

#include "point.h"

int detach_link(int fd, const struct point *point);
int detach_link_words(char **words, int n);

#endif /* TCXCTL_DETACH_LINK_H */
