// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <time.h>

#include "churn_worker.h"

int below(struct worker *w, int n)
{
	return rand_r(&w->seed) / (RAND_MAX + 1.0) * n;
}

bool chance(struct worker *w, int percent)
{
	return below(w, 100) < percent;
}

void strange(struct worker *w, int ret, int line)
{
	w->tale->strange = w->op;
	w->tale->strange_ret = ret;
	w->tale->strange_line = line;
	_exit(1);
}

void enter(struct worker *w, int space)
{
	must(!netns_enter(w->spaces[space]), -errno);
}

struct point some_point(struct worker *w)
{
	struct point p = {
		FIRST_IFINDEX + below(w, DEVICES),
		chance(w, 50) ? BPF_TCX_INGRESS : BPF_TCX_EGRESS,
	};
	int space = below(w, SPACES);
	char name[IFNAMSIZ];

	enter(w, space);
	if (!if_indextoname(p.ifindex, name))
		enter(w, !space);
	return p;
}

struct slot *some_slot(struct worker *w, bool used)
{
	int i = below(w, SLOTS), n;

	for (n = 0; n < SLOTS; n++, i = (i + 1) % SLOTS)
		if ((w->slots[i].fd >= 0) == used)
			return &w->slots[i];
	return NULL;
}

__u32 some_place(struct worker *w, __u32 *relative)
{
	struct slot *slot = some_slot(w, true);
	__u32 flags = chance(w, 50) ? BPF_F_BEFORE : BPF_F_AFTER;
	int id;

	*relative = 0;
	switch (below(w, 6)) {
	case 0:
		return 0;
	case 1:
		return flags;
	case 2:
		*relative = w->progs[below(w, PROGS)];
		return flags;
	case 3:
		if (!slot)
			return 0;
		*relative = slot->fd;
		return flags | BPF_F_LINK;
	default:
		id = tcx_link_next_id(below(w, slot ? slot->id + 20 : 1));
		if (id < 0)
			return flags;
		*relative = id;
		return flags | BPF_F_LINK | BPF_F_ID;
	}
}

const struct churn_op churn_ops[OPS] = {
	[OP_CREATE]		= { "create", do_create, 40 },
	[OP_UPDATE]		= { "update", do_update, 40 },
	[OP_DETACH]		= { "detach", do_detach, 4 },
	[OP_CLOSE]		= { "close", do_close, 12 },
	[OP_PIN]		= { "pin", do_pin, 6 },
	[OP_UNPIN]		= { "unpin", do_unpin, 8 },
	[OP_LOOK]		= { "look", do_look, 8 },
	[OP_OWNER]		= { "owner", do_owner, 3 },
	[OP_KILL]		= { "kill", do_kill, 3 },
	[OP_ATTACH]		= { "attach program", do_attach, 10 },
	[OP_PROG_DETACH]	= { "detach program", do_prog_detach, 10 },
	[OP_DEVICE_REMOVE]	= { "remove device", do_device_remove, 1 },
	[OP_DEVICE_MOVE]	= { "move device", do_device_move, 2 },
	[OP_NAMESPACE]		= { "remove namespace", do_namespace, 1 },
	[OP_QDISC]		= { "qdisc", do_qdisc, 4 },
	[OP_FILTER]		= { "filter", do_filter, 6 },
};

static enum op some_op(struct worker *w)
{
	int total = 0, pick, i;

	for (i = 0; i < OPS; i++)
		total += churn_ops[i].weight;
	pick = below(w, total);
	for (i = 0; pick >= churn_ops[i].weight; i++)
		pick -= churn_ops[i].weight;
	return i;
}

static bool all_done(const struct worker *w)
{
	const struct tale *tales = w->tale - w->number;
	int op, i;

	for (op = 0; op < OPS; op++) {
		for (i = 0; i < WORKERS && !tales[i].done[op]; i++)
			;
		if (i == WORKERS)
			return false;
	}
	return true;
}

void work(struct worker *w, time_t end)
{
	time_t last = end + 2 * (end - time(NULL));
	int i;

	for (i = 0; i < SLOTS; i++)
		w->slots[i].fd = -1;
	for (i = 0; i < PROGS; i++) {
		w->progs[i] = counter_load(w->counters, 0);
		must(w->progs[i] > 0, w->progs[i]);
		w->tale->prog_ids[i] = prog_id(w->progs[i]);
	}
	while (time(NULL) < end || (time(NULL) < last && !all_done(w))) {
		w->op = some_op(w);
		churn_ops[w->op].run(w);
	}

	owner_kill(w);
	for (i = 0; i < SLOTS; i++)
		if (w->slots[i].pinned)
			slot_unpin(w, &w->slots[i]);
	/* The rest ends with the process. */
	_exit(0);
}
