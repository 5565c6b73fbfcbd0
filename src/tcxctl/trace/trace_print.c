// SPDX-License-Identifier: GPL-2.0
/* A packet's verdict, as a line and as a JSON object */
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include "options.h"
#include "packet.h"
#include "point.h"
#include "print.h"
#include "trace.h"

/* Where to: a name in this namespace only */
static void redirect_text(const struct tracer *tracer,
			  const struct verdict *v, char *text, size_t size)
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

void trace_print_line(struct tracer *tracer, const struct event *event,
		      const struct verdict *v, const char *place)
{
	const struct point point = { v->device, v->ifindex, v->attach_type };
	const struct prog_details *details;
	char time[EVENT_TIME_SIZE], to[32];
	struct packet packet;
	char *text;
	int i;

	details = described_prog(&tracer->programs, v->prog_id);
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
	for (i = 0; i < packet.n_vlans; i++)
		print("vlan %u ", packet.vlans[i]);
	/* Made of numbers */
	print_as_is(text ?: "");
	print("\n");
	free(text);
}

static json_t *place_json(const char *place)
{
	return strcmp(place, "-") ? json_integer(atoi(place)) : json_null();
}

void trace_print_object(struct tracer *tracer, const struct event *event,
			const struct verdict *v, const char *place)
{
	const struct point point = { v->device, v->ifindex, v->attach_type };
	const struct prog_details *details;
	char time[EVENT_TIME_SIZE];
	json_t *object = json_object();
	struct packet packet;

	details = described_prog(&tracer->programs, v->prog_id);
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
