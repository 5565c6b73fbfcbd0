// SPDX-License-Identifier: GPL-2.0
/*
 * A kernel with tcx of its own tells nobody of changes: what is attached is looked
 * at again and again, and compared with what was there before. Revisions tell how
 * much came and went in between.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "change.h"
#include "monitor.h"
#include "options.h"
#include "print.h"
#include "refuse.h"
#include "show/shows.h"

#define LOOK_NS		100000000ULL	/* between two looks, at least */
#define LOOK_SHARE	4		/* times as long as a look takes */

/* An attach point as it was seen */
struct seen {
	__u32 netns;
	const struct shown *shown;
};

struct look {
	struct shows shows;
	struct seen *all;	/* in the order of by_place() */
	size_t count;
};

struct looks {
	int ifindex;		/* 0: all */
	struct look before, now;
	struct event event;	/* this look: only its time counts */
	__u64 taken, missed;
	__u32 own_netns;
};

static bool enough(const struct looks *l)
{
	return options.count && l->taken >= options.count;
}

static int compare(__u32 a, __u32 b)
{
	return a < b ? -1 : a > b;
}

static int by_place(const void *a, const void *b)
{
	const struct seen *x = a, *y = b;

	return compare(x->netns, y->netns) ?:
	       compare(x->shown->point.ifindex, y->shown->point.ifindex) ?:
	       compare(x->shown->point.attach_type,
		       y->shown->point.attach_type);
}

/* A link is the same whatever program it has, a program the same wherever it
 * stands. Returns its place, or -1.
 */
static int find_same(const struct listing *in, __u32 prog_id, __u32 link_id)
{
	__u32 i;

	for (i = 0; i < in->count; i++)
		if (link_id ? in->link_ids[i] == link_id :
			      !in->link_ids[i] && in->prog_ids[i] == prog_id)
			return i;
	return -1;
}

/* @now: NULL: the device is gone. */
static void tell(struct looks *l, const struct seen *at,
		 const struct shown *now, const char *what,
		 const struct prog_details *details, struct change change)
{
	const struct point *point = &at->shown->point;

	if (enough(l))
		return;
	snprintf(change.what, sizeof(change.what), "%s", what);
	snprintf(change.device, sizeof(change.device), "%s", point->device);
	change.netns = at->netns;
	change.ifindex = point->ifindex;
	change.attach_type = point->attach_type;
	if (now) {
		change.revision = now->list.revision;
		change.progs = now->list.prog_ids;
		change.n_progs = now->list.count;
	}
	change_print(&l->event, &change, details);
	l->taken++;
}

/* A program without a link that took another one's place, as BPF_F_REPLACE has it.
 * Returns the place in @now, or -1.
 */
static int find_replaced(const struct listing *before,
			 const struct listing *now, __u32 i)
{
	if (before->count != now->count || before->link_ids[i] ||
	    now->link_ids[i] ||
	    find_same(before, now->prog_ids[i], 0) >= 0)
		return -1;
	return i;
}

/* What was there and is not, or is another one. Returns how many changes. */
static int tell_old(struct looks *l, const struct seen *before,
		    const struct shown *now)
{
	const struct listing *list = &before->shown->list;
	int k, changes = 0;
	__u32 i;

	for (i = 0; i < list->count; i++) {
		struct change change = {
			.prog_id = list->prog_ids[i],
			.link_id = list->link_ids[i],
		};

		k = find_same(&now->list, change.prog_id, change.link_id);
		if (k < 0)
			k = find_replaced(list, &now->list, i);
		if (k >= 0 && now->list.prog_ids[k] == change.prog_id)
			continue;
		changes++;
		if (k < 0) {
			tell(l, before, now, "detach",
			     before->shown->details[i], change);
			continue;
		}
		change.old_prog_id = change.prog_id;
		change.prog_id = now->list.prog_ids[k];
		tell(l, before, now, "replace", now->details[k], change);
	}
	return changes;
}

/* What is there and was not; @before: NULL: nor was the device. Returns how many
 * changes.
 */
static int tell_new(struct looks *l, const struct shown *before,
		    const struct seen *now)
{
	static const struct listing none;
	const struct listing *list = &now->shown->list;
	const struct listing *old = before ? &before->list : &none;
	int changes = 0;
	__u32 i;

	for (i = 0; i < list->count; i++) {
		struct change change = {
			.prog_id = list->prog_ids[i],
			.link_id = list->link_ids[i],
		};

		if (find_same(old, change.prog_id, change.link_id) >= 0 ||
		    (i < old->count && find_replaced(old, list, i) >= 0))
			continue;
		tell(l, now, now->shown, "attach", now->shown->details[i],
		     change);
		changes++;
	}
	return changes;
}

