// SPDX-License-Identifier: GPL-2.0
/* Every place in the module that calls one of the functions. */
#include "fault.h"

static bool sites_of_one_suffice(const char *function)
{
	/* The others take the filter away, when there is nothing to be told. */
	return !strcmp(function, "ftrace_set_filter_ip");
}

/* What another hook or another kernel than this one would reach. */
static bool site_unreachable(const char *function, bool netfilter)
{
	return !netfilter && !strcmp(function, "nf_register_net_hook");
}

int sites_walk(bool (*excused)(const struct site *site))
{
	struct site site;
	int count = 0;
	FILE *file;

	file = fopen(FAIL_CALL_DIR "sites", "r");
	while (file && fscanf(file, "%63s %u %u %lx %255[^\n]", site.function,
			      &site.calls, &site.failed, &site.offset,
			      site.caller) == 5) {
		/* After static calls, which are patched to go past it. */
		if (!strncmp(site.caller, "__SCT__", 7))
			continue;
		printf("# %-28s called %5u, failed %4u, at %#6lx in %s\n",
		       site.function, site.calls, site.failed, site.offset,
		       site.caller);
		count++;
		if (excused && excused(&site))
			continue;
		if (!site.failed)
			problem("%s in %s: no case makes it fail",
				site.function, site.caller);
	}
	if (file)
		fclose(file);
	return count;
}

static bool hook_netfilter, done;

static bool site_excused(const struct site *site)
{
	if (sites_of_one_suffice(site->function)) {
		done |= site->failed;
		return true;
	}
	return site_unreachable(site->function, hook_netfilter);
}

int sites_run(bool netfilter)
{
	int missing = 0, count;
	char line[512];
	FILE *file;

	if (module_load())
		problem("cannot be loaded");
	hook_netfilter = netfilter;
	count = sites_walk(site_excused);
	if (count < 10 || !done)
		problem("%d places found", count);
	module_unload();

	/* A function that cannot be probed cannot be made to fail. */
	file = fopen(FAIL_CALL_DIR "missing", "r");
	while (file && fgets(line, sizeof(line), file)) {
		printf("# not in this kernel: %s", line);
		missing++;
		if (strncmp(line, "kmalloc_trace", 13) &&
		    strncmp(line, "kmem_cache_alloc_trace", 22))
			problem("cannot be made to fail: %s", line);
	}
	if (file)
		fclose(file);
	if (missing > 1)
		problem("neither of two names of one function");
	fflush(stdout);
	return !!problems;
}
