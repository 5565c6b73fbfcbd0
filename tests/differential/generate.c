// SPDX-License-Identifier: GPL-2.0
/*
 * What to try next: most often something that the world, as it was last seen,
 * allows; then, one time in four, with a fault or two. A function of the seed
 * and of earlier answers, which have to be the same everywhere.
 *
 * Worlds differ in how deep their arrays get: some stay small, where every
 * position is near an end, some fill up to the last place.
 */
#include "dice.h"

#define ANCHORS	(BPF_F_BEFORE | BPF_F_AFTER)

static void somewhere(struct dice *d, const struct world *w, struct op *op)
{
	op->dev = d->focus_dev;
	op->type = d->focus_type;
	if (chance(d, d->deep > 32 ? 20 : 50))
		some_point(d, &op->dev, &op->type);
	if (!w->dev[op->dev].there && chance(d, 90)) {
		op->dev = (op->dev + 2) % DEVS;
		if (type_is_netkit(op->type))
			op->type -= PRIMARY;
	}
	op->far = w->dev[op->dev].far;
}

const struct seen *seen_at(const struct world *w, const struct op *op)
{
	return &w->seen[op->dev][op->type];
}

static int index_of(const struct seen *seen, int prog)
{
	__u32 i;

	for (i = 0; i < seen->count; i++)
		if (seen->prog[i] == prog)
			return i;
	return -1;
}

/* A program that is not there yet; REF_NONE if all are. */
static enum ref absent(struct dice *d, const struct seen *seen, int among)
{
	int i = below(d, among), n;

	for (n = 0; n < among; n++, i = (i + 1) % among)
		if (index_of(seen, i) < 0)
			return REF_P + i;
	return REF_NONE;
}

enum ref prog_ref(const struct seen *seen, int idx)
{
	return seen->prog[idx] < PROGS ? (enum ref)REF_P + seen->prog[idx] :
					 REF_NONE;
}

/* The attached one with this index: by the program or by its link, by fd or
 * by id.
 */
static void name_relative(struct dice *d, const struct world *w, struct op *op,
			  int idx)
{
	const struct seen *seen = seen_at(w, op);
	int link = seen->link[idx], prog = seen->prog[idx];

	op->flags &= ~(BPF_F_ID | BPF_F_LINK);
	op->rel = prog_ref(seen, idx);
	if (link < LINKS && chance(d, 60)) {
		op->rel = REF_L + link;
		op->flags |= BPF_F_LINK;
		if (w->link[link].fd < 0 || chance(d, 50))
			op->flags |= BPF_F_ID;
		return;
	}
	if (prog >= PROGS || progs[prog].fd < 0 || chance(d, 40))
		op->flags |= BPF_F_ID;
}

static __u32 side(struct dice *d)
{
	return chance(d, 50) ? BPF_F_BEFORE : BPF_F_AFTER;
}

static void place(struct dice *d, const struct world *w, struct op *op)
{
	const struct seen *seen = seen_at(w, op);

	if (chance(d, 35))
		return;
	op->flags |= side(d);
	if (seen->count && chance(d, 70))
		name_relative(d, w, op, below(d, seen->count));
	if (chance(d, 3))
		op->flags |= ANCHORS;
}

/* The place of an element said once more, by its neighbour. */
static void place_beside(struct dice *d, const struct world *w, struct op *op,
			 int idx)
{
	const struct seen *seen = seen_at(w, op);

	if (chance(d, 65))
		return;
	if (chance(d, 50) && idx > 0) {
		op->flags |= BPF_F_AFTER;
		name_relative(d, w, op, idx - 1);
	} else if (idx + 1 < (int)seen->count) {
		op->flags |= BPF_F_BEFORE;
		name_relative(d, w, op, idx + 1);
	}
}

static int attached_index(struct dice *d, const struct seen *seen, bool linked)
{
	int i = below(d, seen->count);
	__u32 n;

	for (n = 0; n < seen->count; n++, i = (i + 1) % seen->count)
		if ((seen->link[i] < LINKS) == linked)
			return i;
	return i;
}

