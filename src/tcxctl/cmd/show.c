// SPDX-License-Identifier: GPL-2.0
/* Gathers everything first, then prints: columns are as wide as they must. */
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "info.h"
#include "json.h"
#include "options.h"
#include "owners.h"
#include "point.h"
#include "print.h"
#include "refuse.h"

struct shown {
	struct point point;
	struct listing list;
	struct prog_details *details;
};

struct shows {
	struct shown *points;
	size_t count;
	struct owners owners;
};

static void shows_free(struct shows *all)
{
	size_t i;

	for (i = 0; i < all->count; i++) {
		free((char *)all->points[i].point.device);
		free(all->points[i].details);
		listing_free(&all->points[i].list);
	}
	free(all->points);
	owners_free(&all->owners);
}

static int add(struct shows *all, const struct point *point,
	       struct listing *list)
{
	struct shown *shown;
	__u32 i;

	for (i = 0; i < list->count; i++)
		if (list->link_ids[i] &&
		    owners_add(&all->owners, list->link_ids[i]))
			return -ENOMEM;
	shown = realloc(all->points, (all->count + 1) * sizeof(*shown));
	if (!shown)
		return -ENOMEM;
	all->points = shown;
	shown += all->count;
	shown->point = *point;
	shown->point.device = strdup(point->device);
	shown->details = calloc(list->count + 1, sizeof(*shown->details));
	shown->list = *list;
	memset(list, 0, sizeof(*list));
	all->count++;
	if (!shown->point.device || !shown->details)
		return -ENOMEM;
	for (i = 0; i < shown->list.count; i++)
		prog_describe_id(shown->list.prog_ids[i], &shown->details[i]);
	return 0;
}

/* Both directions of a device; returns 0 or a negative errno. */
static int gather(struct shows *all, struct point *point, bool empty_too)
{
	const __u32 types[] = { BPF_TCX_INGRESS, BPF_TCX_EGRESS };
	struct listing list;
	int i, err;

	for (i = 0; i < 2; i++) {
		point->attach_type = types[i];
		err = point_list(point, &list);
		if (err)
			return err;
		if (list.count || empty_too)
			err = add(all, point, &list);
		listing_free(&list);
		if (err)
			return err;
	}
	return 0;
}

static int gather_all(struct shows *all)
{
	struct if_nameindex *devices = if_nameindex(), *d;
	int code = EXIT_DONE;

	if (!devices)
		return refuse("the devices of this network namespace cannot be listed: %s",
			      strerror(errno));
	for (d = devices; d->if_index && !code; d++) {
		struct point point = {
			.device = d->if_name,
			.ifindex = d->if_index,
		};
		int err = gather(all, &point, false);

		/* It may have gone since it was listed. */
		if (err && err != -ENODEV)
			code = point_refuse_query(err, &point);
	}
	if_freenameindex(devices);
	return code;
}

/* Links whose device is gone: nothing else shows them, and they keep the module
 * loaded. Without the right to look for them there are none.
 */
static int gather_defunct(struct shows *all)
{
	TCX_OPTS(tcx_link_info, info);
	const __u32 types[] = { BPF_TCX_INGRESS, BPF_TCX_EGRESS };
	struct point point = { .device = "" };
	struct listing lists[2] = {};
	int i, err = 0;

	while (!err && !tcx_link_next(info.id, &info)) {
		if (!info.ifindex)
			err = listing_add(&lists[info.attach_type == types[1]],
					  info.prog_id, info.id);
	}
	for (i = 0; i < 2; i++) {
		point.attach_type = types[i];
		if (!err && lists[i].count)
			err = add(all, &point, &lists[i]);
		listing_free(&lists[i]);
	}
	return err ? refuse("out of memory") : EXIT_DONE;
}

