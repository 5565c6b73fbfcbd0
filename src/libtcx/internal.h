/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* What the files of the library share. Names begin with tcx__ so that the
 * static library does not get in the way of its users' names.
 */
#ifndef LIBTCX_INTERNAL_H
#define LIBTCX_INTERNAL_H

#include <stdbool.h>

#include "libtcx.h"
#include "text.h"

__attribute__((format(printf, 2, 3)))
void tcx__print(enum tcx_print_level level, const char *format, ...);

#define pr_warn(...)	tcx__print(TCX_WARN, "libtcx: " __VA_ARGS__)
#define pr_debug(...)	tcx__print(TCX_DEBUG, "libtcx: " __VA_ARGS__)

/* fd.c: what an fd is. UNKNOWN: there is no /proc to ask. */
enum tcx__kind {
	TCX__UNKNOWN,
	TCX__CLOSED,
	TCX__OTHER,
	TCX__PROG,
	TCX__LINK,
};

/* name is what /proc/PID/fd/N points to. */
enum tcx__kind tcx__kind_of_name(const char *name);
enum tcx__kind tcx__kind(int fd);
/* Takes an fd, or an errno, which it returns, and moves it above stderr's. */
int tcx__fd_above_std(int fd);
int tcx__info(int fd, void *info, __u32 size);

#endif /* LIBTCX_INTERNAL_H */
