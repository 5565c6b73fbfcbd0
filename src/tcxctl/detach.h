/* SPDX-License-Identifier: GPL-2.0 */
/* Detaching, and saying what has been detached. Functions return an exit code. */
#ifndef TCXCTL_DETACH_H
#define TCXCTL_DETACH_H

#include "json.h"
#include "libtcx.h"
#include "point.h"

enum end { END_FIRST, END_LAST };

int detach_program(const struct point *point, int fd);
int detach_end(const struct point *point, enum end end);

int detach_report_program(const struct point *point, __u32 id);
int detach_report_link(const struct tcx_link_info *info,
		       const struct point *point);

/* Reports become elements of an array instead of being printed. NULL ends it. */
void detach_collect(json_t *array);

#endif /* TCXCTL_DETACH_H */