static json_t *shown_json(const struct shows *all, const struct shown *shown)
{
	const struct owner *owner;
	json_t *programs = json_array(), *program, *object;
	__u32 i;

	for (i = 0; i < shown->list.count; i++) {
		program = prog_json(shown->list.prog_ids[i],
				    &shown->details[i]);
		owner = owners_of(&all->owners, shown->list.link_ids[i]);
		if (owner)
			put_member(program, "link", owner_json(owner));
		put_element(programs, program);
	}
	if (!shown->point.ifindex)
		return json_pack("{s:n, s:s, s:o}", "device",
				 "direction", point_direction(&shown->point),
				 "programs", programs);
	object = point_json(&shown->point);
	put_member(object, "revision", json_integer(shown->list.revision));
	put_member(object, "programs", programs);
	return object;
}

static int print_array(const struct shows *all)
{
	json_t *array = json_array();
	size_t i;

	for (i = 0; i < all->count; i++)
		put_element(array, shown_json(all, &all->points[i]));
	print_json(array);
	return EXIT_DONE;
}

struct widths {
	int id;
	int name;
	int link;	/* 0: no program is owned by a link, leave it out */
};

static int digits(__u32 n)
{
	return snprintf(NULL, 0, "%u", n);
}

static void widen(int *width, int to)
{
	if (*width < to)
		*width = to;
}

static struct widths measure(const struct shows *all)
{
	struct widths w = {};
	size_t i;
	__u32 j;

	for (i = 0; i < all->count; i++) {
		const struct shown *s = &all->points[i];

		for (j = 0; j < s->list.count; j++) {
			widen(&w.id, digits(s->list.prog_ids[j]));
			widen(&w.name, text_width(prog_name(&s->details[j])));
			if (s->list.link_ids[j])
				widen(&w.link, digits(s->list.link_ids[j]));
		}
	}
	return w;
}

static void print_program(const struct shown *s, __u32 i,
			  const struct widths *w)
{
	const struct prog_details *d = &s->details[i];
	__u32 link = s->list.link_ids[i];

	print("  %2u  id %-*u  %-*s", i + 1, w->id, s->list.prog_ids[i],
	      w->name, prog_name(d));
	if (d->known)
		print("  tag %s", d->tag);
	if (w->link && link)
		print("  link %-*u", w->link, link);
	else if (w->link)
		print("  link %-*s", w->link, "-");
	if (d->known && d->loaded_at[0])
		print("  loaded %s", d->loaded_at);
	if (d->runs)
		print("  runs %llu", (unsigned long long)d->runs);
	print("\n");
}

static int print_table(const struct shows *all)
{
	struct widths w = measure(all);
	size_t i;
	__u32 j;

	for (i = 0; i < all->count; i++) {
		const struct shown *s = &all->points[i];

		if (s->point.ifindex) {
			point_print(&s->point);
			print(" revision %llu%s\n",
			      (unsigned long long)s->list.revision,
			      s->list.count ? "" : "  (nothing attached)");
		} else {
			print("defunct %s links, detached or without their device\n",
			      point_direction(&s->point));
		}
		for (j = 0; j < s->list.count; j++) {
			const struct owner *owner;

			print_program(s, j, &w);
			owner = owners_of(&all->owners, s->list.link_ids[j]);
			if (owner)
				owner_print(owner, "        ");
		}
	}
	return EXIT_DONE;
}

static int run(char **words, int n)
{
	struct shows all = {};
	struct point point;
	int code, err;

	if (n > 1)
		return usage("show takes one device, not '%s' too", words[1]);
	if (n) {
		code = point_device(&point, words[0]);
		if (code)
			return code;
		err = gather(&all, &point, true);
		if (err)
			code = point_refuse_query(err, &point);
	} else {
		code = gather_all(&all);
		if (!code)
			code = gather_defunct(&all);
	}
	if (!code)
		owners_find(&all.owners);
	if (!code)
		code = options.json ? print_array(&all) : print_table(&all);
	shows_free(&all);
	return code;
}

const struct command command_show = {
	.name = "show",
	.forms = { { "[DEV]", "list what is attached" } },
	.run = run,
};
