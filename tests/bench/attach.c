// SPDX-License-Identifier: GPL-2.0
#include "bench.h"
#include "classic.h"
#include "sys.h"

static int direction_type(bool ingress)
{
	return ingress ? BPF_TCX_INGRESS : BPF_TCX_EGRESS;
}

int prepare(int dev)
{
	return use_cls_bpf ? clsact_add(dev) : 0;
}

int unprepare(int dev)
{
	return use_cls_bpf ? clsact_del(dev) : 0;
}

int attach(int dev, bool ingress, int nth, int prog)
{
	if (use_cls_bpf)
		return filter_add(dev, ingress, nth + 1, prog);
	return sys_prog_attach(dev, direction_type(ingress), prog, 0, 0, 0, 0);
}

int detach(int dev, bool ingress, int nth, int prog)
{
	if (use_cls_bpf)
		return filter_del(dev, ingress, nth + 1);
	return sys_prog_detach(dev, direction_type(ingress), prog, 0, 0, 0);
}

int replace(int dev, bool ingress, int nth, int prog, int old)
{
	if (use_cls_bpf)
		return filter_replace(dev, ingress, nth + 1, prog);
	return sys_prog_attach(dev, direction_type(ingress), prog, BPF_F_REPLACE,
			       old, 0, 0);
}

int query(int dev, bool ingress, int nth)
{
	__u32 ids[MAX_PROGS + 2];
	struct sys_query q = { .count = MAX_PROGS + 2, .prog_ids = ids };

	if (use_cls_bpf)
		return filter_get(dev, ingress, nth + 1);
	return sys_prog_query(dev, direction_type(ingress), &q);
}
