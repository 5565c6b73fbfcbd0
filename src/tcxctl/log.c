// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <stdlib.h>

#include <bpf/libbpf.h>

#include "tcxctl.h"

static char *kept;
static size_t kept_size;
static FILE *keeper;

static int keep(bool warning, const char *format, va_list args)
{
	if (options.debug)
		return vfprintf(stderr, format, args);
	if (!warning)
		return 0;
	if (!keeper)
		keeper = open_memstream(&kept, &kept_size);
	return keeper ? vfprintf(keeper, format, args) : 0;
}

static int from_libbpf(enum libbpf_print_level level, const char *format,
		       va_list args)
{
	return keep(level == LIBBPF_WARN, format, args);
}

static int from_libtcx(enum tcx_print_level level, const char *format,
		       va_list args)
{
	return keep(level == TCX_WARN, format, args);
}

void log_setup(void)
{
	libbpf_set_print(from_libbpf);
	tcx_set_print(from_libtcx);
}

const char *log_text(void)
{
	if (!keeper)
		return NULL;
	fflush(keeper);
	return kept;
}

void log_drop(void)
{
	if (!keeper)
		return;
	fclose(keeper);
	free(kept);
	keeper = NULL;
	kept = NULL;
}
