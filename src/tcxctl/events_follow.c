// SPDX-License-Identifier: GPL-2.0
/* Following a tracepoint until there is a reason to end */
#include <string.h>
#include <time.h>

#include "events.h"
#include "json.h"
#include "options.h"
#include "print.h"
#include "refuse.h"

#define LOOK_MS 200	/* how often it is looked whether to end */

struct follower {
	const char *what;
	events_take_fn take;
	void *ctx;
	__u64 taken, told_lost;
};

__u64 events_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ULL + t.tv_nsec;
}

static bool enough(const struct follower *f)
{
	return options.count && f->taken >= options.count;
}

static void take(const struct event *event, void *ctx)
{
	struct follower *f = ctx;

	if (!enough(f) && f->take(event, f->ctx))
		f->taken++;
}

static void tell_lost(struct follower *f, __u64 lost)
{
	if (lost == f->told_lost)
		return;
	if (options.json)
		print_json(json_pack("{s:I}", "lost",
				     (json_int_t)(lost - f->told_lost)));
	else
		complain("%llu %s came faster than they could be told of, and are missing here",
			 (unsigned long long)(lost - f->told_lost), f->what);
	f->told_lost = lost;
}

int events_follow(struct events *events, const char *what, events_take_fn fn,
		  void *ctx)
{
	__u64 end = events_now() + options.seconds * 1000000000ULL;
	struct follower f = { .what = what, .take = fn, .ctx = ctx };
	int err;

	while (!events_interrupted() && !enough(&f) &&
	       (!options.seconds || events_now() < end)) {
		err = events_poll(events, LOOK_MS, take, &f);
		if (err)
			return refuse("what happens cannot be followed any more: %s",
				      strerror(-err));
		tell_lost(&f, events_lost(events));
		/* Whoever read it is gone. */
		if (!output_flush())
			break;
	}
	return EXIT_DONE;
}