static void tell_gone(struct looks *l, const struct seen *before)
{
	const struct shown *shown = before->shown;
	__u32 i;

	for (i = 0; i < shown->list.count; i++)
		tell(l, before, NULL, "gone", shown->details[i],
		     (struct change){
			     .prog_id = shown->list.prog_ids[i],
			     .link_id = shown->list.link_ids[i],
		     });
}

/* A point that was emptied in between counts from the beginning again: how much
 * came and went there is not known then.
 */
static void count_missed(struct looks *l, const struct shown *before,
			 const struct shown *now, int changes)
{
	__u64 known = (before ? before->list.revision : 1) + changes;

	if (now->list.revision > known)
		l->missed += now->list.revision - known;
}

/* Both looks are in the same order. */
static void tell_changes(struct looks *l)
{
	const struct seen *before = l->before.all, *now = l->now.all;
	const struct seen *before_end = before + l->before.count;
	const struct seen *now_end = now + l->now.count;
	int order, changes;

	while (before < before_end || now < now_end) {
		order = before == before_end ? 1 :
			now == now_end ? -1 : by_place(before, now);
		if (order < 0) {
			tell_gone(l, before++);
			continue;
		}
		changes = order ? 0 : tell_old(l, before, now->shown);
		changes += tell_new(l, order ? NULL : before->shown, now);
		count_missed(l, order ? NULL : before->shown, now->shown,
			     changes);
		before += !order;
		now++;
	}
}

static void tell_missed(struct looks *l)
{
	if (!l->missed)
		return;
	if (options.json)
		print_json(json_pack("{s:I}", "lost", (json_int_t)l->missed));
	else
		complain("%llu more changes came and went between two looks, and are missing here",
			 (unsigned long long)l->missed);
	l->missed = 0;
}

static void look_free(struct look *look)
{
	shows_free(&look->shows);
	free(look->all);
	*look = (struct look){};
}

static int look(struct looks *l, struct look *look)
{
	const struct shown_space *space;
	int code;
	size_t i, k;

	l->event.time = events_now();
	code = shows_look(&look->shows, l->ifindex, options.all_netns);
	if (code)
		return code;
	look->all = calloc(look->shows.count + 1, sizeof(*look->all));
	if (!look->all)
		return refuse("out of memory");
	for (i = 0; i < look->shows.n_spaces; i++) {
		space = &look->shows.spaces[i];
		for (k = space->first; k < space->end; k++)
			look->all[look->count++] = (struct seen){
				.netns = space->netns ? space->netns->ino :
							l->own_netns,
				.shown = &look->shows.points[k],
			};
	}
	qsort(look->all, look->count, sizeof(*look->all), by_place);
	return EXIT_DONE;
}

/* What one look costs decides how soon the next one comes: four fifths of a CPU are
 * somebody else's.
 */
static void rest(const struct looks *l)
{
	__u64 ns = LOOK_SHARE * (events_now() - l->event.time);
	struct timespec t;

	if (ns < LOOK_NS)
		ns = LOOK_NS;
	t.tv_sec = ns / 1000000000;
	t.tv_nsec = ns % 1000000000;
	nanosleep(&t, NULL);
}

static int follow(struct looks *l)
{
	__u64 end = events_now() + options.seconds * 1000000000ULL;
	int code;

	while (!events_interrupted() && !enough(l) &&
	       (!options.seconds || events_now() < end)) {
		rest(l);
		code = look(l, &l->now);
		if (code)
			return code;
		tell_changes(l);
		tell_missed(l);
		look_free(&l->before);
		l->before = l->now;
		l->now = (struct look){};
		/* Whoever read it is gone. */
		if (!output_flush())
			break;
	}
	return EXIT_DONE;
}

int monitor_looks(int ifindex)
{
	struct looks l = {
		.ifindex = ifindex,
		.own_netns = events_own_netns(),
	};
	int code;

	events_catch_signals();
	code = look(&l, &l.before);
	if (!code) {
		complain("this kernel tells nobody of changes: it is looked at every 0.1 s what is attached; who changed it, and what came and went in between, is not known");
		code = follow(&l);
	}
	look_free(&l.now);
	look_free(&l.before);
	return code;
}
