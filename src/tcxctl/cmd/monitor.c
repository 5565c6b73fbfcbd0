// SPDX-License-Identifier: GPL-2.0
#include "backend.h"
#include "command.h"
#include "watch/monitor.h"
#include "point.h"
#include "refuse.h"

static const struct option_entry entries[] = {
	OPTION_ALL_NETNS,
	OPTION_COUNT,
	OPTION_FOR,
	OPTION_BUFFER,
	{},
};

static int run(char **words, int n)
{
	struct point point = {};
	int code;

	if (n > 1)
		return usage("monitor takes one device, not '%s' too", words[1]);
	if (n && options.all_netns)
		return usage("with --all-netns there is no device: a name means another one in each namespace");
	if (n) {
		code = point_device(&point, words[0]);
		if (code)
			return code;
	}
	return tcx_backend() == TCX_BACKEND_MODULE ?
	       monitor_events(point.ifindex) : monitor_looks(point.ifindex);
}

static const char monitor_help[] =
"\n"
"A line a change: when, where, what happened to which program, by which process\n"
"of which user, and the revision and programs afterwards. \"released\": the last\n"
"process or pin that kept a link is gone. Where the kernel itself has tcx, it is\n"
"looked at every 0.1 s, and by whom is not known. Ends with ^C.\n";

const struct command command_monitor = {
	.name = "monitor",
	.forms = { { "[DEV]", "what is attached and detached, and by whom" } },
	.options = entries,
	.arguments_help = monitor_help,
	.run = run,
};
