// SPDX-License-Identifier: GPL-2.0
/* What is wrong with a request that the world would allow. */
#include "dice.h"

/* Something that is attached, but elsewhere perhaps. */
static void stray(struct dice *d, const struct world *w, struct op *op)
{
	const struct seen *seen;
	enum type type;
	int dev, idx;

	some_point(d, &dev, &type);
	seen = &w->seen[dev][type];
	if (!seen->count)
		return;
	idx = below(d, seen->count);
	op->rel = prog_ref(seen, idx);
	op->flags &= ~BPF_F_LINK;
	if (seen->link[idx] < LINKS && chance(d, 60)) {
		op->rel = REF_L + seen->link[idx];
		op->flags |= BPF_F_LINK;
	}
}

void fault(struct dice *d, const struct world *w, struct op *op)
{
	static const __u32 known[] = { BPF_F_REPLACE, BPF_F_BEFORE,
		BPF_F_AFTER, BPF_F_ID, BPF_F_LINK };
	static const int weights[] = { 22, 4, 14, 14, 12, 8, 4, 3, 3, 4, 4, -1 };
	const struct seen *seen;

	switch (choose(d, weights)) {
	case 0:
		op->flags ^= known[below(d, 5)];
		break;
	case 1:
		op->flags ^= 1U << below(d, 32);
		break;
	case 2:
		op->rel = some_ref(d, w);
		break;
	case 3:
		stray(d, w, op);
		break;
	case 4:
		op->rev = below(d, REVS);
		break;
	case 5:
		op->prog = some_ref(d, w);
		break;
	case 6:
		if (op->dev >= DEVS || op->type >= TYPE_BAD)
			break;
		seen = seen_at(w, op);
		if (seen->count)
			op->prog = prog_ref(seen, below(d, seen->count));
		break;
	case 7:
		op->dev = chance(d, 50) ? DEVS : below(d, DEVS);
		if (type_is_netkit(op->type) && chance(d, 40))
			op->dev = dev_peer(NETKIT);
		break;
	case 8:
		op->type = chance(d, 40) ? TYPE_BAD : below(d, TYPE_BAD);
		break;
	case 9:
		op->old = some_ref(d, w);
		break;
	default:
		op->user = true;
	}
}

void fault_update(struct dice *d, const struct world *w, struct op *op)
{
	static const int weights[] = { 25, 10, 25, 25, 10, 5, -1 };

	switch (choose(d, weights)) {
	case 0:
		op->flags ^= BPF_F_REPLACE;
		break;
	case 1:
		op->flags ^= 1U << below(d, 32);
		break;
	case 2:
		op->prog = some_ref(d, w);
		break;
	case 3:
		op->old = some_ref(d, w);
		break;
	case 4:
		op->link = some_ref(d, w);
		break;
	default:
		op->user = true;
	}
}

void confine(struct dice *d, struct op *op)
{
	if (op->type == TYPE_BAD && op->kind != QUERY) {
		op->prog = REF_P + below(d, LINK_PROGS);
		op->user = false;
	}
	if (op->type == TYPE_BAD)
		op->user = false;
	if ((op->kind == CREATE || op->kind == UPDATE) &&
	    op->prog >= REF_P + LINK_PROGS && op->prog < REF_L)
		op->prog -= LINK_PROGS;
}
