// SPDX-License-Identifier: GPL-2.0
/*
 * Everything on a control path that may fail is made to fail, one by one: for
 * N = 1, 2, 3 ... the Nth call fails, until the request gets through untouched.
 * Each time the request answers the errno that the failure calls for, nothing
 * has changed, nothing is left, and the next try succeeds.
 *
 * The same for loading the module. calls.h lists what can fail, and the last
 * check is that no place in the module calls one of these functions without some
 * case having made it fail there: a new allocation without a case is found.
 *
 * Every case runs in a child, in a network namespace of its own, through each
 * interface and with each hook that the kernel has. The module is loaded anew for
 * each.
 */
#include "fault.h"
#include "path.h"

static unsigned int count, failed;
static const char *only = "";

static bool wanted(const char *name)
{
	return strstr(name, only);
}

static void result(bool ok, const char *what, const char *config, bool by_nth)
{
	count++;
	failed += !ok;
	printf("%s %u - %s%s%s%s\n", ok ? "ok" : "not ok", count, what,
	       *config ? ", " : "", config, by_nth ? ", fail-nth" : "");
	fflush(stdout);
}

static const char *const interfaces[] = { "ioctl", "bpf" };

static void paths_all(const char *hook, bool by_nth)
{
	char config[64];
	unsigned int i, bpf;

	for (bpf = 0; bpf < 2; bpf++) {
		snprintf(config, sizeof(config), "hook=%s bpf_syscall=%u", hook,
			 bpf);
		setenv("TCX_MODULE_ARGS", config, 1);
		setenv("TCX_INTERFACE", interfaces[bpf], 1);
		if (module_load()) {
			result(false, "load", config, by_nth);
			continue;
		}
		for (i = 0; i < nr_paths; i++) {
			if (!wanted(paths[i].name))
				continue;
			printf("# %s\n", paths[i].name);
			result(!in_child(path_run(&paths[i], by_nth)),
			       paths[i].name, config, by_nth);
		}
		if (!bpf && wanted("switch")) {
			printf("# switch\n");
			result(!in_child(switch_run(by_nth)), "switch", config,
			       by_nth);
			if (!by_nth)
				result(!in_child(switch_off_run()),
				       "switch off", config, false);
		}
		result(!module_unload(), "unload", config, by_nth);
	}
}

/* For fail-nth one set of parameters, that with the most steps. */
static void loads_all(bool netfilter, bool by_nth)
{
	static const char *const args[] = {
		"bpf_syscall=1 hook=tc", "hook=netfilter", "",
	};
	unsigned int i;

	for (i = 0; i < (by_nth ? 1 : 3) && wanted("load"); i++) {
		if (!netfilter && strstr(args[i], "netfilter"))
			continue;
		printf("# load %s\n", args[i]);
		result(!in_child(load_run(args[i], by_nth)), "load", args[i],
		       by_nth);
	}
}

/* What the other module does, by whichever ways there are. */
static int netkit_all(void)
{
	setenv("TCX_MODULE_ARGS", "", 1);
	setenv("TCX_INTERFACE", interfaces[0], 1);
	module_unload();
	if (module_load())
		result(false, "load", "", false);
	result(!in_child(netkit_load_run()), "netkit, load", "", false);
	result(!in_child(netkit_pair_run(false)), "netkit, a pair", "", false);
	result(!in_child(netkit_sites_run()),
	       "netkit, every call that may fail has failed", "", false);
	if (nth_available())
		result(!in_child(netkit_pair_run(true)), "netkit, a pair", "",
		       true);
	result(!module_unload(), "unload", "", false);
	printf("1..%u\n", count);
	return !!failed;
}

/* fault stuck exit|load: see stuck.c. fault netkit: see netkit.c.
 *
 * fault [WAY [ONLY]]: call or nth, one of the two ways, or both if it is empty;
 * only the paths whose name has ONLY in it.
 */
int main(int argc, char **argv)
{
	const char *way = argc > 1 ? argv[1] : "";
	bool by_call = strcmp(way, "nth");
	bool by_nth = strcmp(way, "call") && nth_available();
	bool netfilter;

	if (argc > 2)
		only = argv[2];

	setbuf(stdout, NULL);
	if (!strcmp(way, "netkit"))
		return netkit_all();
	if (!strcmp(way, "stuck")) {
		result(!stuck_run(!strcmp(only, "load")),
		       "what the kernel still calls stays", only, false);
		return !!failed;
	}
	if (!by_call && !by_nth)
		result(false, "this kernel has no fail-nth", "", true);
	module_unload();
	setenv("TCX_MODULE_ARGS", "hook=netfilter", 1);
	netfilter = !module_load();
	if (netfilter)
		module_unload();

	if (by_call) {
		if (access(FAIL_CALL_DIR "arm", W_OK))
			result(false, "fail_call is not loaded", "", false);
		loads_all(netfilter, false);
		paths_all("tc", false);
		if (netfilter)
			paths_all("netfilter", false);
		if (!*only)
			result(!in_child(sites_run(netfilter)),
			       "every call that may fail has failed", "",
			       false);
	}
	if (by_nth) {
		paths_all("tc", true);
		if (netfilter)
			paths_all("netfilter", true);
		loads_all(netfilter, true);
	}
	printf("1..%u\n", count);
	return !!failed;
}
