// SPDX-License-Identifier: GPL-2.0
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "churn_jobs.h"

static int pick(struct exact_worker *w, int n)
{
	return rand_r(&w->seed) / (RAND_MAX + 1.0) * n;
}

static bool more(struct exact_worker *w)
{
	++*w->rounds;
	return !w->e->ledger->stop && time(NULL) < w->e->end;
}

void on_cpu(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

/* From either CPU, to both points. */
static void stream(struct exact_worker *w, int packets, int pause_us)
{
	int ret;

	on_cpu(w->id / 2);
	while (more(w)) {
		ret = exact_send(w->e, w->id & 1, MARK_STREAM, packets);
		exact_must(w, !ret, ret);
		if (pause_us)
			usleep(pause_us);
	}
}

/* What the others leave of the CPUs. */
static void job_stream(struct exact_worker *w)
{
	setpriority(PRIO_PROCESS, 0, 5);
	stream(w, 64, 0);
}

void job_drip(struct exact_worker *w)
{
	stream(w, 8, 5000);
}

static void job_replace(struct exact_worker *w)
{
	struct exact *e = w->e;
	int from = 0, i, ret;

	for (; more(w); from = !from) {
		for (i = 0; i < 2; i++) {
			const struct point *p = &e->points[i];
			const int *twins = e->progs[i][REPLACED];

			ret = change(e, i, 1,
				     sys_prog_attach(p->ifindex, p->type,
						     twins[!from],
						     BPF_F_REPLACE,
						     twins[from], 0, 0));
			exact_must(w, !ret, ret);
		}
	}
}

static void job_update(struct exact_worker *w)
{
	struct exact *e = w->e;
	int from = 0, i, ret;

	for (; more(w); from = !from) {
		for (i = 0; i < 2; i++) {
			const int *twins = e->progs[i][UPDATED];
			int fd = e->links[i];

			/* No step: it is there, or not what is there. */
			ret = tcx_link_update(fd, twins[from]);
			exact_must(w, !ret, ret);
			ret = tcx_link_update_flags(fd, twins[!from],
						    BPF_F_REPLACE,
						    twins[!from]);
			exact_must(w, ret == -EPERM, ret);
			ret = change(e, i, 1, pick(w, 2) ?
				     tcx_link_update(fd, twins[!from]) :
				     tcx_link_update_flags(fd, twins[!from],
							   BPF_F_REPLACE,
							   twins[from]));
			exact_must(w, !ret, ret);
		}
	}
}

/* Anywhere among the others. */
static __u32 exact_place(struct exact_worker *w, int i, __u32 *relative)
{
	struct exact *e = w->e;
	__u32 flags = pick(w, 2) ? BPF_F_BEFORE : BPF_F_AFTER;

	*relative = 0;
	switch (pick(w, 5)) {
	case 0:
		return 0;
	case 1:
		return flags;
	case 2:
		*relative = e->progs[i][STAYS][0];
		return flags;
	case 3:
		*relative = e->ids[i][STAYS][0];
		return flags | BPF_F_ID;
	default:
		*relative = e->links[i];
		return flags | BPF_F_LINK;
	}
}

static int visitor_attach(struct exact_worker *w, int i, int prog, bool by_link)
{
	const struct point *p = &w->e->points[i];
	__u32 relative, flags = exact_place(w, i, &relative);

	if (by_link)
		return change(w->e, i, LINK_STEPS,
			      sys_link_create(p->ifindex, p->type, prog, flags,
					      relative, 0));
	return change(w->e, i, 1, sys_prog_attach(p->ifindex, p->type, prog,
						  flags, 0, relative, 0));
}

static int visitor_detach(struct exact *e, int i, int prog, int link)
{
	/* Not by closing it: somebody else may be looking at it. */
	if (link > 0)
		return tcx_link_detach(link) ?: close(link);
	return change(e, i, 1, point_detach(&e->points[i], prog));
}

/* Sees what is sent while it is attached, and nothing else. */
static void job_visit(struct exact_worker *w)
{
	int mark = MARK_STREAM + 1 + w->id, map = counters_create(2 * MARKS);
	struct exact *e = w->e;
	int progs[2], i, ret;
	__u64 want[2] = {};

	for (i = 0; i < 2; i++) {
		progs[i] = marked_counter_load(map, i * MARKS);
		exact_must(w, progs[i] > 0, progs[i]);
	}
	while (more(w)) {
		int packets = 1 + pick(w, 8), link, slot;

		i = pick(w, 2);
		slot = i * MARKS + mark;
		link = visitor_attach(w, i, progs[i], pick(w, 2));
		exact_must(w, link >= 0, link);
		ret = exact_send(e, i, mark, packets);
		exact_must(w, !ret, ret);
		want[i] += packets;
		exact_must(w, counter_read(map, slot) == want[i],
			   counter_read(map, slot) - want[i]);

		ret = visitor_detach(e, i, progs[i], link);
		exact_must(w, !ret, ret);
		ret = exact_send(e, i, mark, 3);
		exact_must(w, !ret, ret);
		exact_must(w, counter_read(map, slot) == want[i],
			   counter_read(map, slot) - want[i]);
	}
}

/* What a query shows: each stayer once, in its order, and never an older state
 * than before.
 */
static void job_watch(struct exact_worker *w)
{
	struct exact *e = w->e;
	__u64 revision[2] = {};
	int i, k, n, at;

	while (more(w)) {
		for (i = 0; i < 2; i++) {
			__u32 ids[65], links[65];
			struct sys_query q = {
				.count = 64, .prog_ids = ids, .link_ids = links,
			};
			int ret;

			memset(ids, 0x5a, sizeof(ids));
			memset(links, 0x5a, sizeof(links));
			ret = sys_prog_query(e->points[i].ifindex,
					     e->points[i].type, &q);
			exact_must(w, !ret, ret);
			exact_must(w, q.count >= STAYERS && q.count < 64,
				   q.count);
			exact_must(w, q.revision >= revision[i],
				   q.revision - revision[i]);
			revision[i] = q.revision;
			for (k = 0, at = -1; k < STAYERS; k++) {
				int found = 0;

				for (n = 0; n < (int)q.count; n++) {
					if (ids[n] != e->ids[i][k][0] &&
					    ids[n] != e->ids[i][k][1])
						continue;
					found++;
					exact_must(w, n > at, k);
					at = n;
				}
				exact_must(w, found == 1, found);
				exact_must(w, links[at] == (k == UPDATED ?
							    e->link_ids[i] : 0),
					   links[at]);
			}
			exact_must(w, ids[q.count] == 0x5a5a5a5a, ids[q.count]);
			exact_must(w, links[q.count] == 0x5a5a5a5a,
				   links[q.count]);
		}
	}
}

/* -EEXIST: a link of one's own that was closed, or of one who was killed, at
 * which somebody is looking just now.
 */
#define passing(ret)	((ret) >= 0 || (ret) == -EEXIST)

/* Creates links, tells where, and closes them. */
static void job_anchor(struct exact_worker *w)
{
	int i = w->id, prog = cls_load(), fd;
	struct exact *e = w->e;

	while (more(w)) {
		fd = change(e, i, LINK_STEPS,
			    sys_link_create(e->points[i].ifindex,
					    e->points[i].type, prog, 0, 0, 0));
		exact_must(w, passing(fd), fd);
		if (fd < 0)
			continue;
		e->ledger->anchor[i] = link_id(fd);
		if (pick(w, 2))
			usleep(pick(w, 500));
		close(fd);
	}
}

/* Goes beside them. */
static void job_neighbour(struct exact_worker *w)
{
	int i = w->id, prog = cls_load(), fd;
	struct exact *e = w->e;
	__u32 flags;

	while (more(w)) {
		flags = pick(w, 2) ? BPF_F_BEFORE : BPF_F_AFTER;
		fd = change(e, i, LINK_STEPS,
			    sys_link_create(e->points[i].ifindex,
					    e->points[i].type, prog,
					    flags | BPF_F_LINK | BPF_F_ID,
					    e->ledger->anchor[i], 0));
		/* EAGAIN: it has no id yet. */
		exact_must(w, passing(fd) || fd == -ENOENT || fd == -EAGAIN, fd);
		if (fd < 0)
			continue;
		if (pick(w, 2))
			usleep(pick(w, 500));
		close(fd);
	}
}

/* Until somebody kills it. */
static void victim(struct exact_worker *w, const int *progs)
{
	struct exact *e = w->e;
	int i, fd, k;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		__u32 relative, flags;

		i = pick(w, 2);
		flags = exact_place(w, i, &relative);
		fd = change(e, i, LINK_STEPS,
			    sys_link_create(e->points[i].ifindex,
					    e->points[i].type, progs[0], flags,
					    relative, 0));
		exact_must(w, passing(fd), fd);
		for (k = 1; fd >= 0 && k < 8; k++) {
			int ret = change(e, i, 1,
					 tcx_link_update(fd, progs[k & 1]));

			exact_must(w, passing(ret), ret);
			if (ret)
				break;
		}
		if (fd >= 0)
			close(fd);
	}
}

