// SPDX-License-Identifier: GPL-2.0
/*
 * The module tells of each packet at each attach point which program had the last
 * word, and what it was (tracepoint tcx_verdict). At which place the program
 * stands is asked for when it is met.
 */
#include <net/if_arp.h>
#include <stdio.h>
#include <string.h>

#include "options.h"
#include "point.h"
#include "refuse.h"
#include "trace.h"

#define LIST_NS 100000000	/* how old a list of programs may be */

struct source {
	struct tracer *tracer;
	struct events *events;
	struct listing list;	/* of the point that was asked last */
	__u32 list_ifindex, list_type;
	__u64 list_time;
};

static bool list_serves(const struct source *source, const struct verdict *v)
{
	return source->list_ifindex == v->ifindex &&
	       source->list_type == v->attach_type &&
	       events_now() - source->list_time < LIST_NS &&
	       listing_place(&source->list, v->prog_id);
}

/* Where the program stands now. */
static void place_of(struct source *source, const struct verdict *v,
		     char *text, size_t size)
{
	struct point point = { v->device, v->ifindex, v->attach_type };

	snprintf(text, size, "-");
	if (v->netns != source->tracer->own_netns)
		return;
	if (!list_serves(source, v)) {
		listing_free(&source->list);
		memset(&source->list, 0, sizeof(source->list));
		source->list_ifindex = v->ifindex;
		source->list_type = v->attach_type;
		source->list_time = events_now();
		if (point_list(&point, &source->list))
			source->list_ifindex = 0;
	}
	if (listing_place(&source->list, v->prog_id))
		snprintf(text, size, "%d/%u",
			 listing_place(&source->list, v->prog_id),
			 source->list.count);
}

static void verdict_read(const struct event_format *format,
			 const struct event *event, struct verdict *v)
{
#define NUMBER(field) event_number(format, event->data, event->size, field)
	__u16 type = NUMBER("dev_type");

	*v = (struct verdict){
		.netns = NUMBER("netns"),
		.ifindex = NUMBER("ifindex"),
		.attach_type = NUMBER("attach_type"),
		.prog_id = NUMBER("prog_id"),
		.value = (int)NUMBER("verdict"),
		.redirect = NUMBER("redirect"),
		.len = NUMBER("len"),
		.protocol = NUMBER("protocol"),
		.vlan_proto = NUMBER("vlan_proto"),
		.vlan_tci = NUMBER("vlan_tci"),
		.ethernet = type == ARPHRD_ETHER || type == ARPHRD_LOOPBACK,
	};
#undef NUMBER
	snprintf(v->device, sizeof(v->device), "%s",
		 event_text(format, event->data, event->size, "device"));
	v->bytes = event_bytes(format, event->data, event->size, "bytes",
			       &v->n_bytes);
}

static bool take(const struct event *event, void *ctx)
{
	struct source *source = ctx;
	struct verdict v;
	char place[24];

	verdict_read(events_format(source->events), event, &v);
	trace_put_tag_back(source->tracer, &v);
	if (!trace_wants(source->tracer, &v))
		return false;
	place_of(source, &v, place, sizeof(place));
	trace_tell(source->tracer, event, &v, place);
	return true;
}

/* In the language of the kernel's event filters */
static void filter_text(const struct tracer *tracer, char *text, size_t size)
{
	const struct trace_options *o = tracer->options;
	int n = 0;

	text[0] = '\0';
	if (!options.all_netns)
		n += snprintf(text + n, size - n, "netns == %u",
			      tracer->own_netns);
	if (o->ifindex)
		n += snprintf(text + n, size - n, "%sifindex == %d",
			      n ? " && " : "", o->ifindex);
	if (o->drops)
		snprintf(text + n, size - n, "%sverdict != %d && verdict != %d && verdict != %d",
			 n ? " && " : "", TCX_NEXT, TCX_PASS, TCX_REDIRECT);
}

int trace_events(struct tracer *tracer)
{
	struct source source = { .tracer = tracer };
	const struct events_follower follower = {
		.what = "packets", .take = take, .ctx = &source,
	};
	char filter[160];
	int code;

	filter_text(tracer, filter, sizeof(filter));
	code = events_open(&source.events, "tcx_verdict",
			   filter[0] ? filter : NULL);
	if (!code)
		code = events_follow(source.events, &follower);
	events_close(source.events);
	listing_free(&source.list);
	return code;
}
