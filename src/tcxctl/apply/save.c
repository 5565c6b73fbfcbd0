// SPDX-License-Identifier: GPL-2.0
/*
 * Only what 'tcxctl apply' has attached can be declared again: beside its pins
 * stands what programs were made of, and nothing tells that of others. What cannot
 * be saved stands there as a comment.
 */
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "options.h"
#include "owned.h"
#include "print.h"
#include "refuse.h"
#include "save.h"
#include "show/shows.h"

#include "../../libtcx/text.h"

/* An attachment as it was declared: all points that have it */
struct saved {
	const struct owned *owned;	/* one of them */
	json_t *devices;
	bool types[POINT_TYPES];
	size_t points;
	bool placed;			/* while they are put into order */
};

struct all {
	struct shows shows;
	struct owned_list owned;
	struct saved *saved;
	size_t count;
	bool *before;		/* [i * count + j]: i runs before j somewhere */
};

static const struct owned *owned_of(const struct all *all, __u32 link_id)
{
	size_t i;

	for (i = 0; link_id && i < all->owned.count; i++)
		if (all->owned.all[i].info.id == link_id &&
		    all->owned.all[i].source)
			return &all->owned.all[i];
	return NULL;
}

static struct saved *saved_of(const struct all *all, const char *name)
{
	size_t i;

	for (i = 0; i < all->count; i++)
		if (!strcmp(all->saved[i].owned->name, name))
			return &all->saved[i];
	return NULL;
}

/* A name of a device stands for itself, not for what it matches. For what is not
 * to be shown as it is stands a '?' for each byte, which matches it.
 */
static json_t *pattern_of(const char *device)
{
	char text[3 * IF_NAMESIZE] = "", *to = text;
	struct tcx__shown shown;
	size_t n;

	for (; *device; device += n) {
		n = tcx__show_next(device, &shown);
		if (strchr("*?[", *device))
			to += sprintf(to, "[%c]", *device);
		else if (*device == '\\')
			to = stpcpy(to, "\\\\");
		else if (shown.len == n)
			to = stpcpy(to, shown.bytes);
		else
			to = stpcpy(to, &"????"[4 - n]);
	}
	return json_pack("s", text);
}

static void add_device(struct saved *saved, const char *device)
{
	json_t *pattern = pattern_of(device);
	size_t i;

	for (i = 0; i < json_array_size(saved->devices); i++)
		if (json_equal(json_array_get(saved->devices, i), pattern)) {
			json_decref(pattern);
			return;
		}
	put_element(saved->devices, pattern);
}

static void add_type(struct saved *saved, __u32 attach_type)
{
	int i;

	for (i = 0; i < POINT_TYPES; i++)
		saved->types[i] |= point_types[i].attach_type == attach_type;
}

static int find_saved(struct all *all)
{
	const struct shown *shown = all->shows.points;
	const struct shown *end = shown + all->shows.count;
	const struct owned *owned;
	struct saved *saved;
	__u32 i;

	/* As many as there are links, at most */
	all->saved = calloc(all->owned.count + 1, sizeof(*all->saved));
	if (!all->saved)
		return -1;
	for (; shown < end; shown++)
		for (i = 0; i < shown->list.count; i++) {
			owned = owned_of(all, shown->list.link_ids[i]);
			if (!owned || !shown->point.ifindex)
				continue;
			saved = saved_of(all, owned->name);
			if (!saved) {
				saved = &all->saved[all->count++];
				saved->owned = owned;
				saved->devices = json_array();
			}
			add_device(saved, shown->point.device);
			add_type(saved, shown->point.attach_type);
			saved->points++;
		}
	return 0;
}

static int find_order(struct all *all)
{
	const struct shown *shown = all->shows.points;
	const struct shown *end = shown + all->shows.count;
	const struct saved *last, *saved;
	const struct owned *owned;
	__u32 i;

	all->before = calloc(all->count * all->count + 1, sizeof(bool));
	if (!all->before)
		return -1;
	for (; shown < end; shown++) {
		last = NULL;
		for (i = 0; i < shown->list.count; i++) {
			owned = owned_of(all, shown->list.link_ids[i]);
			saved = owned ? saved_of(all, owned->name) : NULL;
			if (saved && last)
				all->before[(last - all->saved) * all->count +
					    (saved - all->saved)] = true;
			last = saved ?: last;
		}
	}
	return 0;
}

