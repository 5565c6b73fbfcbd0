// SPDX-License-Identifier: GPL-2.0
/*
 * The module tells of each change, with who made it (tracepoint tcx_change).
 */
#include <stdio.h>
#include <string.h>

#include "change.h"
#include "described.h"
#include "events.h"
#include "monitor.h"
#include "options.h"
#include "print.h"

#define PROGRAMS_MOST 10000	/* remembered, of some 200 bytes each */

struct monitor {
	__u32 ifindex;		/* 0: all */
	struct events *events;
	struct described programs;	/* what is gone had a name before */
	__u32 own_netns;
};

static void change_read(const struct event_format *format,
			const struct event *event, struct change *c)
{
#define NUMBER(field) event_number(format, event->data, event->size, field)
#define TEXT(field) event_text(format, event->data, event->size, field)
	*c = (struct change){
		.netns = NUMBER("netns"),
		.ifindex = NUMBER("ifindex"),
		.attach_type = NUMBER("attach_type"),
		.prog_id = NUMBER("prog_id"),
		.old_prog_id = NUMBER("old_prog_id"),
		.link_id = NUMBER("link_id"),
		.by_known = true,
		.tgid = NUMBER("tgid"),
		.uid = NUMBER("uid"),
		.revision = NUMBER("revision"),
	};
	snprintf(c->what, sizeof(c->what), "%s", TEXT("what"));
	snprintf(c->device, sizeof(c->device), "%s", TEXT("device"));
	snprintf(c->comm, sizeof(c->comm), "%s", TEXT("comm"));
#undef NUMBER
#undef TEXT
	c->progs = event_bytes(format, event->data, event->size, "progs",
			       &c->n_progs);
	c->n_progs /= sizeof(__u32);
}

/* A link that was defunct already has no namespace any more. */
static bool wanted(const struct monitor *m, const struct change *c)
{
	return (options.all_netns || !c->netns || c->netns == m->own_netns) &&
	       (!m->ifindex || c->ifindex == m->ifindex);
}

static bool take(const struct event *event, void *ctx)
{
	const struct prog_details *details;
	struct monitor *m = ctx;
	struct change c;
	size_t i;

	change_read(events_format(m->events), event, &c);
	if (!wanted(m, &c))
		return false;
	described_bound(&m->programs, PROGRAMS_MOST);
	details = described_prog(&m->programs, c.prog_id);
	for (i = 0; details && i < c.n_progs; i++)
		details = described_prog(&m->programs, change_prog(&c, i)) ?
			  details : NULL;
	if (!details)
		output_failed("out of memory");
	else
		change_print(event, &c, details);
	return true;
}

int monitor_events(int ifindex)
{
	struct monitor m = {
		.ifindex = ifindex,
		.own_netns = events_own_netns(),
	};
	const struct events_follower follower = {
		.what = "changes", .take = take, .ctx = &m,
	};
	int code;

	events_catch_signals();
	code = events_open(&m.events, "tcx_change", NULL);
	if (!code)
		code = events_follow(m.events, &follower);
	events_close(m.events);
	described_free(&m.programs);
	return code;
}
