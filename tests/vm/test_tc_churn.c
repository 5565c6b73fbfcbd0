// SPDX-License-Identifier: GPL-2.0
/*
 * tcx stays what it is while classic tc comes, changes and goes around it, and
 * the other way round: in any order, while devices move and die, and under
 * traffic from several CPUs, where not one packet may miss a program. All
 * programs let packets go on, so that it plays no part which hook is in use.
 *
 *   TCX_PACKETS	packets per direction and case (80000)
 *   TCX_STEPS		steps of a random walk (400)
 *   TCX_SEED		where a random walk begins
 */
#include "datapath.h"
#include "point.h"
#include "tc_net.h"
#include "tc_traffic.h"

static void expect_point(struct __test_metadata *_metadata,
			 const struct point *p, __u32 count, __u64 revision)
{
	struct sys_query query = {};

	EXPECT_EQ(0, sys_prog_query(p->ifindex, p->type, &query));
	EXPECT_EQ(count, query.count);
	EXPECT_EQ(revision, query.revision);
}

/*
 * One after the other.
 */
FIXTURE(walk) {
	int home;
};

FIXTURE_VARIANT(walk) {
	int type;
};

FIXTURE_VARIANT_ADD(walk, ingress) { .type = INGRESS };
FIXTURE_VARIANT_ADD(walk, egress) { .type = EGRESS };

FIXTURE_SETUP(walk)
{
	scene_pair();
	self->home = ns_open();
}

FIXTURE_TEARDOWN(walk)
{
}

enum kind { NONE, CLSACT, INGRESS_QDISC };

static const char *const kinds[] = { "", "clsact", "ingress" };

/* What there should be. */
struct model {
	enum kind qdisc;
	bool filter[2], tcx[2];
	__u64 revision;
};

static bool serves(enum kind qdisc, int type)
{
	return qdisc == CLSACT || (qdisc == INGRESS_QDISC && type == INGRESS);
}

static void model_qdisc(struct model *m, enum kind qdisc)
{
	if (m->qdisc != qdisc)
		m->filter[0] = m->filter[1] = false;
	m->qdisc = qdisc;
}

#define WALK_OPS	10

/* One step at random; false if the kernel's answer is not the model's.
 * @replaced: one qdisc took another's place while nothing was attached.
 */
static bool walk_step(struct model *m, const struct point *p,
		      struct prog *classic, struct prog *tcx, int *link, int op,
		      int which, bool *replaced)
{
	const __u32 ffff = TC_H_MAKE(TC_H_CLSACT, 0);
	enum kind kind = CLSACT + which;
	bool can_filter = serves(m->qdisc, p->type);
	int ret, want = 0;

	switch (op) {
	case 0:
	case 1:
		ret = qdisc_add(p->ifindex, kinds[kind]);
		if (m->qdisc)
			return ret < 0;
		model_qdisc(m, kind);
		break;
	case 2:
		ret = qdisc_del(p->ifindex);
		if (!m->qdisc)
			return ret < 0;
		model_qdisc(m, NONE);
		break;
	case 3:
		/* As tc(8) does it: not another kind. */
		ret = qdisc_modify(p->ifindex, kinds[kind],
				   NLM_F_CREATE | NLM_F_REPLACE, ffff);
		if (m->qdisc && m->qdisc != kind)
			return ret < 0;
		model_qdisc(m, kind);
		break;
	case 4:
		/* Another kind in its place, in one step. */
		ret = qdisc_modify(p->ifindex, kinds[kind],
				   NLM_F_CREATE | NLM_F_REPLACE, 0);
		*replaced = !m->tcx[0] && !m->tcx[1] && m->qdisc != kind &&
			    serves(m->qdisc, p->type);
		model_qdisc(m, kind);
		break;
	case 5:
		/* On an ingress qdisc what is meant for egress goes to ingress. */
		if (!can_filter)
			return true;
		ret = filter_bpf(p->ifindex, p->type, which + 1,
				 classic[which].fd, NLM_F_EXCL);
		if (m->filter[which])
			return ret == -EEXIST;
		m->filter[which] = true;
		break;
	case 6:
		if (!can_filter)
			return true;
		ret = filter_bpf(p->ifindex, p->type, which + 1,
				 classic[which].fd, 0);
		m->filter[which] = true;
		break;
	case 7:
		if (!can_filter)
			return true;
		ret = filter_del(p->ifindex, p->type, which + 1);
		if (!m->filter[which])
			return ret < 0;
		m->filter[which] = false;
		break;
	default:
		if (m->tcx[which]) {
			ret = which ? close(*link) :
				sys_prog_detach(p->ifindex, p->type, tcx->fd, 0,
						0, 0);
		} else if (which) {
			*link = sys_link_create(p->ifindex, p->type, tcx[1].fd,
						0, 0, 0);
			ret = *link < 0 ? *link : 0;
		} else {
			ret = sys_prog_attach(p->ifindex, p->type, tcx->fd, 0,
					      0, 0, 0);
		}
		m->tcx[which] = !m->tcx[which];
		m->revision++;
	}
	if (!serves(m->qdisc, p->type) && !m->tcx[0] && !m->tcx[1])
		m->revision = 1;
	return ret == want;
}