static enum rev some_rev(struct dice *d)
{
	static const int weights[] = { 68, 22, 2, 2, 1, 1, 4, -1 };

	return choose(d, weights);
}

static void want_attach(struct dice *d, const struct world *w, struct op *op)
{
	const struct seen *seen = seen_at(w, op);

	op->prog = absent(d, seen, PROGS);
	op->rev = some_rev(d);
	if (seen->count && chance(d, 25)) {
		int idx = attached_index(d, seen, chance(d, 12));

		op->flags = BPF_F_REPLACE;
		op->old = prog_ref(seen, idx);
		place_beside(d, w, op, idx);
		return;
	}
	place(d, w, op);
}

static void want_detach(struct dice *d, const struct world *w, struct op *op)
{
	const struct seen *seen = seen_at(w, op);
	int idx;

	op->rev = some_rev(d);
	if (!seen->count) {
		op->prog = REF_P + below(d, PROGS);
		return;
	}
	idx = attached_index(d, seen, chance(d, 12));
	if (chance(d, 55)) {
		op->prog = prog_ref(seen, idx);
		place_beside(d, w, op, idx);
		return;
	}
	/* By position; what is beside an unowned one is unowned often. */
	if (chance(d, 60)) {
		op->flags = side(d);
		idx += op->flags & BPF_F_BEFORE ? 1 : -1;
		if (idx >= 0 && idx < (int)seen->count)
			name_relative(d, w, op, idx);
	} else if (chance(d, 70)) {
		op->flags = side(d);
	}
}

enum ref some_link(struct dice *d, const struct world *w, enum bill bill)
{
	int i = below(d, LINKS), n;

	for (n = 0; n < LINKS; n++, i = (i + 1) % LINKS) {
		const struct link *link = &w->link[i];
		bool fits = true;

		switch (bill) {
		case LINK_FREE:
			fits = link->fd < 0 && !link->pinned;
			break;
		case LINK_OPEN:
			fits = link->fd >= 0;
			break;
		case LINK_CLOSED:
			fits = link->fd < 0 && link->id;
			break;
		case LINK_PINNED:
			fits = link->pinned;
			break;
		case LINK_ANY:
			fits = link->id;
			break;
		}
		if (fits)
			return REF_L + i;
	}
	return REF_NONE;
}

enum ref some_ref(struct dice *d, const struct world *w)
{
	switch (below(d, 4)) {
	case 0:
		return below(d, REF_P);
	case 1:
		return some_link(d, w, LINK_ANY);
	case 2:
		return REF_L + below(d, LINKS);
	default:
		return REF_P + below(d, PROGS);
	}
}

static void want_create(struct dice *d, const struct world *w, struct op *op)
{
	op->link = some_link(d, w, LINK_FREE);
	op->prog = absent(d, seen_at(w, op), LINK_PROGS);
	op->rev = some_rev(d);
	place(d, w, op);
}

static void want_update(struct dice *d, const struct world *w, struct op *op)
{
	const struct link *link;
	bool there;

	op->dev = -1;
	op->type = TYPES;
	op->far = false;
	op->link = some_link(d, w, LINK_OPEN);
	if (op->link == REF_NONE)
		op->link = REF_XDPLINK;
	op->prog = REF_P + below(d, LINK_PROGS);
	if (op->link < REF_L)
		return;
	link = &w->link[op->link - REF_L];
	there = link->dev >= 0 && link->type < TYPE_BAD;
	if (there && chance(d, 80))
		op->prog = absent(d, &w->seen[link->dev][link->type],
				  LINK_PROGS);
	if (chance(d, 8))
		op->prog = REF_P + link->prog;
	if (chance(d, 40)) {
		op->flags = BPF_F_REPLACE;
		op->old = REF_P + link->prog;
		if (chance(d, 12))
			op->old = REF_P + below(d, PROGS);
	}
}

static void want_query(struct dice *d, struct op *op)
{
	op->cap = chance(d, 60) ? CAPACITY : below(d, CAPACITY);
	op->want = WANT_IDS | (below(d, 8) << 1);
	if (chance(d, 10))
		op->want ^= WANT_IDS;
	if (chance(d, 3))
		op->want |= WANT_BAD_PTR;
	if (chance(d, 4))
		op->query_flags = 1U << below(d, 8);
	if (chance(d, 4))
		op->flags = 1U << below(d, 16);
}

