// SPDX-License-Identifier: GPL-2.0
/* Around the links: programs without one, devices, namespaces, classic tc. */
#include "churn_worker.h"
#include "tc_net.h"

void do_attach(struct worker *w)
{
	struct point p = some_point(w);
	__u32 relative, flags = some_place(w, &relative);
	int prog = w->progs[below(w, PROGS)], replace = 0;

	if (chance(w, 40)) {
		flags = BPF_F_REPLACE;
		relative = 0;
		replace = w->progs[below(w, PROGS)];
	}
	answer(sys_prog_attach(p.ifindex, p.type, prog, flags, replace,
			       relative, 0),
	       ENODEV, EEXIST, ENOENT, EAGAIN, EBUSY);
}

void do_prog_detach(struct worker *w)
{
	struct point p = some_point(w);
	int prog = chance(w, 50) ? w->progs[below(w, PROGS)] : 0;

	answer(sys_prog_detach(p.ifindex, p.type, prog,
			       prog ? 0 : BPF_F_BEFORE, 0, 0),
	       ENODEV, ENOENT, EBUSY);
}

int device_make(int device)
{
	const int left = FIRST_IFINDEX + 2, right = FIRST_IFINDEX + 3;
	int ret;

	if (device >= 2)
		return veth_create("left", left, IFF_UP, "right", right) ?:
		       device_up(right);
	ret = link_add("dummy", device ? "dummy1" : "dummy0",
		       FIRST_IFINDEX + device);
	return ret < 0 ? ret : 0;
}

/* Its number, or its peer's, may be taken in the other namespace: then there
 * are two of them for a while.
 */
void do_device_remove(struct worker *w)
{
	int device = below(w, DEVICES), ret, space;

	for (space = 0; space < SPACES; space++) {
		enter(w, space);
		ret = link_del(FIRST_IFINDEX + device);
		answer(ret, ENODEV);
	}
	enter(w, below(w, SPACES));
	answer(device_make(device), EEXIST, EBUSY, ENODEV);
}

void do_device_move(struct worker *w)
{
	int device = below(w, DEVICES), from = below(w, SPACES), ret;

	enter(w, from);
	ret = link_move(FIRST_IFINDEX + device, w->spaces[!from]);
	answer(ret, ENODEV, EEXIST);
	enter(w, !from);
	device_up(FIRST_IFINDEX + device);
}

/* A namespace that dies with a device and a link in it. */
void do_namespace(struct worker *w)
{
	struct slot *slot = some_slot(w, false);
	int space, fd, prog = below(w, PROGS);
	struct point p = { .type = BPF_TCX_INGRESS };

	if (!slot)
		return;
	space = netns_new();
	must(space >= 0, space);
	p.ifindex = dummy_add("brief");
	must(p.ifindex > 0, p.ifindex);
	fd = sys_link_create(p.ifindex, p.type, w->progs[prog], 0, 0, 0);
	must(fd >= 0, fd);
	slot_take(slot, fd, prog);
	point_attach(&p, w->progs[(prog + 1) % PROGS]);
	enter(w, 0);
	close(space);
	w->tale->done[w->op]++;
}

void do_qdisc(struct worker *w)
{
	struct point p = some_point(w);

	if (chance(w, 50))
		answer(qdisc_add(p.ifindex, chance(w, 70) ? "clsact" :
							    "ingress"),
		       ENODEV, EEXIST, EBUSY);
	else
		answer(qdisc_del(p.ifindex), ENODEV, EINVAL, ENOENT, EBUSY);
}

void do_filter(struct worker *w)
{
	struct point p = some_point(w);
	int prio = 1 + below(w, 3);

	switch (below(w, 3)) {
	case 0:
		answer(filter_flower(p.ifindex, p.type, prio),
		       ENODEV, EINVAL, ENOENT, EEXIST, EBUSY);
		break;
	case 1:
		answer(filter_bpf(p.ifindex, p.type, prio,
				  w->progs[below(w, PROGS)], 0),
		       ENODEV, EINVAL, ENOENT, EEXIST, EBUSY);
		break;
	default:
		answer(filter_del(p.ifindex, p.type, prio),
		       ENODEV, EINVAL, ENOENT, EBUSY);
	}
}
