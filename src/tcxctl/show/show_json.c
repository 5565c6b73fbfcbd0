// SPDX-License-Identifier: GPL-2.0
/* What is attached, as JSON: see JSON in tcxctl.8. */
#include <string.h>

#include "shows.h"

static json_t *point_shown(const struct shows *all, const struct shown *shown)
{
	json_t *programs = json_array(), *program, *object;
	const struct owner *owner;
	__u32 i;

	for (i = 0; i < shown->list.count; i++) {
		program = prog_json(shown->list.prog_ids[i],
				    shown->details[i]);
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

static void add_points(const struct shows *all, const struct shown_space *space,
		       json_t *array)
{
	size_t i;

	for (i = space->first; i < space->end; i++)
		put_element(array, point_shown(all, &all->points[i]));
}

static json_t *space_json(const struct shows *all,
			  const struct shown_space *space)
{
	json_t *object = json_object(), *points = json_array();

	if (space->netns)
		netns_json(space->netns, object);
	else
		put_member(object, "netns", json_null());
	if (space->err)
		put_member(object, "problem",
			   text_json(strerror(-space->err)));
	add_points(all, space, points);
	put_member(object, "points", points);
	return object;
}

json_t *shows_json(const struct shows *all, bool by_netns)
{
	json_t *array = json_array();
	size_t i;

	for (i = 0; i < all->n_spaces; i++) {
		if (by_netns)
			put_element(array, space_json(all, &all->spaces[i]));
		else
			add_points(all, &all->spaces[i], array);
	}
	return array;
}
