// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/libbpf.h>

#include "log.h"
#include "options.h"
#include "print.h"

static char *kept;
static size_t kept_size;
static FILE *keeper;

/* Where a message goes; NULL: nowhere */
static FILE *place(bool warning)
{
	if (options.debug)
		return stderr;
	if (warning && !keeper)
		keeper = open_memstream(&kept, &kept_size);
	return warning ? keeper : NULL;
}

static void write_line(FILE *f, const char *indent, const char *line)
{
	char *shown = text_format("%s%s\n", indent, line);

	if (shown)
		fputs(shown, f);
	free(shown);
}

/* Lines after the first are indented, so that none looks like a message. */
static void write_lines(FILE *f, char *message)
{
	const char *indent = "";
	char *line;

	while ((line = strsep(&message, "\n"))) {
		write_line(f, indent, line);
		indent = "  ";
	}
}

/* There are names in the message, as they are. Only where the format, which is
 * libbpf's own, has several lines, as with the verifier's log, is a line end
 * in the message taken for one.
 */
static int from_libbpf(enum libbpf_print_level level, const char *format,
		       va_list args)
{
	const char *end = strchr(format, '\n');
	FILE *f = place(level == LIBBPF_WARN);
	char *message;
	int n;

	if (!f)
		return 0;
	n = vasprintf(&message, format, args);
	if (n < 0)
		return n;
	if (n && message[n - 1] == '\n')
		message[n - 1] = '\0';
	if (end && end[1])
		write_lines(f, message);
	else
		write_line(f, "", message);
	free(message);
	return n;
}

/* Here all names are escaped already. */
static int from_libtcx(enum tcx_print_level level, const char *format,
		       va_list args)
{
	FILE *f = place(level == TCX_WARN);

	return f ? vfprintf(f, format, args) : 0;
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