TEST_F_TIMEOUT(walk, any_order, 120)
{
	const char *dev = scene_dev(variant->type);
	const struct point p = { dev_index(dev), variant->type };
	struct prog classic[] = { prog_classic(), prog_classic() };
	struct prog tcx[] = { prog_step(), prog_step() };
	unsigned int seed = env_number("TCX_SEED", 1);
	long steps = env_number("TCX_STEPS", 400), i;
	bool module = !access(TCX_BACKPORT_DEVICE, F_OK);
	struct model m = { .revision = 1 };
	struct frame frame;
	int k, link = -1, at_b = packet_socket("b", DP_PROTO);

	srandom(seed);
	for (i = 0; i < steps; i++) {
		int before = row_begin(_metadata);
		int op = random() % WALK_OPS, which = random() % 2;
		bool replaced = false;

		EXPECT_TRUE(walk_step(&m, &p, classic, tcx, &link, op, which,
				      &replaced));
		/* Natively the count goes on. The module keeps it for the sake
		 * of the qdisc that was there, and cannot see who came after.
		 */
		if (replaced && module)
			m.revision = 1;
		expect_point(_metadata, &p, m.tcx[0] + m.tcx[1], m.revision);
		for (k = 0; k < 2; k++) {
			forget(&classic[k]);
			forget(&tcx[k]);
		}
		send_test_frame("b", "a");
		EXPECT_TRUE(packet_recv(at_b, &frame, WAIT_MS));
		for (k = 0; k < 2; k++) {
			EXPECT_EQ(m.filter[k], classic[k].dp->packets);
			EXPECT_EQ(m.tcx[k], tcx[k].dp->packets);
		}
		row_end(_metadata, before,
			"step %ld: op %d.%d leads to qdisc '%s', filters %d %d, tcx %d %d",
			i, op, which, kinds[m.qdisc], m.filter[0], m.filter[1],
			m.tcx[0], m.tcx[1]);
		/* From here on the model is wrong anyway. */
		if (!_metadata->passed)
			break;
	}
	TH_LOG("seed %u", seed);
}

/* What is on the device, and on the other side of clsact, when it goes. */
TEST_F_TIMEOUT(walk, device_goes_with_both, 60)
{
	int round;

	for (round = 0; round < 12; round++) {
		struct prog classic = prog_classic(), tcx = prog_step();
		const char *dev = scene_dev(variant->type);
		int link = -1;

		if (round & 1)
			attach(dev, variant->type, &tcx);
		tc_hook(dev);
		tc_filter(dev, variant->type, &classic);
		if (round & 2)
			link = sys_link_create(dev_index(dev), variant->type,
					       tcx.fd, 0, 0, 0);
		send_test_frame("b", "a");
		EXPECT_EQ(1, seen(&classic, 1));
		/* Attached twice it cannot be. */
		EXPECT_EQ((round & 3) == 3, link == -EEXIST);
		EXPECT_EQ(!!(round & 3), tcx.dp->packets);
		if (round & 4)
			tc_unhook(dev);
		ASSERT_EQ(0, link_del(dev_index(dev)));
		close(link);
		prog_free(&classic);
		prog_free(&tcx);
		dev_pair("a", "b", -1);
	}
}

