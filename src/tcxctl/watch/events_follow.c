// SPDX-License-Identifier: GPL-2.0
/* Following what happens until there is a reason to end */
#include <string.h>
#include <time.h>

#include "events.h"
#include "json.h"
#include "options.h"
#include "print.h"
#include "refuse.h"

#define LOOK_MS 200	/* how often it is looked whether to end */

struct following {
	const struct events_follower *by;
	__u64 taken, told_lost;
};

__u64 events_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ULL + t.tv_nsec;
}

static bool enough(const struct following *f)
{
	return options.count && f->taken >= options.count;
}

static void take(const struct event *event, void *ctx)
{
	struct following *f = ctx;

	if (!enough(f) && f->by->take(event, f->by->ctx))
		f->taken++;
}

static void tell_lost(struct following *f, __u64 lost)
{
	if (lost == f->told_lost)
		return;
	if (options.json)
		print_json(json_pack("{s:I}", "lost",
				     (json_int_t)(lost - f->told_lost)));
	else
		complain("%llu %s came faster than they could be told of, and are missing here",
			 (unsigned long long)(lost - f->told_lost), f->by->what);
	f->told_lost = lost;
}

int events_follow(struct events *events, const struct events_follower *follower)
{
	__u64 end = events_now() + options.seconds * 1000000000ULL;
	int wait = follower->look ? follower->look_ms : LOOK_MS;
	struct following f = { .by = follower };
	int code = EXIT_DONE, err;

	while (!events_interrupted() && !enough(&f) &&
	       (!options.seconds || events_now() < end)) {
		if (follower->look)
			code = follower->look(follower->ctx);
		if (code)
			return code;
		err = events_poll(events, wait, take, &f);
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
