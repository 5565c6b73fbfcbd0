// SPDX-License-Identifier: GPL-2.0
/*
 * The module tells of each packet at each attach point which program had the last
 * word, and what it was (tracepoint tcx_verdict). What a program is called and at
 * which place it stands is asked for when it is met for the first time.
 */
#include <errno.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <stdlib.h>
#include <string.h>

#include "described.h"
#include "events.h"
#include "options.h"
#include "packet.h"
#include "packet_filter.h"
#include "point.h"
#include "print.h"
#include "refuse.h"
#include "trace.h"

#define LIST_NS 100000000	/* how old a list of programs may be */

struct tracer {
	const struct trace_options *options;
	struct events *events;
	struct packet_filter *filter;
	struct described programs;
	struct listing list;	/* of the point that was asked last */
	__u32 list_ifindex, list_type, own_netns;
	__u64 list_time;
};

const char *verdict_name(const struct verdict *verdict)
{
	bool netkit = verdict->attach_type != BPF_TCX_INGRESS &&
		      verdict->attach_type != BPF_TCX_EGRESS;

	switch (verdict->value) {
	case TCX_PASS:
		return "pass";
	case TCX_DROP:
		return "drop";
	case TCX_REDIRECT:
		return "redirect";
	case TCX_NEXT:
		return "next";
	default:
		/* tcx goes on to classic tc, netkit drops. */
		return netkit ? "drop" : "next";
	}
}

static int place_in(const struct listing *list, __u32 prog_id)
{
	__u32 i;

	for (i = 0; i < list->count; i++)
		if (list->prog_ids[i] == prog_id)
			return i + 1;
	return 0;
}

static bool list_serves(const struct tracer *tracer, const struct verdict *v)
{
	return tracer->list_ifindex == v->ifindex &&
	       tracer->list_type == v->attach_type &&
	       events_now() - tracer->list_time < LIST_NS &&
	       place_in(&tracer->list, v->prog_id);
}

/* Where the program stands now. */
static void place_of(struct tracer *tracer, const struct verdict *v,
		     char *text, size_t size)
{
	struct point point = { v->device, v->ifindex, v->attach_type };

	snprintf(text, size, "-");
	if (v->netns != tracer->own_netns)
		return;
	if (!list_serves(tracer, v)) {
		listing_free(&tracer->list);
		memset(&tracer->list, 0, sizeof(tracer->list));
		tracer->list_ifindex = v->ifindex;
		tracer->list_type = v->attach_type;
		tracer->list_time = events_now();
		if (point_list(&point, &tracer->list))
			tracer->list_ifindex = 0;
	}
	if (place_in(&tracer->list, v->prog_id))
		snprintf(text, size, "%d/%u",
			 place_in(&tracer->list, v->prog_id),
			 tracer->list.count);
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
		.ethernet = type == ARPHRD_ETHER || type == ARPHRD_LOOPBACK,
	};
#undef NUMBER
	snprintf(v->device, sizeof(v->device), "%s",
		 event_text(format, event->data, event->size, "device"));
	v->bytes = event_bytes(format, event->data, event->size, "bytes",
			       &v->n_bytes);
}

static bool wanted(const struct tracer *tracer, const struct verdict *v)
{
	const struct trace_options *o = tracer->options;

	return (options.all_netns || v->netns == tracer->own_netns) &&
	       (!o->ifindex || v->ifindex == (__u32)o->ifindex) &&
	       (!o->drops || !strcmp(verdict_name(v), "drop")) &&
	       (!tracer->filter ||
		packet_filter_takes(tracer->filter, v->bytes, v->n_bytes,
				    v->len, v->ethernet));
}

/* Where to: a name in this namespace only */
static void redirect_text(const struct tracer *tracer, const struct verdict *v,
			  char *text, size_t size)
{
	char name[IF_NAMESIZE];

	text[0] = '\0';
	if (v->value != TCX_REDIRECT || !v->redirect)
		return;
	if (v->netns == tracer->own_netns && if_indextoname(v->redirect, name))
		snprintf(text, size, " to %s", name);
	else
		snprintf(text, size, " to ifindex %u", v->redirect);
}