/* A device that moves loses its qdiscs and keeps its programs. */
TEST_F_TIMEOUT(walk, device_moves_with_both, 60)
{
	struct prog classic = prog_classic(), tcx = prog_step();
	const char *dev = scene_dev(variant->type);
	int there, round, here = self->home;
	struct frame frame = test_frame("b", "a");

	there = ns_new();
	ns_enter(here);
	attach(dev, variant->type, &tcx);
	for (round = 0; round < 6; round++) {
		int next = here == self->home ? there : self->home;

		ns_enter(here);
		tc_hook(dev);
		tc_filter(dev, variant->type, &classic);
		forget(&tcx);
		forget(&classic);
		ASSERT_EQ(0, link_move(dev_index(dev), next));
		ns_enter(next);
		ip("link set dev %s up\n", dev);
		here = next;
		/* The sender is in its own namespace, wherever that is. */
		ns_enter(variant->type == EGRESS ? here : self->home);
		/* Until the device has its queue again, after a while. */
		wait_for(!packet_send("a", &frame) && tcx.dp->packets);
		forget(&tcx);
		packet_send("a", &frame);
		EXPECT_EQ(1, seen(&tcx, 1));
		EXPECT_EQ(0, classic.dp->packets);

		ns_enter(here);
		tc_hook(dev);
		tc_filter(dev, variant->type, &classic);
		ns_enter(variant->type == EGRESS ? here : self->home);
		packet_send("a", &frame);
		EXPECT_EQ(1, seen(&classic, 1));
		EXPECT_EQ(2, tcx.dp->packets);
		ns_enter(here);
		tc_unhook(dev);
	}
	/* And it dies there. */
	tc_hook(dev);
	tc_filter(dev, variant->type, &classic);
	ASSERT_EQ(0, link_del(dev_index(dev)));
}

/*
 * All at once.
 */
FIXTURE(traffic) {
	struct tc_traffic t;
};

FIXTURE_SETUP(traffic)
{
	struct tc_traffic *t = &self->t;
	int i, k;

	ns_new();
	t->tap = tun_add("t", 0, IFF_TAP);
	ASSERT_GE(t->tap, 0);
	ip("link set dev t up\n");
	ASSERT_GT(dummy_add("u"), 0);
	t->points[0] = (struct point){ dev_index("t"), INGRESS };
	t->points[1] = (struct point){ dev_index("u"), EGRESS };
	for (i = 0; i < 2; i++) {
		t->exact[i] = prog_classic();
		t->other[i] = prog_step();
		t->link[i] = -1;
		for (k = 0; k < 2; k++) {
			t->replaced[i][k] = prog_classic();
			t->by_link[i][k] = prog_step();
			t->plain[i][k] = prog_step();
		}
	}
	t->stop = mmap(NULL, sizeof(*t->stop), PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, (void *)t->stop);
}

FIXTURE_TEARDOWN(traffic)
{
}

#define expect_nothing_left() do {					\
	ASSERT_EQ(0, link_del(t->points[0].ifindex));			\
	ASSERT_EQ(0, link_del(t->points[1].ifindex));			\
	EXPECT_TRUE(wait_for(no_module_user("cls_flower")));		\
	EXPECT_TRUE(wait_for(no_module_user("cls_bpf")));		\
	EXPECT_TRUE(wait_for(no_module_user("sch_ingress")));		\
} while (0)

#define add_qdiscs() do {						\
	ASSERT_EQ(0, qdisc_add(t->points[0].ifindex, "clsact"));	\
	ASSERT_EQ(0, qdisc_add(t->points[1].ifindex, "clsact"));	\
} while (0)

static char *all_filters(void)
{
	return output_of("tc filter show dev t ingress; tc filter show dev u egress; "
			 "tc qdisc show");
}