static void want_about_links(struct dice *d, const struct world *w,
			     struct op *op)
{
	static const enum bill bills[] = {
		[CLOSE] = LINK_OPEN, [PIN] = LINK_OPEN, [UNPIN] = LINK_PINNED,
		[GET] = LINK_PINNED, [REOPEN] = LINK_CLOSED,
		[LINK_DETACH] = LINK_OPEN, [INFO] = LINK_OPEN,
	};

	op->dev = -1;
	op->type = TYPES;
	op->far = false;
	op->link = some_link(d, w, chance(d, 90) ? bills[op->kind] : LINK_ANY);
	if (op->link == REF_NONE)
		op->link = REF_L + below(d, LINKS);
	if (op->kind == INFO && chance(d, 10))
		op->link = some_ref(d, w);
	op->look = chance(d, 75);
}

/* A missing device is soon made again. */
static int dev_missing(const struct world *w)
{
	int dev;

	for (dev = 0; dev < DEVS; dev += 2)
		if (!w->dev[dev].there)
			return dev;
	return -1;
}

static enum kind some_kind(struct dice *d, const struct world *w,
			   const struct seen *seen)
{
	/* In tenths of a percent. */
	static const int growing[] = { 420, 100, 60, 200, 70, 12, 30, 30, 3, 6, 8,
		20, 10, 10, 1, 0, 1, 3, 3, 30, -1 };
	static const int level[] = { 270, 190, 60, 150, 90, 25, 70, 40, 10, 10, 20,
		25, 15, 15, 4, 0, 3, 8, 8, 30, -1 };
	static const int shrinking[] = { 150, 330, 60, 60, 80, 40, 130, 20, 14, 10,
		20, 25, 15, 20, 5, 0, 3, 8, 8, 30, -1 };

	if (dev_missing(w) >= 0 && chance(d, 15))
		return DEV_ADD;
	if ((int)seen->count < d->deep * 3 / 4)
		return choose(d, growing);
	if ((int)seen->count > d->deep)
		return choose(d, shrinking);
	return choose(d, level);
}

static void want(struct dice *d, const struct world *w, struct op *op)
{
	switch (op->kind) {
	case ATTACH:
		want_attach(d, w, op);
		break;
	case DETACH:
		want_detach(d, w, op);
		break;
	case QUERY:
		want_query(d, op);
		break;
	case CREATE:
		want_create(d, w, op);
		break;
	default:
		want_update(d, w, op);
	}
	op->look = op->kind != QUERY && chance(d, 80);
	while (chance(d, 22)) {
		if (op->kind == UPDATE)
			fault_update(d, w, op);
		else
			fault(d, w, op);
	}
	confine(d, op);
}

void generate(struct dice *d, const struct world *w, struct op *op)
{
	*op = (struct op){ };
	somewhere(d, w, op);
	op->kind = some_kind(d, w, seen_at(w, op));
	switch (op->kind) {
	case ATTACH:
	case DETACH:
	case QUERY:
	case CREATE:
	case UPDATE:
		want(d, w, op);
		return;
	case PROG_CLOSE:
	case PROG_REOPEN:
		op->prog = REF_P + LINK_PROGS + below(d, PROGS - LINK_PROGS);
		op->dev = -1;
		op->type = TYPES;
		op->far = false;
		return;
	case PACKET:
		op->dev = below(d, DEVS);
		if (chance(d, 60))
			op->dev = d->focus_type == IN || d->focus_type == PEER ?
				  dev_peer(d->focus_dev) : d->focus_dev;
		break;
	case DEV_ADD:
		op->dev = dev_missing(w);
		break;
	case QDISC_ADD:
		op->clsact = chance(d, 60);
		break;
	case DEV_DEL:
	case DEV_MOVE:
	case QDISC_DEL:
		break;
	default:
		want_about_links(d, w, op);
		return;
	}
	op->type = TYPES;
	op->far = false;
}
