/* SPDX-License-Identifier: GPL-2.0 */
/* A program out of an object file: FILE [program NAME | section NAME] */
#ifndef TCXCTL_OBJECT_H
#define TCXCTL_OBJECT_H

#include "maps.h"

int prog_from_object(char **words, int n, struct maps *maps);	/* fd, or minus an exit code */
int object_check(char **words, int n);	/* all but loading; an exit code */

#endif /* TCXCTL_OBJECT_H */
