// SPDX-License-Identifier: GPL-2.0
/* Makes everything in a control path fail, one by one. */
#include "fault.h"
#include "state.h"

/* The request once more, with nothing in its way, and back. */
static void once_more(const struct path *p, struct world *w, const char *after)
{
	int ret = p->request(w);

	if (ret < 0)
		problem("%s: the next try answers %s", after, strerror(-ret));
	ret = p->undo(w, ret);
	if (ret < 0)
		problem("%s: cannot be undone: %s", after, strerror(-ret));
}

static void judge(const struct path *p, struct world *w, unsigned int nth,
		  const struct hit *hit, int ret, const struct state *before)
{
	char after[400];

	snprintf(after, sizeof(after), "%u: %s from %s", nth, hit->function,
		 hit->caller);
	if (hit->want)
		printf("# %s: %s\n", after,
		       ret < 0 ? strerror(-ret) : "succeeded");
	if (hit->alloc && p->no_alloc)
		problem("%s: needs memory", after);
	if (hit->want && ret != -hit->want)
		problem("%s: answers %d, not %d", after, ret, -hit->want);
	if (!hit->want && ret < 0 && ret != -EFAULT &&
	    (p->no_alloc || (ret != -ENOMEM && ret != -ENFILE)))
		problem("%s: answers %s", after, strerror(-ret));
	if (ret < 0)
		state_is(w, before, after);
	else if (p->undo(w, ret) < 0)
		problem("%s: cannot be undone", after);
	once_more(p, w, after);
}

/* Returns how many failures there were. */
static unsigned int fail_one_by_one(const struct path *p, struct world *w,
				    bool by_nth)
{
	struct state before;
	struct hit hit = { .hit = true };
	unsigned int nth;
	int ret;

	for (nth = 1; hit.hit && nth < NTH_MAX && !problems; nth++) {
		before = state_settled(w);
		ret = by_nth ? nth_arm(nth) : call_arm(nth, INJECTED, 1, "");
		if (ret) {
			problem("cannot arm: %s", strerror(-ret));
			break;
		}
		ret = p->request(w);
		hit = by_nth ? nth_disarm() : call_disarm();
		if (hit.hit)
			judge(p, w, nth, &hit, ret, &before);
		else if (ret < 0)
			problem("%u: nothing failed, but: %s", nth,
				strerror(-ret));
		else if (p->undo(w, ret) < 0)
			problem("cannot be undone");
	}
	return nth - 2;
}

/* One path in a world of its own; the exit status of a child. */
int path_run(const struct path *p, bool by_nth)
{
	struct world w = { .link = -1, .link2 = -1 };
	unsigned int i, failures;
	int ret;

	ret = netns_new();
	w.dev = ret < 0 ? ret : dummy_add("fault0");
	for (i = 0; i < 4; i++)
		w.prog[i] = cls_load();
	if (w.dev < 0 || w.prog[3] < 0)
		problem("no world: %d, %d", w.dev, w.prog[3]);
	w.prog1_id = prog_id(w.prog[1]);
	ret = p->prepare(&w);
	if (ret)
		problem("cannot be prepared: %s", strerror(-ret));
	if (!problems && by_nth && !nth_available())
		problem("no fail-nth");
	if (!problems) {
		once_more(p, &w, "at first");
		failures = fail_one_by_one(p, &w, by_nth);
		if (!problems)
			printf("# %u failures\n", failures);
	}
	fflush(stdout);
	return !!problems;
}
