/* SPDX-License-Identifier: GPL-2.0 */
/* Program fds. Each returns an fd, or minus an exit code after having said why
 * not.
 */
#ifndef TCXCTL_SOURCE_H
#define TCXCTL_SOURCE_H

#include "libtcx.h"
#include "maps.h"

extern const char source_help[];	/* what prog_from_words() takes */

int prog_by_id(__u32 id);
int prog_by_path(const char *path);
int prog_from_words(char **words, int n, struct maps *maps);
/* Whether that would be found: nothing is loaded. Returns an exit code. */
int source_check(char **words, int n);

#endif /* TCXCTL_SOURCE_H */
