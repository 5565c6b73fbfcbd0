// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

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

__attribute__((format(printf, 3, 4)))
static void call(tcx_print_fn_t fn, enum tcx_print_level level,
		 const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fn(level, format, args);
	va_end(args);
}

/* A callback gets the whole message as one string: names in it are escaped,
 * whatever the callback does with its arguments.
 */
void tcx__print(enum tcx_print_level level, const char *format, ...)
{
	char small[512], *large = NULL;
	struct tcx__text text = { .buf = small, .size = sizeof(small) };
	tcx_print_fn_t fn = print_fn;
	int saved = errno;	/* a message must not change what is reported */
	va_list args;

	if (!fn)
		return;
	va_start(args, format);
	tcx__vsay(&text, format, args);
	va_end(args);
	if (text.len >= text.size)
		large = malloc(text.len + 1);
	if (large) {	/* if there is none, the beginning has to do */
		text.buf = large;
		text.size = text.len + 1;
		text.len = 0;
		va_start(args, format);
		tcx__vsay(&text, format, args);
		va_end(args);
	}
	call(fn, level, "%s", text.buf);
	free(large);
	errno = saved;
}
