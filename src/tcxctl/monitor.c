// SPDX-License-Identifier: GPL-2.0
/*
 * The module tells of each change, with who made it (tracepoint tcx_change).
 */
#include <stdio.h>
#include <string.h>

#include "events.h"
#include "described.h"
#include "monitor.h"
#include "options.h"
#include "point.h"
#include "print.h"
#include "refuse.h"

struct change {
	char what[16], device[16], comm[24];
	__u32 netns, ifindex, attach_type, prog_id, old_prog_id, link_id;
	__u32 tgid, uid;
	__u64 revision;
	const void *progs;	/* ids of 4 bytes each */
	size_t n_progs;
};

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

static __u32 prog_at(const struct change *c, size_t i)
{
	__u32 id;

	memcpy(&id, (const char *)c->progs + i * sizeof(id), sizeof(id));
	return id;
}

/* A link that was defunct already has no namespace any more. */
static bool wanted(const struct monitor *m, const struct change *c)
{
	return (options.all_netns || !c->netns || c->netns == m->own_netns) &&
	       (!m->ifindex || c->ifindex == m->ifindex);
}

/* The kernel's words are those of a program; these are a reader's. */
static const char *what_happened(const struct change *c)
{
	if (!strcmp(c->what, "attach"))
		return "attached";
	if (!strcmp(c->what, "replace"))
		return "replaced";
	if (!strcmp(c->what, "detach"))
		return "detached";
	if (!strcmp(c->what, "release"))
		return "released";
	return strcmp(c->what, "gone") ? c->what : "gone with its device";
}

static void print_where(const struct change *c)
{
	const struct point point = { c->device, c->ifindex, c->attach_type };

	if (options.all_netns && c->netns)
		print("netns %u ", c->netns);
	if (c->ifindex)
		print("%s %s ", c->device, point_direction(&point));
	else
		print("no device ");
}

static void print_line(const struct event *event, const struct change *c,
		       const struct prog_details *details)
{
	char time[EVENT_TIME_SIZE];
	size_t i;

	event_time(event, time);
	print("%s ", time);
	print_where(c);
	print("%s: id %u %s", what_happened(c), c->prog_id, prog_name(details));
	if (c->old_prog_id)
		print(" in the place of id %u", c->old_prog_id);
	if (c->link_id)
		print(", link %u", c->link_id);
	print(", by %u (%s) uid %u", c->tgid, c->comm, c->uid);
	if (c->revision)
		print(", revision %llu:", (unsigned long long)c->revision);
	for (i = 0; c->revision && i < c->n_progs; i++)
		print(" %u", prog_at(c, i));
	if (c->revision && !c->n_progs)
		print(" nothing is attached");
	print("\n");
}

static json_t *id_or_null(__u32 id)
{
	return id ? json_integer(id) : json_null();
}

static json_t *progs_json(const struct change *c)
{
	json_t *array;
	size_t i;

	if (!c->revision)
		return json_null();
	array = json_array();
	for (i = 0; i < c->n_progs; i++)
		put_element(array, json_integer(prog_at(c, i)));
	return array;
}

static void print_object(const struct event *event, const struct change *c,
			 const struct prog_details *details)
{
	const struct point point = { c->device, c->ifindex, c->attach_type };
	char time[EVENT_TIME_SIZE];
	json_t *object = json_object();

	event_time(event, time);
	put_member(object, "time", json_string(time));
	put_member(object, "change", text_json(c->what));
	put_member(object, "netns", id_or_null(c->netns));
	put_member(object, "device", c->ifindex ? text_json(c->device) :
						  json_null());
	put_member(object, "ifindex", id_or_null(c->ifindex));
	put_member(object, "direction", json_string(point_direction(&point)));
	put_member(object, "program", prog_json(c->prog_id, details));
	put_member(object, "replaced", id_or_null(c->old_prog_id));
	put_member(object, "link", id_or_null(c->link_id));
	put_member(object, "revision", id_or_null(c->revision));
	put_member(object, "programs", progs_json(c));
	put_member(object, "process", json_pack("{s:I, s:o, s:I}",
		   "pid", (json_int_t)c->tgid, "command", text_json(c->comm),
		   "uid", (json_int_t)c->uid));
	print_json(object);
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
	details = described_prog(&m->programs, c.prog_id);
	for (i = 0; details && i < c.n_progs; i++)
		details = described_prog(&m->programs, prog_at(&c, i)) ?
			  details : NULL;
	if (!details)
		output_failed("out of memory");
	else if (options.json)
		print_object(event, &c, details);
	else
		print_line(event, &c, details);
	return true;
}

int monitor(int ifindex)
{
	struct monitor m = {
		.ifindex = ifindex,
		.own_netns = events_own_netns(),
	};
	int code;

	events_catch_signals();
	code = events_open(&m.events, "tcx_change", NULL);
	if (!code)
		code = events_follow(m.events, "changes", take, &m);
	events_close(m.events);
	described_free(&m.programs);
	return code;
}