static void print_line(const struct tracer *tracer, const struct event *event,
		       const struct verdict *v, const char *place)
{
	const struct point point = { v->device, v->ifindex, v->attach_type };
	const struct prog_details *details;
	char time[EVENT_TIME_SIZE], to[32];
	struct packet packet;
	char *text;

	details = described_prog((struct described *)&tracer->programs,
				 v->prog_id);
	packet_parse(&packet, v->bytes, v->n_bytes, v->ethernet, v->protocol);
	text = packet_text(&packet);
	event_time(event, time);
	redirect_text(tracer, v, to, sizeof(to));
	print("%s ", time);
	if (options.all_netns)
		print("netns %u ", v->netns);
	print("%s %s %s id %u %s: %s%s, %u bytes, ", v->device,
	      point_direction(&point), place, v->prog_id,
	      details ? prog_name(details) : "", verdict_name(v), to, v->len);
	/* Made of numbers */
	print_as_is(text ?: "");
	print("\n");
	free(text);
}

static json_t *place_json(const char *place)
{
	return strcmp(place, "-") ? json_integer(atoi(place)) : json_null();
}

static void print_object(const struct tracer *tracer, const struct event *event,
			 const struct verdict *v, const char *place)
{
	const struct point point = { v->device, v->ifindex, v->attach_type };
	const struct prog_details *details;
	char time[EVENT_TIME_SIZE];
	json_t *object = json_object();
	struct packet packet;

	details = described_prog((struct described *)&tracer->programs,
				 v->prog_id);
	packet_parse(&packet, v->bytes, v->n_bytes, v->ethernet, v->protocol);
	event_time(event, time);
	put_member(object, "time", json_string(time));
	put_member(object, "netns", json_integer(v->netns));
	put_member(object, "device", text_json(v->device));
	put_member(object, "ifindex", json_integer(v->ifindex));
	put_member(object, "direction", json_string(point_direction(&point)));
	put_member(object, "place", place_json(place));
	put_member(object, "program", details ?
		   prog_json(v->prog_id, details) : NULL);
	put_member(object, "verdict", json_string(verdict_name(v)));
	put_member(object, "returned", json_integer(v->value));
	put_member(object, "redirect_ifindex", v->redirect ?
		   json_integer(v->redirect) : json_null());
	put_member(object, "length", json_integer(v->len));
	packet_json(&packet, object);
	print_json(object);
}

static bool take(const struct event *event, void *ctx)
{
	struct tracer *tracer = ctx;
	struct verdict v;
	char place[24];

	verdict_read(events_format(tracer->events), event, &v);
	if (!wanted(tracer, &v))
		return false;
	place_of(tracer, &v, place, sizeof(place));
	if (tracer->options->summary)
		trace_count(&v, place);
	else if (options.json)
		print_object(tracer, event, &v, place);
	else
		print_line(tracer, event, &v, place);
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

static int compile(struct tracer *tracer)
{
	const char *text = tracer->options->filter;
	char why[256] = "";

	switch (packet_filter_compile(&tracer->filter, text, why,
				      sizeof(why))) {
	case PACKET_FILTER_NO_LIBRARY:
		return refuse("filters need libpcap, which cannot be loaded: apt install libpcap0.8");
	case PACKET_FILTER_WRONG:
		return usage("'%s' is no filter: %s; pcap-filter(7) has the language",
			     text, why);
	case PACKET_FILTER_NO_MEMORY:
		return refuse("out of memory");
	default:
		return EXIT_DONE;
	}
}

int trace(const struct trace_options *o)
{
	struct tracer tracer = {
		.options = o,
		.own_netns = events_own_netns(),
	};
	char filter[160];
	int code = EXIT_DONE;

	if (o->filter)
		code = compile(&tracer);
	filter_text(&tracer, filter, sizeof(filter));
	events_catch_signals();
	if (!code)
		code = events_open(&tracer.events, "tcx_verdict",
				   filter[0] ? filter : NULL);
	if (!code)
		code = events_follow(tracer.events, "packets", take, &tracer);
	if (!code && o->summary)
		trace_summary();
	events_close(tracer.events);
	packet_filter_free(tracer.filter);
	listing_free(&tracer.list);
	described_free(&tracer.programs);
	return code;
}