/* Filters and programs change, both by several processes; one filter stays. */
TEST_F_TIMEOUT(traffic, filters_and_programs_change, 200)
{
	struct tc_traffic *t = &self->t;
	long packets = env_number("TCX_PACKETS", 80000);
	char *before, *after;
	int i;

	add_qdiscs();
	add_exact_filters(t);
	attach_exact(t);
	before = all_filters();
	for (i = 0; i < 3; i++)
		worker(t, work_flower, i);
	worker(t, work_replace_filter, 0);
	worker(t, work_other, 0);
	worker(t, work_replace_plain, 0);
	worker(t, work_link_update, 0);
	EXPECT_EQ(0, run_traffic(t, packets));
	for (i = 0; i < 2; i++) {
		EXPECT_EQ(packets, both(t->by_link[i]));
		EXPECT_EQ(packets, both(t->plain[i]));
		EXPECT_EQ(packets, t->exact[i].dp->packets);
		EXPECT_GT(t->other[i].dp->packets, 0);
		EXPECT_EQ(0, filter_del(t->points[i].ifindex,
					t->points[i].type, PRIO_REPLACED));
	}
	after = all_filters();
	EXPECT_STREQ(before, after);
	expect_nothing_left();
}

/* The qdisc itself comes and goes, and filters with it or too late. */
TEST_F_TIMEOUT(traffic, qdiscs_come_and_go, 200)
{
	struct tc_traffic *t = &self->t;
	long packets = env_number("TCX_PACKETS", 80000);
	int i;

	attach_exact(t);
	worker(t, work_qdisc, 0);
	for (i = 0; i < 2; i++)
		worker(t, work_flower, i);
	worker(t, work_replace_filter, 0);
	worker(t, work_other, 0);
	worker(t, work_link_update, 0);
	EXPECT_EQ(0, run_traffic(t, packets));
	for (i = 0; i < 2; i++) {
		EXPECT_EQ(packets, both(t->by_link[i]));
		EXPECT_EQ(packets, both(t->plain[i]));
	}
	expect_nothing_left();
}

/* The attach point itself comes and goes: classic tc must not miss a packet. */
TEST_F_TIMEOUT(traffic, attach_points_come_and_go, 200)
{
	struct tc_traffic *t = &self->t;
	long packets = env_number("TCX_PACKETS", 80000);
	int i;

	add_qdiscs();
	add_exact_filters(t);
	worker(t, work_other, 0);
	for (i = 0; i < 2; i++)
		worker(t, work_flower, i);
	worker(t, work_replace_filter, 0);
	EXPECT_EQ(0, run_traffic(t, packets));
	for (i = 0; i < 2; i++) {
		EXPECT_EQ(packets, t->exact[i].dp->packets);
		EXPECT_GT(t->other[i].dp->packets, 0);
	}
	expect_nothing_left();
}

/* What is attached sees the very next packet, and what is detached no more,
 * although swaps of filters are under way at that moment: they must neither put
 * the attach point out of its place nor miss that it has gone.
 */
TEST_F_TIMEOUT(traffic, attached_is_seen, 200)
{
	struct tc_traffic *t = &self->t;
	const long rounds = env_number("TCX_ROUNDS", 300);
	__u64 classic[2] = {}, tcx[2] = {};
	long round;
	int i;

	add_qdiscs();
	add_exact_filters(t);
	for (i = 0; i < 3; i++)
		worker(t, work_flower, i);
	for (round = 0; round < rounds && _metadata->passed; round++) {
		for (i = 0; i < 2; i++) {
			const struct point *p = &t->points[i];
			int fd = t->other[i].fd;

			ASSERT_EQ(0, sys_prog_attach(p->ifindex, p->type, fd, 0,
						     0, 0, 0));
			/* Long enough for a swap to end meanwhile. */
			usleep(round % 8 * 4000);
			(i ? send_egress : send_ingress)(t, 3);
			tcx[i] += 3;
			EXPECT_EQ(tcx[i], t->other[i].dp->packets);
			ASSERT_EQ(0, sys_prog_detach(p->ifindex, p->type, fd, 0,
						     0, 0));
			usleep(round % 5 * 4000);
			(i ? send_egress : send_ingress)(t, 2);
			classic[i] += 5;
			EXPECT_EQ(tcx[i], t->other[i].dp->packets);
			EXPECT_EQ(classic[i], t->exact[i].dp->packets);
		}
	}
	EXPECT_EQ(0, run_traffic(t, 0));
	expect_nothing_left();
}

TEST_HARNESS_MAIN
