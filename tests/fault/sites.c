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

int sites_run(bool netfilter)
{
	char function[64], caller[256], line[512], done[64] = "";
	unsigned int calls, failed;
	int missing = 0, count = 0;
	unsigned long offset;
	FILE *file;

	if (module_load())
		problem("cannot be loaded");
	file = fopen(FAIL_CALL_DIR "sites", "r");
	while (file && fscanf(file, "%63s %u %u %lx %255[^\n]", function,
			      &calls, &failed, &offset, caller) == 5) {
		/* Behind static calls, which are patched to go past it. */
		if (!strncmp(caller, "__SCT__", 7))
			continue;
		printf("# %-28s called %5u, failed %4u, at %#6lx in %s\n",
		       function, calls, failed, offset, caller);
		count++;
		if (failed && sites_of_one_suffice(function))
			strcpy(done, function);
		if (failed || site_unreachable(function, netfilter) ||
		    sites_of_one_suffice(function))
			continue;
		problem("%s in %s: no case makes it fail", function, caller);
	}
	if (file)
		fclose(file);
	if (count < 10 || !*done)
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
