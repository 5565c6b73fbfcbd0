// SPDX-License-Identifier: GPL-2.0
/*
 * Standard output, and what is to be done if it takes nothing.
 *
 * Nothing else writes there: each text of others is escaped on its way, and of
 * a change that has been made whoever asked for it hears in any case.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "print.h"
#include "refuse.h"

#include "../libtcx/text.h"

static bool changed;		/* something is not as it was before */
static bool printed;		/* there was something to write */
static const char *failure;	/* why not all could be written, or NULL */

/* A copy of what has to be told, for standard error if all else fails. */
static struct tcx__text kept;

/* What is opened later must not be taken for one of the standard files by
 * whoever writes to these. In the place of one that is closed comes one that
 * can be neither read nor written.
 */
void output_open(void)
{
	int fd;

	signal(SIGPIPE, SIG_IGN);	/* a pipe that nobody reads is EPIPE */
	for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (fcntl(fd, F_GETFD) >= 0)
			continue;
		if (fd == STDOUT_FILENO)
			failure = strerror(EBADF);
		open("/", O_PATH);
	}
}

void output_changed(void)
{
	changed = true;
}

void output_failed(const char *why)
{
	if (!failure)
		failure = why;
}

char *text_vformat(const char *format, va_list args)
{
	char line[256];
	struct tcx__text text = { .buf = line, .size = sizeof(line) };
	va_list again;

	va_copy(again, args);
	tcx__vsay(&text, format, args);
	if (text.len < sizeof(line)) {
		va_end(again);
		return strdup(line);
	}
	text.size = text.len + 1;
	text.buf = malloc(text.size);
	text.len = 0;
	if (text.buf)
		tcx__vsay(&text, format, again);
	va_end(again);
	return text.buf;
}

char *text_format(const char *format, ...)
{
	va_list args;
	char *text;

	va_start(args, format);
	text = text_vformat(format, args);
	va_end(args);
	return text;
}

/* In columns of a terminal. */
int text_width(const char *text)
{
	return tcx__width(text);
}

/* Of what print_name() prints */
int name_width(const char *name)
{
	int width = text_width(name);

	for (; *name; name++)
		if (*name == ' ')
			width += strlen("\\x20") - 1;
	return width;
}

/* As stty(1) and ps(1) have it: COLUMNS says more than the terminal does. */
int output_columns(void)
{
	static int columns = -1;
	struct winsize size;
	const char *text;

	if (columns >= 0)
		return columns;
	columns = 0;
	text = getenv("COLUMNS");
	if (!isatty(STDOUT_FILENO))
		return columns;
	if (text && atoi(text) > 0)
		columns = atoi(text);
	else if (!ioctl(STDOUT_FILENO, TIOCGWINSZ, &size))
		columns = size.ws_col;
	return columns;
}

static void keep(const char *text)
{
	size_t size = kept.len + strlen(text) + 1;
	char *buf = realloc(kept.buf, size);

	if (!buf)
		return;
	kept.buf = buf;
	kept.size = size;
	tcx__say_as_is(&kept, text);
}

void print_as_is(const char *text)
{
	printed = true;
	if (changed)
		keep(text);
	if (fputs(text, stdout) < 0)
		output_failed(strerror(errno));
}

void print(const char *format, ...)
{
	va_list args;
	char *text;

	va_start(args, format);
	text = text_vformat(format, args);
	va_end(args);
	if (text)
		print_as_is(text);
	else
		output_failed(strerror(ENOMEM));
	free(text);
}

/* One of several names in a line, which blanks part: so none is in a name. */
void print_name(const char *name)
{
	char *shown = text_format("%s", name), *at = shown, *blank;

	if (!shown) {
		output_failed(strerror(ENOMEM));
		return;
	}
	while ((blank = strchr(at, ' '))) {
		*blank = '\0';
		print_as_is(at);
		print_as_is("\\x20");
		at = blank + 1;
	}
	print_as_is(at);
	free(shown);
}

bool output_flush(void)
{
	if (fflush(stdout))
		output_failed(strerror(errno));
	return !failure;
}

/* A listing that did not reach its file must not pass for a short listing, nor
 * a change that nobody was told of for none. Returns the status to end with.
 */
int output_close(int code)
{
	if (fclose(stdout))
		output_failed(strerror(errno));
	if (failure && changed)
		fprintf(stderr, "tcxctl: done, but what was done cannot be written: %s; it is:\n%s",
			failure, kept.buf ? kept.buf : "");
	else if (failure && (printed || !code))
		fprintf(stderr, "tcxctl: cannot write the output: %s\n",
			failure);
	free(kept.buf);
	if (code || (!failure && !ferror(stderr)))
		return code;
	return changed ? EXIT_UNTOLD : EXIT_REFUSED;
}
