// SPDX-License-Identifier: GPL-2.0
/*
 * A kernel with tcx of its own tells nobody of verdicts. So a program of tcxctl's
 * is put behind each attached one (trace_prog.c), and what is attached is looked at
 * again and again.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <net/if_arp.h>
#include <stdlib.h>
#include <string.h>

#include "options.h"
#include "print.h"
#include "refuse.h"
#include "show/shows.h"
#include "trace.h"
#include "trace_prog.h"

#define LOOK_MS		100	/* between two looks, at least */
#define LOOK_SHARE	4	/* times as long as a look takes */

/* An attached program */
struct target {
	__u32 id;
	bool traced;		/* else it cannot be, which has been said */
	bool there;		/* in the last look */
	struct trace_prog behind;
};

struct source {
	struct tracer *tracer;
	struct events *events;
	struct trace_layout *layout;
	struct target *targets;
	size_t count;
	struct shows shows;	/* the last look */
	__u64 next_look;
};

static struct target *target_of(const struct source *s, __u32 id)
{
	size_t i;

	for (i = 0; i < s->count; i++)
		if (s->targets[i].id == id)
			return &s->targets[i];
	return NULL;
}

static int target_add(struct source *s, __u32 id,
		      const struct prog_details *details)
{
	struct target *more, *target;
	const char *why;
	int err;

	more = realloc(s->targets, (s->count + 1) * sizeof(*more));
	if (!more)
		return refuse("out of memory");
	s->targets = more;
	target = &more[s->count++];
	*target = (struct target){ .id = id, .there = true };
	err = trace_prog_attach(&target->behind, id, s->layout,
				events_map(s->events),
				s->tracer->options->drops, &why);
	target->traced = !err;
	/* It may have gone since the look. */
	if (err && err != -ENOENT)
		complain("program id %u %s cannot be traced: %s; its packets are missing here",
			 id, prog_name(details), why ?: strerror(-err));
	return EXIT_DONE;
}

/* Those that nobody attaches any more are not to live because of a trace. */
static void targets_sweep(struct source *s)
{
	size_t i, kept = 0;

	for (i = 0; i < s->count; i++) {
		if (s->targets[i].there)
			s->targets[kept++] = s->targets[i];
		else if (s->targets[i].traced)
			trace_prog_detach(&s->targets[i].behind);
	}
	s->count = kept;
}

static int follow_programs(struct source *s)
{
	const struct shown *shown = s->shows.points;
	const struct shown *end = shown + s->shows.count;
	struct target *target;
	int code = EXIT_DONE;
	size_t i;

	for (i = 0; i < s->count; i++)
		s->targets[i].there = false;
	for (; shown < end; shown++)
		for (i = 0; i < shown->list.count && !code; i++) {
			target = target_of(s, shown->list.prog_ids[i]);
			if (target)
				target->there = true;
			else
				code = target_add(s, shown->list.prog_ids[i],
						  shown->details[i]);
		}
	targets_sweep(s);
	return code;
}

static int look(struct source *s)
{
	__u64 began = events_now(), took;
	int code;

	shows_free(&s->shows);
	memset(&s->shows, 0, sizeof(s->shows));
	code = shows_look(&s->shows, s->tracer->options->ifindex,
			  options.all_netns);
	if (!code)
		code = follow_programs(s);
	took = events_now() - began;
	s->next_look = events_now() + (LOOK_SHARE * took > LOOK_MS * 1000000 ?
				       LOOK_SHARE * took : LOOK_MS * 1000000);
	return code;
}

static int look_when_due(void *ctx)
{
	struct source *s = ctx;

	return events_now() < s->next_look ? EXIT_DONE : look(s);
}

/* A program behind a netkit's runs when the packet has been given to the end that
 * receives it; at tcx it has its device.
 */
static bool is_at(const struct source *s, const struct shown_space *space,
		  const struct shown *shown, const struct trace_record *r,
		  bool netkit)
{
	const struct point *point = &shown->point;
	__u32 netns = space->netns ? space->netns->ino :
				     s->tracer->own_netns;

	if (!listing_place(&shown->list, r->prog_id))
		return false;
	switch (point->attach_type) {
	case BPF_TCX_INGRESS:
	case BPF_TCX_EGRESS:
		return !netkit && netns == r->netns &&
		       (__u32)point->ifindex == r->ifindex &&
		       (point->attach_type == BPF_TCX_INGRESS) == !!r->ingress;
	case TCX_BACKPORT_NETKIT_PEER:
		return netkit && netns == r->netns &&
		       (__u32)point->ifindex == r->ifindex;
	default:
		/* In which namespace the other end is nobody says. */
		return netkit && (__u32)shown->other_end == r->ifindex;
	}
}

