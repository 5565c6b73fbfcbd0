// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>

#include "internal.h"

static int print_default(enum tcx_print_level level, const char *format,
			 va_list args)
{
	return level == TCX_WARN ? vfprintf(stderr, format, args) : 0;
}

static _Atomic(tcx_print_fn_t) print_fn = print_default;

tcx_print_fn_t tcx_set_print(tcx_print_fn_t fn)
{
	return atomic_exchange(&print_fn, fn);
}

void tcx__print(enum tcx_print_level level, const char *format, ...)
{
	tcx_print_fn_t fn = print_fn;
	int saved = errno;	/* a message must not change what is reported */
	va_list args;

	if (fn) {
		va_start(args, format);
		fn(level, format, args);
		va_end(args);
	}
	errno = saved;
}