/* The next one in an order that holds at each point. Where others have moved things
 * there may be none: then the first of those that are left.
 */
static struct saved *next_saved(const struct all *all)
{
	struct saved *first = NULL;
	size_t i, k;

	for (i = 0; i < all->count; i++) {
		if (all->saved[i].placed)
			continue;
		for (k = 0; k < all->count; k++)
			if (!all->saved[k].placed &&
			    all->before[k * all->count + i])
				break;
		if (k == all->count)
			return &all->saved[i];
		if (!first)
			first = &all->saved[i];
	}
	return first;
}

static json_t *directions_json(const struct saved *saved)
{
	json_t *array = json_array();
	int i;

	for (i = 0; i < POINT_TYPES; i++)
		if (saved->types[i])
			put_element(array, text_json(point_types[i].name));
	return array;
}

static json_t *saved_json(const struct saved *saved)
{
	static const char * const keys[] = {
		"object", "program", "section", "pinned", "place",
	};
	json_t *object = json_object(), *value;
	size_t i;

	put_member(object, "name", text_json(saved->owned->name));
	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		value = json_object_get(saved->owned->source, keys[i]);
		if (value)
			put_member(object, keys[i], json_incref(value));
	}
	put_member(object, "devices", json_incref(saved->devices));
	put_member(object, "directions", directions_json(saved));
	return object;
}

static json_t *all_json(const struct all *all)
{
	json_t *array = json_array(), *root = json_object();
	struct saved *saved;

	while ((saved = next_saved(all))) {
		saved->placed = true;
		put_element(array, saved_json(saved));
	}
	put_member(root, "attachments", array);
	return root;
}

static size_t types_of(const struct saved *saved)
{
	size_t n = 0;
	int i;

	for (i = 0; i < POINT_TYPES; i++)
		n += saved->types[i];
	return n;
}

/* Who reads the file is to know what else there was. Returns how much that is. */
static size_t comment_others(const struct all *all, bool quiet)
{
	const struct shown *shown = all->shows.points;
	const struct shown *end = shown + all->shows.count;
	size_t others = 0;
	__u32 i;

	for (; shown < end; shown++)
		for (i = 0; i < shown->list.count; i++) {
			if (owned_of(all, shown->list.link_ids[i]))
				continue;
			others++;
			if (quiet)
				continue;
			print("# not saved: %s %s %u/%u id %u %s\n",
			      shown->point.ifindex ? shown->point.device :
						     "(no device)",
			      point_direction(&shown->point), i + 1,
			      shown->list.count, shown->list.prog_ids[i],
			      prog_name(shown->details[i]));
			if (shown->list.link_ids[i])
				owner_print(owners_of(&all->shows.owners,
						      shown->list.link_ids[i]),
					    "#   ");
		}
	return others;
}

/* A declaration is about each of its devices in each of its directions. */
static void complain_gaps(const struct all *all)
{
	const struct saved *saved = all->saved;

	for (; saved < all->saved + all->count; saved++)
		if (saved->points !=
		    json_array_size(saved->devices) * types_of(saved))
			complain("%s is not attached to each of its devices in each of its directions, and would be by what is saved",
				 saved->owned->name);
}

static int write_out(struct all *all)
{
	json_t *json = all_json(all);
	char *text = NULL;
	size_t others;

	others = comment_others(all, options.json);
	if (options.json) {
		print_json(json);
	} else {
		text = save_yaml(json);
		json_decref(json);
		if (!text)
			return refuse("out of memory");
		print_as_is(text);
		free(text);
	}
	complain_gaps(all);
	if (others)
		complain("%zu attached programs are not saved: only of those that 'tcxctl apply' attached it is known what they were made of",
			 others);
	return EXIT_DONE;
}

int save(void)
{
	struct all all = {};
	size_t i;
	int code;

	all.owned.lock = -1;
	code = owned_read(&all.owned, false);
	if (!code)
		code = shows_here(&all.shows);
	if (!code && (find_saved(&all) || find_order(&all)))
		code = refuse("out of memory");
	if (!code)
		code = write_out(&all);
	for (i = 0; i < all.count; i++)
		json_decref(all.saved[i].devices);
	free(all.saved);
	free(all.before);
	shows_free(&all.shows);
	owned_free(&all.owned);
	return code;
}
