// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>

#include "backend.h"
#include "command.h"
#include "point.h"
#include "refuse.h"
#include "trace/trace.h"

static struct trace_options trace_options;

static const struct option_entry entries[] = {
	OPTION_ALL_NETNS,
	{ .name = "drops", .value = &trace_options.drops,
	  .help = "only packets that are dropped" },
	{ .name = "summary", .value = &trace_options.summary,
	  .help = "no packets: at the end, how many by program and verdict" },
	OPTION_COUNT,
	OPTION_FOR,
	OPTION_BUFFER,
	{},
};

/* A filter may come in one word or several, as with tcpdump. */
static char *joined(char **words, int n)
{
	size_t size = 1;
	char *text;
	int i;

	for (i = 0; i < n; i++)
		size += strlen(words[i]) + 1;
	text = calloc(1, size);
	for (i = 0; text && i < n; i++) {
		strcat(text, words[i]);
		if (i + 1 < n)
			strcat(text, " ");
	}
	return text;
}

static bool is_direction(const char *word)
{
	int i;

	for (i = 0; i < POINT_TYPES; i++)
		if (!strcmp(word, point_types[i].name))
			return true;
	return false;
}

/* Why there is no tcx here is what a request finds out. */
static int refuse_without_tcx(void)
{
	const struct point point = { "lo", 1, BPF_TCX_INGRESS };
	struct listing list;
	int err = point_list(&point, &list);

	if (err)
		return point_refuse_query(err, &point);
	listing_free(&list);
	return refuse("packets are traced where tcx is, the module's or the kernel's own, and not with --backend=legacy");
}

static int run(char **words, int n)
{
	struct point point;
	char *filter = NULL;
	int code;

	if (n && strcmp(words[0], "any")) {
		if (options.all_netns)
			return usage("with --all-netns there is no device but 'any': a name means another device in each namespace");
		code = point_device(&point, words[0]);
		if (code)
			return code;
		trace_options.device = point.device;
		trace_options.ifindex = point.ifindex;
	}
	if (tcx_backend() != TCX_BACKEND_MODULE &&
	    tcx_backend() != TCX_BACKEND_NATIVE)
		return refuse_without_tcx();
	if (n == 2 && is_direction(words[1]))
		return usage("trace takes no direction, '%s': it prints that of each packet",
			     words[1]);
	if (n > 1) {
		filter = joined(words + 1, n - 1);
		if (!filter)
			return refuse("out of memory");
	}
	trace_options.filter = filter;
	code = trace(&trace_options);
	free(filter);
	return code;
}

static const char trace_help[] =
"\n"
"A line a packet: when, at which device and direction, which program had the\n"
"last word, at which place of how many, what it said, and the packet. \"next\":\n"
"all programs let it through. DEV any: all devices. FILTER is in the language\n"
"of pcap-filter(7), and sees the first 128 bytes of a packet. Where the kernel\n"
"itself has tcx, the programs are traced (fexit), but those without BTF. Ends\n"
"with ^C.\n";

const struct command command_trace = {
	.name = "trace",
	.forms = { { "[DEV [FILTER]]",
		     "which program decided about which packet" } },
	.options = entries,
	.arguments_help = trace_help,
	.run = run,
};
