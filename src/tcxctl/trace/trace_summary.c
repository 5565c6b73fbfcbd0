// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <stdio.h>
#include <string.h>

#include "info.h"
#include "options.h"
#include "point.h"
#include "print.h"
#include "trace.h"

struct row {
	struct verdict verdict;
	char place[24];
	__u64 packets, bytes;
};

static struct row *rows;
static size_t n_rows;

static bool same(const struct verdict *a, const struct verdict *b)
{
	return a->netns == b->netns && a->ifindex == b->ifindex &&
	       a->attach_type == b->attach_type && a->prog_id == b->prog_id &&
	       !strcmp(verdict_name(a), verdict_name(b));
}

static struct row *row_of(const struct verdict *verdict)
{
	struct row *more;
	size_t i;

	for (i = 0; i < n_rows; i++)
		if (same(&rows[i].verdict, verdict))
			return &rows[i];
	more = realloc(rows, (n_rows + 1) * sizeof(*rows));
	if (!more)
		return NULL;
	rows = more;
	more = &rows[n_rows++];
	*more = (struct row){ .verdict = *verdict };
	return more;
}

void trace_count(const struct verdict *verdict, const char *place)
{
	struct row *row = row_of(verdict);

	if (!row) {
		output_failed("out of memory");
		return;
	}
	snprintf(row->place, sizeof(row->place), "%s", place);
	row->packets++;
	row->bytes += verdict->len;
}

/* By device, direction, place; what happened most often first */
static int compare(const void *a, const void *b)
{
	const struct row *x = a, *y = b;
	int order = strcmp(x->verdict.device, y->verdict.device);

	if (!order && x->verdict.netns != y->verdict.netns)
		order = x->verdict.netns < y->verdict.netns ? -1 : 1;
	if (!order)
		order = (int)x->verdict.attach_type - (int)y->verdict.attach_type;
	if (!order)
		order = atoi(x->place) - atoi(y->place);
	if (!order)
		order = x->packets > y->packets ? -1 : 1;
	return order;
}

static void print_row(const struct row *row, const struct prog_details *details)
{
	const struct verdict *v = &row->verdict;
	const struct point point = { v->device, v->ifindex, v->attach_type };

	print("%s %s %s id %u %s: %s %llu packets, %llu bytes\n", v->device,
	      point_direction(&point), row->place, v->prog_id,
	      prog_name(details), verdict_name(v),
	      (unsigned long long)row->packets, (unsigned long long)row->bytes);
}

static json_t *row_json(const struct row *row, const struct prog_details *details)
{
	const struct verdict *v = &row->verdict;
	const struct point point = { v->device, v->ifindex, v->attach_type };
	json_t *object = json_object();

	put_member(object, "netns", json_integer(v->netns));
	put_member(object, "device", text_json(v->device));
	put_member(object, "direction", json_string(point_direction(&point)));
	put_member(object, "place", strcmp(row->place, "-") ?
		   json_integer(atoi(row->place)) : json_null());
	put_member(object, "program", prog_json(v->prog_id, details));
	put_member(object, "verdict", json_string(verdict_name(v)));
	put_member(object, "packets", json_integer(row->packets));
	put_member(object, "bytes", json_integer(row->bytes));
	return object;
}

void trace_summary(void)
{
	json_t *array = json_array();
	size_t i;

	if (n_rows)
		qsort(rows, n_rows, sizeof(*rows), compare);
	for (i = 0; i < n_rows; i++) {
		struct prog_details details;

		prog_describe_id(rows[i].verdict.prog_id, &details);
		if (options.json)
			put_element(array, row_json(&rows[i], &details));
		else
			print_row(&rows[i], &details);
	}
	if (options.json)
		print_json(array);
	else
		json_decref(array);
	free(rows);
}
