// SPDX-License-Identifier: GPL-2.0
/*
 * What is attached, for people. Columns are as wide as they must; where that is
 * more than the terminal has, those are left out that are asked for least.
 */
#include <stdio.h>
#include <string.h>

#include "print.h"
#include "shows.h"
#include "stats.h"

struct widths {
	int id;
	int name;
	int link;	/* 0: no program is owned by a link, leave it out */
	int runs;	/* 0: none has been counted */
	int time;	/* 0: it was not measured */
	bool tag;
	bool loaded;
};

static int digits(unsigned long long n)
{
	return snprintf(NULL, 0, "%llu", n);
}

static void widen(int *width, int to)
{
	if (*width < to)
		*width = to;
}

static void measure_program(struct widths *w, const struct shown *s, __u32 i)
{
	const struct prog_details *d = s->details[i];

	widen(&w->id, digits(s->list.prog_ids[i]));
	widen(&w->name, text_width(prog_name(d)));
	if (s->list.link_ids[i])
		widen(&w->link, digits(s->list.link_ids[i]));
	if (d->sampled) {
		widen(&w->runs, digits(d->sample_runs));
		widen(&w->time, digits(stats_time(d)));
	} else if (d->runs) {
		widen(&w->runs, digits(d->runs));
	}
}

/* In the order of the line, with two blanks before each */
static int line_width(const struct widths *w)
{
	int width = 2 + 2 + 2 + 3 + w->id + 2 + w->name;

	if (w->runs)
		width += 2 + 5 + w->runs;
	if (w->time)
		width += 1 + w->time + 8;
	if (w->tag)
		width += 2 + 4 + 2 * BPF_TAG_SIZE;
	if (w->link)
		width += 2 + 5 + w->link;
	if (w->loaded)
		width += 2 + 7 + strlen("2026-11-21T11:14:54+0000");
	return width;
}

static struct widths measure(const struct shows *all)
{
	struct widths w = { .tag = true, .loaded = true };
	int most = output_columns();
	size_t i;
	__u32 j;

	for (i = 0; i < all->count; i++)
		for (j = 0; j < all->points[i].list.count; j++)
			measure_program(&w, &all->points[i], j);
	if (most && line_width(&w) > most)
		w.loaded = false;
	if (most && line_width(&w) > most)
		w.tag = false;
	return w;
}

static void print_runs(const struct prog_details *d, const struct widths *w)
{
	unsigned long long runs = d->sampled ? d->sample_runs : d->runs;

	if (!w->runs)
		return;
	if (!w->time && !d->runs)
		return;
	print("  runs %-*llu", w->runs, runs);
	if (d->sampled && runs)
		print(" %*llu ns each", w->time,
		      (unsigned long long)stats_time(d));
	else if (w->time)
		print(" %*s        ", w->time, "");
}

static void print_program(const struct shown *s, __u32 i,
			  const struct widths *w)
{
	const struct prog_details *d = s->details[i];
	__u32 link = s->list.link_ids[i];

	print("  %2u  id %-*u  %-*s", i + 1, w->id, s->list.prog_ids[i],
	      w->name, prog_name(d));
	if (w->tag && d->known)
		print("  tag %s", d->tag);
	if (w->link && link)
		print("  link %-*u", w->link, link);
	else if (w->link)
		print("  link %-*s", w->link, "-");
	if (w->loaded && d->known && d->loaded_at[0])
		print("  loaded %s", d->loaded_at);
	print_runs(d, w);
	print("\n");
}

static void print_point(const struct shows *all, const struct shown *s,
			const struct widths *w)
{
	const struct owner *owner;
	__u32 i;

	if (s->point.ifindex) {
		point_print(&s->point);
		print(" ");
		listing_print_revision(&s->list);
		print("%s\n", s->list.count ? "" : "  (nothing attached)");
	} else {
		print("defunct %s links, detached or without their device\n",
		      point_direction(&s->point));
	}
	for (i = 0; i < s->list.count; i++) {
		print_program(s, i, w);
		owner = owners_of(&all->owners, s->list.link_ids[i]);
		if (owner)
			owner_print(owner, "        ");
	}
}

static void print_heading(const struct shown_space *space)
{
	if (!space->netns) {
		print("no netns\n");
		return;
	}
	netns_print(space->netns);
	if (space->err)
		print("  cannot be looked into: %s\n", strerror(-space->err));
	else if (space->first == space->end)
		print("  nothing attached\n");
}

void shows_print(const struct shows *all, bool by_netns)
{
	struct widths w = measure(all);
	size_t i, j;

	for (i = 0; i < all->n_spaces; i++) {
		if (by_netns)
			print_heading(&all->spaces[i]);
		for (j = all->spaces[i].first; j < all->spaces[i].end; j++)
			print_point(all, &all->points[j], &w);
	}
}