/* At which point it was. Nothing tells netkit from tcx at the device that receives,
 * if one program is attached to both; it is taken for tcx then.
 */
static const struct shown *find_point(const struct source *s,
				      const struct trace_record *r,
				      __u32 *netns)
{
	const struct shown_space *space;
	size_t i, k;
	int netkit;

	for (netkit = 0; netkit < 2; netkit++)
		for (i = 0; i < s->shows.n_spaces; i++) {
			space = &s->shows.spaces[i];
			for (k = space->first; k < space->end; k++) {
				if (!is_at(s, space, &s->shows.points[k], r,
					   netkit))
					continue;
				*netns = space->netns ? space->netns->ino :
							s->tracer->own_netns;
				return &s->shows.points[k];
			}
		}
	return NULL;
}

static void verdict_fill(struct verdict *v, const struct trace_record *r,
			 size_t size)
{
	*v = (struct verdict){
		.netns = r->netns,
		.ifindex = r->ifindex,
		.attach_type = r->ingress ? BPF_TCX_INGRESS : BPF_TCX_EGRESS,
		.prog_id = r->prog_id,
		.value = r->value,
		.redirect = r->value == TCX_REDIRECT ? r->redirect : 0,
		.len = r->len,
		.protocol = ntohs(r->protocol),
		.vlan_proto = ntohs(r->vlan_proto),
		.vlan_tci = r->vlan_tci,
		.ethernet = r->dev_type == ARPHRD_ETHER ||
			    r->dev_type == ARPHRD_LOOPBACK,
		.bytes = r + 1,
		.n_bytes = size - sizeof(*r),
	};
	/* The kernel fills up what it hands over. */
	if (v->n_bytes > r->len)
		v->n_bytes = r->len;
	if (v->n_bytes > TRACE_BYTES)
		v->n_bytes = TRACE_BYTES;
	memcpy(v->device, r->device, sizeof(v->device) - 1);
}

static bool take(const struct event *event, void *ctx)
{
	const struct trace_record *r = event->data;
	const struct shown *shown;
	struct source *s = ctx;
	char place[24] = "-";
	struct verdict v;
	__u32 at;

	if (event->size < sizeof(*r))
		return false;
	verdict_fill(&v, r, event->size);
	shown = find_point(s, r, &v.netns);
	if (shown) {
		v.ifindex = shown->point.ifindex;
		v.attach_type = shown->point.attach_type;
		snprintf(v.device, sizeof(v.device), "%s",
			 shown->point.device);
		at = listing_place(&shown->list, r->prog_id);
		snprintf(place, sizeof(place), "%u/%u", at, shown->list.count);
		/* The next one has its say yet. */
		if (v.value == TCX_NEXT && at < shown->list.count)
			return false;
	}
	trace_put_tag_back(s->tracer, &v);
	if (!trace_wants(s->tracer, &v))
		return false;
	trace_tell(s->tracer, event, &v, place);
	return true;
}

static int refuse_layout(int err, const char *missing)
{
	refuse_errno(-err);
	if (missing)
		return refuse("packets cannot be traced: this kernel's BTF has no %s, which this tcxctl looks for; a newer one may know what has taken its place",
			      missing);
	return refuse("packets cannot be traced: the kernel's BTF cannot be read: %s",
		      strerror(-err));
}

int trace_programs(struct tracer *tracer)
{
	struct source s = { .tracer = tracer };
	const struct events_follower follower = {
		.what = "packets", .take = take,
		.look = look_when_due, .look_ms = LOOK_MS, .ctx = &s,
	};
	const char *missing;
	int code, err;
	size_t i;

	err = trace_layout_read(&s.layout, &missing);
	if (err)
		return refuse_layout(err, missing);
	code = events_open_output(&s.events);
	if (!code)
		code = look(&s);
	if (!code) {
		complain("this kernel tells nobody of verdicts: %zu attached programs are traced (fexit), those attached later after up to 0.1 s",
			 s.count);
		code = events_follow(s.events, &follower);
	}
	for (i = 0; i < s.count; i++)
		if (s.targets[i].traced)
			trace_prog_detach(&s.targets[i].behind);
	free(s.targets);
	shows_free(&s.shows);
	events_close(s.events);
	trace_layout_free(s.layout);
	return code;
}
