// SPDX-License-Identifier: GPL-2.0
#include "backend.h"
#include "command.h"
#include "monitor.h"
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
	if (tcx_backend() == TCX_BACKEND_MODULE)
		return monitor(point.ifindex);
	return refuse("it is the module that tells of changes, and it is not what has tcx here; compare what 'tcxctl show --json' says from time to time: a revision that has grown is a change");
}

static const char monitor_help[] =
"\n"
"A line a change: when, where, what happened to which program, by which process\n"
"of which user, and the revision and programs afterwards. \"released\": the last\n"
"process or pin that kept a link is gone. Ends with ^C.\n";

const struct command command_monitor = {
	.name = "monitor",
	.forms = { { "[DEV]", "what is attached and detached, and by whom" } },
	.options = entries,
	.arguments_help = monitor_help,
	.run = run,
};
