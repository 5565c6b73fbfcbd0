/* SPDX-License-Identifier: GPL-2.0 */
/* A program out of an object file; its fd, or minus an exit code */
#ifndef TCXCTL_OBJECT_H
#define TCXCTL_OBJECT_H

#include "maps.h"

int prog_from_object(char **words, int n, struct maps *maps);

#endif /* TCXCTL_OBJECT_H */
