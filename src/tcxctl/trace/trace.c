// SPDX-License-Identifier: GPL-2.0
/* What is told of the packets that trace_events.c and trace_programs.c hear of */
#include <net/ethernet.h>
#include <string.h>

#include "backend.h"
#include "options.h"
#include "packet_filter.h"
#include "point.h"
#include "refuse.h"
#include "trace.h"

#define PROGRAMS_MOST 10000	/* remembered, of some 200 bytes each */

const char *verdict_name(const struct verdict *verdict)
{
	const struct point point = { .attach_type = verdict->attach_type };

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
		return point_is_netkit(&point) ? "drop" : "next";
	}
}

bool trace_wants(const struct tracer *tracer, const struct verdict *v)
{
	const struct trace_options *o = tracer->options;

	return (options.all_netns || v->netns == tracer->own_netns) &&
	       (!o->ifindex || v->ifindex == (__u32)o->ifindex) &&
	       (!o->drops || !strcmp(verdict_name(v), "drop")) &&
	       (!tracer->filter ||
		packet_filter_takes(tracer->filter, v->bytes, v->n_bytes,
				    v->len + v->n_put_back, v->ethernet));
}

void trace_put_tag_back(struct tracer *tracer, struct verdict *v)
{
	const unsigned char tag[VLAN_TAG] = {
		v->vlan_proto >> 8, v->vlan_proto,
		v->vlan_tci >> 8, v->vlan_tci,
	};
	const size_t before = 2 * ETH_ALEN;
	const unsigned char *bytes = v->bytes;
	unsigned char *to = tracer->tagged;

	if (!v->vlan_proto || !v->ethernet || v->n_bytes < before)
		return;
	if (v->n_bytes > TRACE_BYTES)
		v->n_bytes = TRACE_BYTES;
	memcpy(to, bytes, before);
	memcpy(to + before, tag, sizeof(tag));
	memcpy(to + before + sizeof(tag), bytes + before, v->n_bytes - before);
	v->bytes = to;
	v->n_bytes += sizeof(tag);
	v->n_put_back = sizeof(tag);
}

void trace_tell(struct tracer *tracer, const struct event *event,
		const struct verdict *v, const char *place)
{
	described_bound(&tracer->programs, PROGRAMS_MOST);
	if (tracer->options->summary)
		trace_count(v, place);
	else if (options.json)
		trace_print_object(tracer, event, v, place);
	else
		trace_print_line(tracer, event, v, place);
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
	int code = EXIT_DONE;

	if (o->filter)
		code = compile(&tracer);
	events_catch_signals();
	if (!code)
		code = tcx_backend() == TCX_BACKEND_MODULE ?
		       trace_events(&tracer) : trace_programs(&tracer);
	if (!code && o->summary)
		trace_summary();
	packet_filter_free(tracer.filter);
	described_free(&tracer.programs);
	return code;
}
