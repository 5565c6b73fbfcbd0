// SPDX-License-Identifier: GPL-2.0
/*
 * What is attached, for Prometheus: text that is both OpenMetrics and the older
 * format, which node_exporter's textfile collector reads. Of the two, one has the
 * types "info" and "unknown", the other wants the name of a counter in full after
 * TYPE; so what says something in its labels is a gauge, and counters have no
 * type.
 *
 * Of programs that come and go, series do as well: labels are what tells two
 * programs apart that are attached at the same time, the rest is in _info.
 */
#include <stdio.h>

#include "metrics.h"
#include "print.h"
#include "shows.h"

/* Of a namespace, of a point, of a program at its place */
struct place {
	const struct netns *netns;	/* NULL: there is one only */
	const struct shown *point;
	__u32 at;
};

static void put_netns(const struct netns *netns)
{
	char text[32];

	if (!netns)
		return;
	snprintf(text, sizeof(text), "%llu", (unsigned long long)netns->ino);
	metric_label("netns", text);
}

static void put_point(const struct place *place)
{
	put_netns(place->netns);
	metric_label("device", place->point->point.device);
	metric_label("direction", point_direction(&place->point->point));
}

static void put_program(const struct place *place)
{
	put_point(place);
	metric_label_number("id", place->point->list.prog_ids[place->at]);
}

typedef void (*place_fn)(const struct place *place);

static void each_point(const struct shows *all, place_fn fn)
{
	struct place place = {};
	size_t i, j;

	for (i = 0; i < all->n_spaces; i++) {
		place.netns = all->spaces[i].netns;
		for (j = all->spaces[i].first; j < all->spaces[i].end; j++) {
			place.point = &all->points[j];
			if (place.point->point.ifindex)
				fn(&place);
		}
	}
}

static place_fn program_fn;

static void each_place(const struct place *point)
{
	struct place place = *point;

	for (place.at = 0; place.at < place.point->list.count; place.at++)
		program_fn(&place);
}

static void each_program(const struct shows *all, place_fn fn)
{
	program_fn = fn;
	each_point(all, each_place);
}

static const struct prog_details *details_of(const struct place *place)
{
	return place->point->details[place->at];
}

static void count_of(const struct place *place)
{
	metric_begin();
	put_point(place);
	metric_end(place->point->list.count);
}

static void revision_of(const struct place *place)
{
	metric_begin();
	put_point(place);
	metric_end(place->point->list.revision);
}

static void info_of(const struct place *place)
{
	const struct prog_details *d = details_of(place);
	__u32 link = place->point->list.link_ids[place->at];

	metric_begin();
	put_program(place);
	metric_label_number("place", place->at + 1);
	metric_label("name", d->known ? d->name : "");
	metric_label("tag", d->known ? d->tag : "");
	metric_label_number("link", link);
	metric_end(1);
}

static void runs_of(const struct place *place)
{
	metric_begin();
	put_program(place);
	metric_end(details_of(place)->runs);
}

static void seconds_of(const struct place *place)
{
	metric_begin();
	put_program(place);
	metric_end_ns(details_of(place)->run_time_ns);
}

static void namespaces(const struct shows *all)
{
	char command[PROCESS_COMMAND] = "";
	size_t i, j;

	metric_family("tcx_netns_info", "gauge",
		      "A network namespace: where it is mounted, and a process in it.");
	for (i = 0; i < all->n_spaces; i++) {
		const struct netns *netns = all->spaces[i].netns;

		if (!netns)
			continue;
		for (j = 0; j < netns->n_pids; j++)
			if (process_command(netns->pids[j], command))
				break;
		metric_begin();
		put_netns(netns);
		metric_label("name", netns->n_names ? netns->names[0] : "");
		metric_label("command", j < netns->n_pids ? command : "");
		metric_end(1);
	}
}

static size_t defunct(const struct shows *all)
{
	size_t i, n = 0;

	for (i = 0; i < all->count; i++)
		if (!all->points[i].point.ifindex)
			n += all->points[i].list.count;
	return n;
}

static void backend(void)
{
	TCX_OPTS(tcx_module_info, info);

	tcx_module_info(&info);
	metric_family("tcx_backend_info", "gauge",
		      "Who carries out requests: the kernel or the module, of which version.");
	metric_begin();
	metric_label("backend", tcx_backend_name(tcx_backend()));
	metric_label("module", info.version);
	metric_end(1);
}

void shows_metrics(const struct shows *all, bool by_netns)
{
	backend();
	if (by_netns)
		namespaces(all);
	metric_family("tcx_programs", "gauge",
		      "Programs attached to a device, by direction.");
	each_point(all, count_of);
	metric_family("tcx_revision", "gauge",
		      "Revision of an attach point, which each change raises.");
	each_point(all, revision_of);
	metric_family("tcx_program_info", "gauge",
		      "A program that is attached: its place, name and tag, and the link that owns it, or 0.");
	each_program(all, info_of);
	metric_family("tcx_program_runs_total", NULL,
		      "How often a program ran while BPF statistics were on, wherever it is attached.");
	each_program(all, runs_of);
	metric_family("tcx_program_run_seconds_total", NULL,
		      "How long a program ran while BPF statistics were on, wherever it is attached.");
	each_program(all, seconds_of);
	metric_family("tcx_defunct_links", "gauge",
		      "Links that attach nothing any more, but are held or pinned.");
	metric_begin();
	metric_end(defunct(all));
	metrics_end();
}
