// SPDX-License-Identifier: GPL-2.0
/* How failures leave the tool. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "json.h"
#include "log.h"
#include "options.h"
#include "print.h"
#include "refuse.h"

static int next_errno;

void refuse_errno(int err)
{
	next_errno = err < 0 ? -err : err;
}

/* Names of the numbers that requests fail with. */
static const char *errno_name(int err)
{
	static const struct {
		int err;
		const char *name;
	} names[] = {
		{ EACCES, "EACCES" }, { EBADF, "EBADF" },
		{ EBUSY, "EBUSY" }, { EEXIST, "EEXIST" },
		{ EINVAL, "EINVAL" }, { EMFILE, "EMFILE" },
		{ ENFILE, "ENFILE" }, { ENODEV, "ENODEV" },
		{ ENOENT, "ENOENT" }, { ENOMEM, "ENOMEM" },
		{ EOPNOTSUPP, "EOPNOTSUPP" }, { EPERM, "EPERM" },
		{ EPROTO, "EPROTO" }, { ERANGE, "ERANGE" },
		{ ESTALE, "ESTALE" }, { E2BIG, "E2BIG" },
		{ ENOEXEC, "ENOEXEC" }, { ENOLINK, "ENOLINK" },
		{ ENOTTY, "ENOTTY" }, { ENOSPC, "ENOSPC" },
	};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].err == err)
			return names[i].name;
	return NULL;
}

/* Both are in the escaped form. Returns false if nobody can have read it. */
static bool print_error_json(const char *sentence, const char *log)
{
	const char *name = errno_name(next_errno);
	json_t *object = json_pack("{s:s}", "error", sentence);

	if (name)
		put_member(object, "errno", json_string(name));
	if (log && *log)
		put_member(object, "log", json_string(log));
	return print_json(object) && output_flush();
}

/* What has to be done about these is the same whatever failed. */
static const char *advice(int err)
{
	switch (err) {
	case EMFILE:
		return "; raise the limit of open files, with 'ulimit -n NUMBER' or, in a unit of systemd, with LimitNOFILE=NUMBER";
	case ENFILE:
		return "; raise the sysctl fs.file-max";
	}
	return "";
}

static void print_error(const char *sentence, const char *log)
{
	char *advised;

	if (asprintf(&advised, "%s%s", sentence, advice(next_errno)) < 0)
		advised = NULL;
	if (advised)
		sentence = advised;
	if (!options.json || !print_error_json(sentence, log)) {
		output_flush();
		fprintf(stderr, "tcxctl: %s\n", sentence);
		if (log && *log)
			fputs(log, stderr);
	}
	free(advised);
	next_errno = 0;
}

static void fail(const char *format, va_list args, const char *log)
{
	char *sentence = text_vformat(format, args);

	print_error(sentence ? sentence : "out of memory", log);
	free(sentence);
}

void complain(const char *format, ...)
{
	va_list args;
	char *sentence;

	va_start(args, format);
	sentence = text_vformat(format, args);
	va_end(args);
	output_flush();
	fprintf(stderr, "tcxctl: %s\n", sentence ? sentence : "out of memory");
	free(sentence);
}

int refuse(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fail(format, args, log_text());
	va_end(args);
	return EXIT_REFUSED;
}

/* Of the command that was meant, where that is known */
static void print_hint(void)
{
	const struct command *command = NULL;

	if (options.n_words)
		command = command_find(options.words[0]);
	if (command)
		fprintf(stderr, "Try 'tcxctl help %s'.\n", command->name);
	else
		fprintf(stderr, "Try 'tcxctl help', or 'tcxctl help COMMAND'.\n");
}

int usage(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fail(format, args, NULL);
	va_end(args);
	if (!options.json)
		print_hint();
	return EXIT_USAGE;
}

int refuse_request(int err, const struct tcx_explain_opts *request)
{
	char small[1024], *large = NULL;
	int n = tcx_explain(err, request, small, sizeof(small));

	if (n >= (int)sizeof(small))
		large = malloc(n + 1);
	if (large)
		tcx_explain(err, request, large, n + 1);
	refuse_errno(err);
	print_error(large ? large : small, log_text());
	free(large);
	return EXIT_REFUSED;
}
