// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "half_moved.h"
#include "info.h"
#include "print.h"

bool half_moved_find(const struct plane *plane, struct half_moved *left)
{
	struct prog_details details;
	__u32 i;

	*left = (struct half_moved){};
	for (i = 0; i < plane->tcx.count; i++) {
		if (plane->tcx.link_ids[i])
			continue;
		prog_describe_id(plane->tcx.prog_ids[i], &details);
		if (!strcmp(details.name, GATE_NAME))
			left->gate = i + 1;
		else if (!strcmp(details.name, END_NAME))
			left->end = i + 1;
	}
	return left->gate || left->end;
}

static bool in_classic(const struct plane *plane, __u32 prog_id)
{
	size_t i;

	for (i = 0; i < plane->classic.count; i++)
		if (plane->classic.all[i].prog_id == prog_id)
			return true;
	return false;
}

static void print_detach(FILE *f, const struct plane *plane, __u32 place)
{
	fprintf(f, "tcxctl detach %s %s id %u", plane->device,
		tc_direction(plane->direction), plane->tcx.prog_ids[place - 1]);
}

/* Behind the gate nothing runs: neither the end nor what classic tc has as well. */
static void print_behind_gate(FILE *f, const struct plane *plane,
			      const struct half_moved *left)
{
	__u32 place;

	for (place = plane->tcx.count; place > left->gate; place--) {
		if (plane->tcx.link_ids[place - 1] ||
		    (place != left->end &&
		     !in_classic(plane, plane->tcx.prog_ids[place - 1])))
			continue;
		print_detach(f, plane, place);
		fprintf(f, " && ");
	}
	print_detach(f, plane, left->gate);
}

/* The end keeps packets from what tcx has as well. */
static void print_before_end(FILE *f, const struct plane *plane,
			     const struct half_moved *left)
{
	size_t i;

	for (i = 0; i < plane->classic.count; i++)
		if (plane->classic.all[i].prog_id &&
		    listing_place(&plane->tcx, plane->classic.all[i].prog_id))
			fprintf(f, "tc filter del dev %s %s pref %u && ",
				plane->device, tc_direction(plane->direction),
				plane->classic.all[i].prio);
	print_detach(f, plane, left->end);
}

char *half_moved_mend(const struct plane *plane, const struct half_moved *left)
{
	char *text = NULL, *escaped = NULL;
	FILE *f;
	size_t size;

	f = open_memstream(&text, &size);
	if (!f)
		return NULL;
	if (left->gate)
		print_behind_gate(f, plane, left);
	else
		print_before_end(f, plane, left);
	if (!fclose(f))
		escaped = text_format("%s", text);
	free(text);
	return escaped;
}
