// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "metrics.h"
#include "print.h"

static const char *family;
static int labels;

void metric_family(const char *name, const char *type, const char *help)
{
	family = name;
	print("# HELP %s %s\n", name, help);
	if (type)
		print("# TYPE %s %s\n", name, type);
}

void metric_begin(void)
{
	print("%s", family);
	labels = 0;
}

/* Escaped as everywhere; then the backslashes of that, as the format wants it.
 * It wants the same of quotes.
 */
void metric_label(const char *name, const char *value)
{
	char *shown = text_format("%s", value), *at = shown;

	print("%s%s=\"", labels++ ? "," : "{", name);
	if (!shown)
		output_failed(strerror(ENOMEM));
	while (at && *at) {
		size_t n = strcspn(at, "\\\"");
		char end = at[n];

		at[n] = '\0';
		print_as_is(at);
		if (end)
			print_as_is(end == '"' ? "\\\"" : "\\\\");
		at += n + !!end;
	}
	print("\"");
	free(shown);
}

void metric_label_number(const char *name, __u64 value)
{
	char text[32];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)value);
	metric_label(name, text);
}

void metric_end(__u64 value)
{
	print("%s %llu\n", labels ? "}" : "", (unsigned long long)value);
}

void metric_end_ns(__u64 ns)
{
	print("%s %llu.%09llu\n", labels ? "}" : "",
	      (unsigned long long)ns / 1000000000,
	      (unsigned long long)ns % 1000000000);
}

void metrics_end(void)
{
	print("# EOF\n");
}