static void job_kill(struct exact_worker *w)
{
	int progs[2] = { cls_load(), cls_load() }, status;
	pid_t pid;

	while (more(w)) {
		w->seed++;
		pid = fork();
		exact_must(w, pid >= 0, -errno);
		if (!pid)
			victim(w, progs);
		usleep(1000 + pick(w, 60000));
		kill(pid, SIGKILL);
		exact_must(w, waitpid(pid, &status, 0) == pid, -errno);
		/* It leaves its own word. */
		if (!WIFSIGNALED(status))
			_exit(1);
	}
}

/* Packets out of a device that has just come up: it may take a while until one
 * is sent. Then all are, and both counters see them.
 */
static void mover_send(struct exact_worker *w, int ifindex, int map)
{
	unsigned char frame[ETH_ZLEN];
	int fd = egress_socket(ifindex), tries, n;
	__u64 seen[2];

	marked_frame(frame, 0);
	for (tries = 0; write(fd, frame, sizeof(frame)) < 0; tries++) {
		exact_must(w, tries < 500, -errno);
		usleep(2000);
	}
	for (n = 0; n < 2; n++)
		seen[n] = counter_read(map, n * MARKS);
	exact_must(w, seen[0] > 0 && seen[1] > 0, 0);
	for (n = 0; n < 5; n++)
		exact_must(w, write(fd, frame, sizeof(frame)) > 0, -errno);
	for (n = 0; n < 2; n++)
		exact_must(w, counter_read(map, n * MARKS) == seen[n] + 5,
			   counter_read(map, n * MARKS) - seen[n]);
	close(fd);
}

