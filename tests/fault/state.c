// SPDX-License-Identifier: GPL-2.0
#include "fault.h"
#include "state.h"

static int cls_count(void)
{
	union bpf_attr attr = {};
	int count = 0;

	while (!sys_bpf(BPF_PROG_GET_NEXT_ID, &attr, sizeof(attr))) {
		attr.start_id = attr.next_id;
		count++;
	}
	return count;
}

static struct state state_now(const struct world *w)
{
	struct tcx_backport_info info = {};
	struct state s;
	int i;

	memset(&s, 0, sizeof(s));
	for (i = 0; i < 2; i++) {
		struct point_state *p = &s.point[i];
		struct sys_query q = {
			.count = 64,
			.prog_ids = p->progs,
			.link_ids = p->links,
		};

		p->ret = sys_prog_query(w->dev, BPF_TCX_INGRESS + i, &q);
		p->count = q.count;
		p->revision = q.revision;
	}
	sys_ioctl(TCX_BACKPORT_INFO, &info);
	s.attached = info.progs;
	s.references = module_references();
	s.links = links_count();
	s.progs = cls_count();
	s.fds = fds_count();
	return s;
}

/* What the case before has left dies by and by, and links are freed from an RCU
 * callback. Then every reference to the module is known: the device, what is
 * attached, the links.
 */
struct state state_settled(const struct world *w)
{
	struct state now;
	int tries;

	for (tries = 0; tries < 250; tries++) {
		now = state_now(w);
		if (now.progs == 4 &&
		    now.attached == (int)(now.point[0].count +
					  now.point[1].count) &&
		    now.references == 1 + now.attached + now.links)
			return now;
		sleep_ms(20);
	}
	problem("%d programs, %d attached, %d links, but %d references",
		now.progs, now.attached, now.links, now.references);
	return now;
}

bool state_is(const struct world *w, const struct state *want, const char *when)
{
	struct state now;
	int tries;

	for (tries = 0; tries < 150; tries++) {
		now = state_now(w);
		if (!memcmp(&now, want, sizeof(now)))
			return true;
		sleep_ms(20);
	}
	problem("%s: changed from %u/%u programs, revision %llu/%llu, %d attached, %d references, %d links, %d progs, %d fds to %u/%u, %llu/%llu, %d, %d, %d, %d, %d",
		when, want->point[0].count, want->point[1].count,
		want->point[0].revision, want->point[1].revision,
		want->attached, want->references, want->links, want->progs,
		want->fds, now.point[0].count, now.point[1].count,
		now.point[0].revision, now.point[1].revision, now.attached,
		now.references, now.links, now.progs, now.fds);
	return false;
}
