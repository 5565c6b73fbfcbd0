// SPDX-License-Identifier: GPL-2.0
/* How results and failures leave the tool. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tcxctl.h"

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
		{ EINVAL, "EINVAL" }, { ENODEV, "ENODEV" },
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

void print_json(json_t *value)
{
	size_t flags = JSON_PRESERVE_ORDER | JSON_ENCODE_ANY;

	flags |= options.pretty ? JSON_INDENT(2) : JSON_COMPACT;
	json_dumpf(value, stdout, flags);
	putchar('\n');
	json_decref(value);
}

/* Names may hold bytes that are not UTF-8, which JSON cannot carry. */
static json_t *text_json(const char *text)
{
	json_t *value = json_string(text);

	return value ? value : json_string("(not UTF-8)");
}

static void print_error(const char *sentence, const char *log)
{
	const char *name = errno_name(next_errno);
	json_t *object;

	if (options.json) {
		object = json_pack("{s:o}", "error", text_json(sentence));
		if (name)
			json_object_set_new(object, "errno", json_string(name));
		if (log && *log)
			json_object_set_new(object, "log", text_json(log));
		print_json(object);
		return;
	}
	fflush(stdout);
	fprintf(stderr, "tcxctl: %s\n", sentence);
	if (log && *log)
		fputs(log, stderr);
}

static int fail(const char *format, va_list args, const char *log)
{
	char *sentence;

	if (vasprintf(&sentence, format, args) < 0) {
		print_error("out of memory", NULL);
		return EXIT_REFUSED;
	}
	print_error(sentence, log);
	free(sentence);
	return EXIT_REFUSED;
}

int refuse(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fail(format, args, log_text());
	va_end(args);
	return EXIT_REFUSED;
}

int usage(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fail(format, args, NULL);
	va_end(args);
	if (!options.json)
		fprintf(stderr, "Try 'tcxctl help', or 'tcxctl help COMMAND'.\n");
	return EXIT_USAGE;
}

int refuse_request(int err, const struct tcx_explain_opts *request)
{
	char sentence[1024];

	tcx_explain(err, request, sentence, sizeof(sentence));
	refuse_errno(err);
	return refuse("%s", sentence);
}

/* A listing that did not reach its file must not pass for a short listing. */
int output_close(int code)
{
	if (fflush(stdout) || ferror(stdout)) {
		fprintf(stderr, "tcxctl: cannot write the output: %s\n",
			strerror(errno));
		return code ? code : EXIT_REFUSED;
	}
	return code;
}