/* A device of its own, between two namespaces, dies or goes down with one. */
static void job_move(struct exact_worker *w)
{
	int here, there, link, map;

	here = ns_new();
	while (more(w)) {
		struct point p = { dummy_add("moves"), BPF_TCX_EGRESS };
		int progs[2];

		map = counters_create(2 * MARKS);
		progs[0] = marked_counter_load(map, 0);
		progs[1] = marked_counter_load(map, MARKS);
		exact_must(w, p.ifindex > 0, p.ifindex);
		link = sys_link_create(p.ifindex, p.type, progs[0], 0, 0, 0);
		exact_must(w, link > 0, link);
		exact_must(w, !point_attach(&p, progs[1]), 0);
		mover_send(w, p.ifindex, map);

		there = ns_new();
		ns_enter(here);
		exact_must(w, !link_move(p.ifindex, there), 0);
		ns_enter(there);
		p.ifindex = dev_index("moves");
		exact_must(w, (int)tcx_link_info(link).ifindex == p.ifindex,
			   tcx_link_info(link).ifindex);
		exact_must(w, !device_up(p.ifindex), 0);
		mover_send(w, p.ifindex, map);

		if (pick(w, 2))
			exact_must(w, !link_del(p.ifindex), 0);
		ns_enter(here);
		close(there);
		close(link);
		close(progs[0]);
		close(progs[1]);
		close(map);
	}
}

/* Classic tc at the same devices. Requests for filters come too late when the
 * qdisc is going and coming.
 */
static bool filter_fits(int ret)
{
	return !ret || ret == -EINVAL || ret == -ENOENT || ret == -EEXIST ||
	       ret == -EBUSY;
}

static void job_qdisc(struct exact_worker *w)
{
	struct exact *e = w->e;
	int i, ret;

	while (more(w)) {
		for (i = 0; i < 2; i++) {
			int ifindex = e->points[i].ifindex;

			ret = qdisc_add(ifindex, !i && pick(w, 3) == 0 ?
						 "ingress" : "clsact");
			exact_must(w, !ret || ret == -EEXIST, ret);
			usleep(pick(w, 30000));
			ret = qdisc_del(ifindex);
			/* A request for a filter is under way. */
			exact_must(w, !ret || ret == -EBUSY, ret);
		}
	}
}

static void flower(struct exact_worker *w, int pause_us)
{
	struct exact *e = w->e;
	int ret;

	on_cpu(w->id);
	while (more(w)) {
		const struct point *p = &e->points[pick(w, 2)];

		ret = filter_flower(p->ifindex, p->type, 10 + w->id);
		exact_must(w, filter_fits(ret), ret);
		if (pause_us)
			usleep(pick(w, pause_us));
		ret = filter_del(p->ifindex, p->type, 10 + w->id);
		exact_must(w, filter_fits(ret), ret);
	}
}

static void job_flower(struct exact_worker *w)
{
	flower(w, 0);
}

void job_flower_slowly(struct exact_worker *w)
{
	flower(w, 20000);
}

static void job_filter(struct exact_worker *w)
{
	int progs[2] = { cls_load(), cls_load() }, ret;
	struct exact *e = w->e;
	unsigned int round;

	for (round = 0; more(w); round++) {
		const struct point *p = &e->points[round & 1];

		ret = filter_bpf(p->ifindex, p->type, 50,
				 progs[(round >> 1) & 1], 0);
		exact_must(w, filter_fits(ret), ret);
	}
}

static const struct {
	const char *name;
	exact_job job;
	int count;
} exact_jobs[] = {
	{ "stream", job_stream, 4 },
	{ "replace", job_replace, 1 },
	{ "update", job_update, 1 },
	{ "visit", job_visit, 2 },
	{ "watch", job_watch, 1 },
	{ "anchor", job_anchor, 2 },
	{ "neighbour", job_neighbour, 2 },
	{ "kill", job_kill, 1 },
	{ "move", job_move, 1 },
	{ "qdisc", job_qdisc, 1 },
	{ "flower", job_flower, 2 },
	{ "filter", job_filter, 1 },
};

void exact_start(struct exact *e, time_t end, unsigned int seed)
{
	size_t k;
	int id;

	e->end = end;
	e->seed = seed;
	for (k = 0; k < sizeof(exact_jobs) / sizeof(exact_jobs[0]); k++)
		for (id = 0; id < exact_jobs[k].count; id++)
			exact_spawn(e, exact_jobs[k].name, exact_jobs[k].job,
				    id);
}
