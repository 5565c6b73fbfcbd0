// SPDX-License-Identifier: GPL-2.0
/*
 * netkit_backport: its loading, and the making of a pair, in which everything fails
 * that may, one by one; fail_call is loaded with module=netkit_backport. Each time
 * the errno is right, no device and no reference is left in either namespace, and
 * the next try succeeds.
 */
#include <net/if.h>

#include "fault.h"
#include "netkit.h"

#define NETKIT	"netkit_backport"

static int netkit_load(void)
{
	return module_load_named(NETKIT, "need_bpf_syscall=0");
}

static int netkit_unload(void)
{
	int tries, ret = 0;

	for (tries = 0; tries < 500; tries++) {
		ret = syscall(SYS_delete_module, NETKIT, O_NONBLOCK) ? -errno :
								       0;
		if (ret != -EWOULDBLOCK)
			break;
		sleep_ms(20);
	}
	return ret;
}

static bool family_known(void)
{
	struct sys_query q = {};

	return sys_prog_query(-1, NK_PRIMARY, &q) != -EINVAL;
}

/* What is to be answered when that function has failed; 0: several are right. */
static int wanted(const struct hit *hit)
{
	int want = hit->want;

	if (!strcmp(hit->function, "try_module_get"))
		want = EOPNOTSUPP;
	return want;
}

static void load_judge(unsigned int nth, const struct hit *hit, int ret)
{
	int want = wanted(hit);

	if (hit->hit)
		printf("# %u: %s from %s: %s\n", nth, hit->function,
		       hit->caller, strerror(-ret));
	if (hit->hit && want && ret != -want)
		problem("%u: answers %d, not %d", nth, ret, -want);
	if (!hit->hit && ret)
		problem("%u: nothing failed, but: %s", nth, strerror(-ret));
	if (ret && (family_known() || !access("/sys/module/" NETKIT, F_OK)))
		problem("%u: something is left", nth);
	if (ret && netkit_load())
		problem("%u: the next try fails", nth);
	if (!family_known())
		problem("%u: loaded, but without attach types", nth);
	if (netkit_unload() || family_known())
		problem("%u: cannot be unloaded", nth);
}

int netkit_load_run(void)
{
	struct hit hit = { .hit = true };
	unsigned int nth;
	int ret;

	for (nth = 1; hit.hit && nth < NTH_MAX && !problems; nth++) {
		call_arm(nth, INJECTED, 1, "");
		ret = netkit_load();
		hit = call_disarm();
		load_judge(nth, &hit, ret);
	}
	printf("# %u failures\n", nth - 2);
	if (nth < 3)
		problem("nothing was made to fail");
	fflush(stdout);
	return !!problems;
}

/* Two namespaces, the second one for the peer. */
struct world {
	int here, there;
};

static int pair_make(const struct world *w)
{
	static const unsigned char mac[] = { 2, 0, 0, 0, 0, 1 };
	struct nk_new new = {
		.end = { .name = "p", .mac = mac },
		.peer = { .name = "q", .mac = mac, .netns = w->there },
		.attrs = {
			{ NETKIT_BACKPORT_MODE, NETKIT_BACKPORT_L2 },
			{ NETKIT_BACKPORT_POLICY, NETKIT_BACKPORT_POLICY_DROP },
			{ NETKIT_BACKPORT_HEADROOM, 100, 2 },
		},
	};

	return nk_create(&new);
}

/* Gone in both namespaces, and held no more: soon, if it dies by and by. */
static bool pair_gone(const struct world *w)
{
	bool gone = false;
	int tries;

	for (tries = 0; tries < 150 && !gone; tries++) {
		gone = !if_nametoindex("p") && !module_references_named(NETKIT);
		netns_enter(w->there);
		gone = gone && !if_nametoindex("q");
		netns_enter(w->here);
		if (!gone)
			sleep_ms(20);
	}
	return gone;
}

static void pair_unmake(const struct world *w, const char *after)
{
	int ret = link_del(if_nametoindex("p"));

	if (ret)
		problem("%s: cannot be deleted: %s", after, strerror(-ret));
	if (!pair_gone(w))
		problem("%s: something stays after deleting", after);
}

static void pair_judge(const struct world *w, unsigned int nth,
		       const struct hit *hit, int ret)
{
	int want = wanted(hit);
	char after[400];

	snprintf(after, sizeof(after), "%u: %s from %s", nth, hit->function,
		 hit->caller);
	if (hit->want)
		printf("# %s: %s\n", after, strerror(-ret));
	if (want && ret != -want)
		problem("%s: answers %d, not %d", after, ret, -want);
	/* By fail-nth it is the kernel that fails, which has errnos of its own: the
	 * device layer, its notifiers, sysfs, the request's socket.
	 */
	/* Made, and it was the answer that could not be read. */
	if (ret && !want && if_nametoindex("p"))
		ret = 0;
	if (ret && !pair_gone(w))
		problem("%s: something is left", after);
	if (!ret)
		pair_unmake(w, after);
	if (pair_make(w))
		problem("%s: the next try fails", after);
	else
		pair_unmake(w, after);
}

/* By fail-nth it is some 600 failures, nearly all of them the kernel's own affair:
 * every eighth, which still meets each layer several times.
 */
int netkit_pair_run(bool by_nth)
{
	struct hit hit = { .hit = true };
	unsigned int nth, step = by_nth ? 8 : 1;
	struct world w;
	int ret;

	w.there = netns_new();
	w.here = netns_new();
	if (w.here < 0 || netkit_load())
		problem("no world");
	if (!problems && by_nth && !nth_available())
		problem("no fail-nth");
	if (!problems && pair_make(&w))
		problem("no pair");
	else
		pair_unmake(&w, "at first");
	for (nth = 1; hit.hit && nth < NTH_MAX && !problems; nth += step) {
		ret = by_nth ? nth_arm(nth) : call_arm(nth, INJECTED, 1, "");
		if (ret)
			problem("cannot arm: %s", strerror(-ret));
		ret = pair_make(&w);
		hit = by_nth ? nth_disarm() : call_disarm();
		if (hit.hit)
			pair_judge(&w, nth, &hit, ret);
		else if (ret)
			problem("%u: nothing failed, but: %s", nth,
				strerror(-ret));
		else
			pair_unmake(&w, "nothing failed");
	}
	printf("# %u failures\n", (nth - 1) / step - 1);
	if (nth < 5)
		problem("nothing was made to fail");
	if (netkit_unload())
		problem("cannot be unloaded");
	fflush(stdout);
	return !!problems;
}

int netkit_sites_run(void)
{
	int count;

	if (netkit_load())
		problem("cannot be loaded");
	count = sites_walk(NULL);
	if (count < 6)
		problem("%d places found", count);
	netkit_unload();
	fflush(stdout);
	return !!problems;
}
