// SPDX-License-Identifier: GPL-2.0
#include <string.h>

#include "change.h"
#include "json.h"
#include "options.h"
#include "point.h"
#include "print.h"

__u32 change_prog(const struct change *c, size_t i)
{
	__u32 id;

	memcpy(&id, (const char *)c->progs + i * sizeof(id), sizeof(id));
	return id;
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
	if (c->by_known)
		print(", by %u (%s) uid %u", c->tgid, c->comm, c->uid);
	if (c->revision)
		print(", revision %llu:", (unsigned long long)c->revision);
	for (i = 0; c->revision && i < c->n_progs; i++)
		print(" %u", change_prog(c, i));
	if (c->revision && !c->n_progs)
		print(" nothing is attached");
	print("\n");
}

static json_t *id_or_null(__u32 id)
{
	return id ? json_integer(id) : json_null();
}

static json_t *process_json(const struct change *c)
{
	if (!c->by_known)
		return json_null();
	return json_pack("{s:I, s:o, s:I}", "pid", (json_int_t)c->tgid,
			 "command", text_json(c->comm),
			 "uid", (json_int_t)c->uid);
}

static json_t *progs_json(const struct change *c)
{
	json_t *array;
	size_t i;

	if (!c->revision)
		return json_null();
	array = json_array();
	for (i = 0; i < c->n_progs; i++)
		put_element(array, json_integer(change_prog(c, i)));
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
	put_member(object, "process", process_json(c));
	print_json(object);
}

void change_print(const struct event *event, const struct change *c,
		  const struct prog_details *details)
{
	if (options.json)
		print_object(event, c, details);
	else
		print_line(event, c, details);
}
