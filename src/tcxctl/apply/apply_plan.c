// SPDX-License-Identifier: GPL-2.0
/* What has to be done on a device. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "apply.h"
#include "refuse.h"

static struct step *add(struct plan *plan, enum step_kind kind,
			const struct declared *what, const struct owned *owned,
			const struct point *point)
{
	struct step *step = realloc(plan->steps,
				    (plan->count + 1) * sizeof(*step));

	if (!step)
		return NULL;
	plan->steps = step;
	step += plan->count++;
	memset(step, 0, sizeof(*step));
	step->kind = kind;
	step->what = what;
	step->owned = owned;
	step->point = *point;
	step->prog_fd = -1;
	step->link_fd = -1;
	step->old_prog_fd = -1;
	step->old_link_fd = -1;
	step->pins.lock = -1;
	if (owned) {
		step->link_id = owned->info.id;
		step->prog_id = owned->info.prog_id;
	}
	return step;
}

static bool is_at(const struct owned *owned, const struct point *point)
{
	return owned->point.ifindex == point->ifindex &&
	       owned->point.attach_type == point->attach_type;
}

/* The place of a link among those that are attached; -1: it is not. */
static int place_of(const struct listing *list, const struct owned *owned)
{
	__u32 i;

	for (i = 0; i < list->count; i++)
		if (list->link_ids[i] == owned->info.id)
			return i;
	return -1;
}

static struct owned *find(struct owned_list *owned, const struct point *point,
			  const char *name, const struct listing *list)
{
	struct owned *o;
	size_t i;

	for (i = 0; i < owned->count; i++) {
		o = &owned->all[i];
		if (!o->used && is_at(o, point) && !strcmp(o->name, name) &&
		    place_of(list, o) >= 0)
			return o;
	}
	return NULL;
}

static enum step_kind kind_of(const struct declared *what,
			      const struct owned *owned)
{
	if (owned->source &&
	    what->first != !!json_object_get(owned->source, "place"))
		return STEP_MOVE;
	return what->source && owned->source &&
	       json_equal(what->source, owned->source) ?
	       STEP_KEEP : STEP_REPLACE;
}

static bool is_wanted(const struct declared *d, const struct net_device *device,
		      int type)
{
	return d->types[type] && device_matches(device, &d->devices);
}

/* Links do not move: one that would have to is made anew. */
static int plan_wanted(struct plan *plan, const struct declarations *all,
		       struct owned_list *owned,
		       const struct net_device *device,
		       const struct point *point, int type)
{
	struct listing list;
	enum step_kind kind;
	struct owned *o;
	int err, place, last = -1;
	size_t i;

	err = point_list(point, &list);
	if (err)
		return plan_is_gone(plan) ? EXIT_DONE :
					    point_refuse_query(err, point);
	for (i = 0; !err && i < all->count; i++) {
		if (!is_wanted(&all->all[i], device, type))
			continue;
		o = find(owned, point, all->all[i].name, &list);
		kind = o ? kind_of(&all->all[i], o) : STEP_ATTACH;
		if (o) {
			o->used = true;
			place = place_of(&list, o);
			if (place < last)
				kind = STEP_MOVE;
			else if (kind != STEP_MOVE)
				last = place;
		}
		if (!add(plan, kind, &all->all[i], o, point))
			err = -ENOMEM;
	}
	listing_free(&list);
	return err ? refuse("out of memory") : EXIT_DONE;
}

static int plan_unwanted(struct plan *plan, struct owned_list *owned,
			 const struct point *point)
{
	struct owned *o;
	size_t i;

	for (i = 0; i < owned->count; i++) {
		o = &owned->all[i];
		if (o->used || !is_at(o, point))
			continue;
		o->used = true;
		if (!add(plan, STEP_REMOVE, NULL, o, point))
			return refuse("out of memory");
	}
	return EXIT_DONE;
}

int plan_device(struct plan *plan, const struct declarations *all,
		struct owned_list *owned, const struct net_device *device)
{
	struct point point = {
		.device = device->names[0],
		.ifindex = device->ifindex,
	};
	int type, code = EXIT_DONE;
	size_t i;

	memset(plan, 0, sizeof(*plan));
	plan->device = device->names[0];
	plan->ifindex = device->ifindex;
	for (type = 0; !code && type < POINT_TYPES; type++) {
		point.attach_type = point_types[type].attach_type;
		for (i = 0; i < all->count; i++)
			if (is_wanted(&all->all[i], device, type))
				break;
		if (i < all->count)
			code = plan_wanted(plan, all, owned, device, &point,
					   type);
		if (!code)
			code = plan_unwanted(plan, owned, &point);
	}
	if (code) {
		/* A device with a failure is left as it is. */
		for (i = 0; i < owned->count; i++)
			owned->all[i].used |= owned->all[i].point.ifindex ==
					      device->ifindex;
		plan_free(plan);
	}
	return code;
}

/* What was on devices that are no longer here */
int plan_rest(struct plan *plan, struct owned_list *owned)
{
	int code = EXIT_DONE;
	struct point point;
	size_t i;

	memset(plan, 0, sizeof(*plan));
	for (i = 0; !code && i < owned->count; i++) {
		point = owned->all[i].point;
		point.device = "";
		if (!owned->all[i].used)
			code = plan_unwanted(plan, owned, &point);
	}
	return code;
}

/* Interfaces may live for milliseconds: that is no failure. */
bool plan_is_gone(const struct plan *plan)
{
	char name[IF_NAMESIZE];

	return plan->ifindex && !if_indextoname(plan->ifindex, name) &&
	       (errno == ENXIO || errno == ENODEV);
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* Pins stay, and what they hold. */
void step_close(struct step *step)
{
	close_fd(&step->prog_fd);
	close_fd(&step->link_fd);
	close_fd(&step->old_prog_fd);
	close_fd(&step->old_link_fd);
}

void plan_free(struct plan *plan)
{
	struct step *s;

	for (s = plan->steps; s && s < plan->steps + plan->count; s++) {
		map_pins_release(&s->pins);
		maps_close(&s->maps);
		step_close(s);
		free(s->path);
	}
	free(plan->steps);
	memset(plan, 0, sizeof(*plan));
}
