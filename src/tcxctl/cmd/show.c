// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>

#include "command.h"
#include "json.h"
#include "options.h"
#include "refuse.h"
#include "show/shows.h"
#include "show/stats.h"

/* Longer is for something that stays. */
#define MOST_SECONDS 3600

static struct {
	bool openmetrics;
	struct option_text stats;
} show_options;

static const struct option_entry entries[] = {
	OPTION_ALL_NETNS,
	{ .name = "stats", .type = OPTION_MAYBE_TEXT, .argument = "SECONDS",
	  .value = &show_options.stats,
	  .help = "how often each ran in so many seconds (1), and for how long" },
	{ .name = "openmetrics", .value = &show_options.openmetrics,
	  .help = "as metrics, for node_exporter's textfile collector" },
	{},
};

static int read_seconds(unsigned int *seconds)
{
	const char *text = show_options.stats.text;
	unsigned long n;
	char *end;

	*seconds = 1;
	if (!text)
		return EXIT_DONE;
	errno = 0;
	n = strtoul(text, &end, 10);
	if (errno || *end || *text < '0' || *text > '9' || !n ||
	    n > MOST_SECONDS)
		return usage("--stats takes a number of seconds from 1 to %d, not '%s'",
			     MOST_SECONDS, text);
	*seconds = n;
	return EXIT_DONE;
}

static int gather(struct shows *all, const char *device)
{
	if (options.all_netns)
		return shows_everywhere(all, device);
	return device ? shows_device(all, device) : shows_here(all);
}

static int run(char **words, int n)
{
	struct shows all = {};
	unsigned int seconds;
	int code;

	if (n > 1)
		return usage("show takes one device, not '%s' too", words[1]);
	if (show_options.openmetrics && (options.json || show_options.stats.given))
		return usage("--openmetrics does not go with --%s",
			     options.json ? "json" : "stats");
	code = read_seconds(&seconds);
	if (!code)
		code = gather(&all, n ? words[0] : NULL);
	if (!code && show_options.stats.given)
		code = stats_sample(&all.programs, seconds);
	if (!code && show_options.openmetrics)
		shows_metrics(&all, options.all_netns);
	else if (!code && options.json)
		print_json(shows_json(&all, options.all_netns));
	else if (!code)
		shows_print(&all, options.all_netns);
	shows_free(&all);
	return code;
}

const struct command command_show = {
	.name = "show",
	.forms = { { "[DEV]", "list what is attached" } },
	.options = entries,
	.run = run,
};
