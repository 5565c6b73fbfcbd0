// SPDX-License-Identifier: GPL-2.0
/* Loading. The module is not loaded when a case begins and when it ends. */
#include "fault.h"

static bool load_undone(void)
{
	return !module_loaded() && access(TCX_BACKPORT_DEVICE, F_OK) &&
	       !redirected();
}

static void load_judge(unsigned int nth, const struct hit *hit, int ret)
{
	if (hit->want)
		printf("# %u: %s from %s: %s\n", nth, hit->function,
		       hit->caller, strerror(-ret));
	if (hit->want && ret != -hit->want)
		problem("%u: answers %d, not %d", nth, ret, -hit->want);
	if (!hit->hit && ret)
		problem("%u: nothing failed, but: %s", nth, strerror(-ret));
	if (ret && !load_undone())
		problem("%u: something is left", nth);
	if (ret && module_load())
		problem("%u: the next try fails", nth);
	if (module_unload() || !load_undone())
		problem("%u: cannot be unloaded", nth);
}

/* Returns how many failures there were. */
static unsigned int load_calls(void)
{
	struct hit hit = { .hit = true };
	unsigned int nth;
	int ret;

	for (nth = 1; hit.hit && nth < NTH_MAX && !problems; nth++) {
		call_arm(nth, INJECTED, 1, "");
		ret = module_load();
		hit = call_disarm();
		load_judge(nth, &hit, ret);
	}
	return nth - 2;
}

/* A load makes hundreds of allocations, most of them the kernel's own affair.
 * From the last one back, until a load fails in which the module has not made a
 * single call: what is before that is before our code has run.
 */
static unsigned int load_nths(void)
{
	unsigned int nth, failures = 0;
	bool early = false;
	struct hit hit;
	int ret;

	nth_arm(NTH_MAX);
	if (module_load())
		problem("cannot be loaded");
	nth = NTH_MAX - nth_left();
	nth_disarm();
	module_unload();
	printf("# %u allocations and copies\n", nth);

	for (; nth && !early && !problems; nth--) {
		call_arm(NTH_MAX, INJECTED, 1, "");
		nth_arm(nth);
		ret = module_load();
		hit = nth_disarm();
		early = !call_disarm().calls;
		printf("# %u: %s\n", nth, strerror(-ret));
		failures += ret && !early;
		load_judge(nth, &hit, ret);
	}
	if (!early)
		problem("no load has failed early");
	return failures;
}

int load_run(const char *args, bool by_nth)
{
	unsigned int failures;

	setenv("TCX_MODULE_ARGS", args, 1);
	if (by_nth && !nth_available())
		problem("no fail-nth");
	nth_setting("fail_page_alloc", "ignore-gfp-wait", "Y");
	failures = by_nth ? load_nths() : load_calls();
	printf("# %u failures\n", failures);
	if (!failures)
		problem("nothing was made to fail");
	if (module_load() || module_unload())
		problem("cannot be loaded afterwards");
	fflush(stdout);
	return !!problems;
}
