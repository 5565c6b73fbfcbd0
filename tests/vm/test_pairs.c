// SPDX-License-Identifier: GPL-2.0
/*
 * Every two kinds of requests at the same time, on one attach point: two
 * threads, each repeating its own as fast as it can. Each sees nothing but its
 * own success, the revision counts exactly what both have changed, a program
 * that is there all the time counts every packet, and what was attached before
 * is attached afterwards.
 *
 * Also what brings data races to light on 6.1-kcsan: that looks at few accesses,
 * so both of a pair have to happen often.
 *
 *   PAIR_MS	how long each two of them run (100)
 *   PAIR	only pairs with this kind
 */
#include <pthread.h>
#include <sched.h>
#include <time.h>

#include "kselftest_harness.h"

#include "link.h"
#include "netns.h"
#include "point.h"

#define PAIR_MS		100
#define PAIR_LIMIT	300	/* seconds, for all pairs */
#define PACKETS_AHEAD	100	/* more, and a veth may drop some */

/* What both threads work on. */
struct stage {
	struct point point;
	int out;		/* packets to this device reach the point */
	int map;
	int counter;		/* program, always there */
	int link, link_prog;	/* always there, with this or other programs */
	__u64 deadline;
	_Atomic unsigned long sent;
};

struct racer {
	struct stage *stage;
	const struct kind *kind;
	int number;
	int progs[2];
	int packets;		/* a socket */
	unsigned int rounds;
	unsigned int changes;	/* of the attach point */
	__u64 revision;		/* seen last */
	int line;		/* where a round went wrong, and how */
	long ret;
};

/* Once there and back; returns how often the attach point has changed, or
 * -1 if something was not as it should be.
 */
struct kind {
	const char *name;
	int (*round)(struct racer *r);
	bool module_only;
};

#define must(cond, value) do {						\
	if (!(cond)) {							\
		r->line = __LINE__;					\
		r->ret = value;						\
		return -1;						\
	}								\
} while (0)

#define succeed(call) do {						\
	int __ret = call;						\
									\
	must(!__ret, __ret);						\
} while (0)

static int attach(struct racer *r)
{
	succeed(point_attach(&r->stage->point, r->progs[0]));
	succeed(point_detach(&r->stage->point, r->progs[0]));
	return 2;
}

static int attach_before(struct racer *r)
{
	const struct point *p = &r->stage->point;

	succeed(sys_prog_attach(p->ifindex, p->type, r->progs[0],
				BPF_F_BEFORE | BPF_F_LINK, 0, r->stage->link,
				0));
	succeed(point_detach(p, r->progs[0]));
	return 2;
}

static int replace(struct racer *r)
{
	const struct point *p = &r->stage->point;

	succeed(point_attach(p, r->progs[0]));
	succeed(sys_prog_attach(p->ifindex, p->type, r->progs[1],
				BPF_F_REPLACE, r->progs[0], 0, 0));
	succeed(point_detach(p, r->progs[1]));
	return 3;
}

static int link_closed(struct racer *r)
{
	int fd = point_link(&r->stage->point, r->progs[0]);

	must(fd >= 0, fd);
	close(fd);
	return 2;
}

static int link_detached(struct racer *r)
{
	int fd = point_link(&r->stage->point, r->progs[0]);

	must(fd >= 0, fd);
	succeed(tcx_link_update(fd, r->progs[1]));
	succeed(tcx_link_detach(fd));
	close(fd);
	return 3;
}

/* Of the one link by both: last come, last served. */
static int update(struct racer *r)
{
	succeed(tcx_link_update(r->stage->link, r->progs[r->rounds & 1]));
	return 1;
}

static int query(struct racer *r)
{
	const struct point_state state = point_query(&r->stage->point);
	unsigned int i;

	must(!state.ret, state.ret);
	must(state.count >= 2 && state.count <= 4, state.count);
	for (i = 0; i < state.count; i++)
		must(state.ids[i], i);
	must(state.revision >= r->revision, state.revision);
	r->revision = state.revision;
	return 0;
}

static int show(struct racer *r)
{
	const struct tcx_link_info info = tcx_link_info(r->stage->link);
	char text[1024], expected[64];

	must(info.type == 11, info.type);
	must(info.prog_id && info.prog_id != -1U, info.prog_id);
	must(info.ifindex == (__u32)r->stage->point.ifindex, info.ifindex);
	succeed(fdinfo_read(r->stage->link, text, sizeof(text), 512));
	snprintf(expected, sizeof(expected), "\nifindex:\t%d\n",
		 r->stage->point.ifindex);
	must(strstr(text, expected), 0);
	return 0;
}

static int progs_attached(void)
{
	struct tcx_backport_info info;

	return sys_ioctl(TCX_BACKPORT_INFO, &info) ?: (int)info.progs;
}

static int info(struct racer *r)
{
	int progs = progs_attached();

	must(progs >= 2 && progs <= 4, progs);
	return 0;
}

static int device(struct racer *r)
{
	int dev = dummy_add(r->number ? "other" : "another");
	const struct point p = { dev, r->stage->point.type };

	must(dev > 0, dev);
	succeed(point_attach(&p, r->progs[0]));
	succeed(link_del(dev));
	return 0;
}

/* Two that do this meet each other. */
static int qdisc(struct racer *r)
{
	int ret = qdisc_add(r->stage->point.ifindex, "clsact");

	must(!ret || ret == -EEXIST, ret);
	ret = qdisc_del(r->stage->point.ifindex);
	must(!ret || ret == -ENOENT || ret == -EINVAL, ret);
	return 0;
}

static int packets(struct racer *r)
{
	struct stage *s = r->stage;
	__u64 end = now_ms() + 10000;
	int ret;

	while (s->sent - counter_read(s->map, 0) > PACKETS_AHEAD) {
		must(now_ms() < end, s->sent);
		sched_yield();
	}
	s->sent++;
	ret = traffic_send(r->packets, s->out);
	if (ret)
		s->sent--;
	/* The socket has to wait until its packets have been received. */
	must(!ret || ret == -EAGAIN, ret);
	return 0;
}

static const struct kind kinds[] = {
	{ "attach", attach },
	{ "attach_before", attach_before },
	{ "replace", replace },
	{ "link_closed", link_closed },
	{ "link_detached", link_detached },
	{ "update", update },
	{ "query", query },
	{ "show", show },
	{ "info", info, true },
	{ "device", device },
	{ "qdisc", qdisc },
	{ "packets", packets },
};

static void *race(void *arg)
{
	struct racer *r = arg;
	int changes;

	do {
		changes = r->kind->round(r);
		if (changes < 0)
			break;
		r->changes += changes;
		r->rounds++;
	} while (now_ms() < r->stage->deadline);
	return NULL;
}

FIXTURE(pairs) {
	struct stage stage;
	struct racer racers[2];
};

FIXTURE_VARIANT(pairs) {
	int type;
};

FIXTURE_VARIANT_ADD(pairs, ingress) {
	.type = BPF_TCX_INGRESS,
};

FIXTURE_VARIANT_ADD(pairs, egress) {
	.type = BPF_TCX_EGRESS,
};

FIXTURE_SETUP(pairs)
{
	struct stage *s = &self->stage;
	int i, peer, tries;

	ASSERT_GE(netns_new(), 0);
	ASSERT_EQ(0, devices_silent());
	s->point.type = variant->type;
	s->point.ifindex = veth_add("dev", "peer");
	ASSERT_GT(s->point.ifindex, 0);
	peer = if_nametoindex("peer");
	ASSERT_EQ(0, device_up(s->point.ifindex));
	ASSERT_EQ(0, device_up(peer));
	s->out = variant->type == BPF_TCX_INGRESS ? peer : s->point.ifindex;

	s->map = counters_create(1);
	s->counter = counter_load(s->map, 0);
	s->link_prog = cls_load();
	ASSERT_EQ(0, point_attach(&s->point, s->counter));
	s->link = point_link(&s->point, s->link_prog);
	ASSERT_GT(s->link, 0);
	/* The namespace of the case before may still be dying. */
	for (tries = 0; !is_native() && progs_attached() != 2; tries++) {
		ASSERT_LT(tries, 500);
		sleep_ms(20);
	}
	for (i = 0; i < 2; i++) {
		struct racer *r = &self->racers[i];

		r->stage = s;
		r->number = i;
		r->progs[0] = cls_load();
		r->progs[1] = cls_load();
		r->packets = socket(AF_PACKET, SOCK_RAW, 0);
		ASSERT_GE(r->packets, 0);
	}
}

FIXTURE_TEARDOWN(pairs)
{
}

static void pair(struct __test_metadata *_metadata, struct stage *s,
		 struct racer *racers)
{
	__u64 revision = point_query(&s->point).revision, end;
	struct point_state state;
	pthread_t threads[2];
	int i;

	s->deadline = now_ms() + env_number("PAIR_MS", PAIR_MS);
	for (i = 0; i < 2; i++) {
		racers[i].rounds = 0;
		racers[i].changes = 0;
		racers[i].revision = 0;
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, race,
					    &racers[i]));
	}
	for (i = 0; i < 2; i++)
		ASSERT_EQ(0, pthread_join(threads[i], NULL));

	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, racers[i].line) {
			TH_LOG("%s beside %s: round %u went wrong in line %d: %ld",
			       racers[i].kind->name, racers[!i].kind->name,
			       racers[i].rounds, racers[i].line,
			       racers[i].ret);
		}
		ASSERT_GT(racers[i].rounds, 0);
		revision += racers[i].changes;
	}

	/* The last packets may still be on their way. */
	for (end = now_ms() + 10000; now_ms() < end; sleep_ms(10))
		if (counter_read(s->map, 0) == s->sent)
			break;
	EXPECT_EQ(s->sent, counter_read(s->map, 0));

	state = point_query(&s->point);
	EXPECT_EQ(revision, state.revision);
	EXPECT_EQ(2, state.count);
	EXPECT_EQ(prog_id(s->counter), (int)state.ids[0]);
	ASSERT_EQ(0, tcx_link_update(s->link, s->link_prog));
	EXPECT_EQ(prog_id(s->link_prog), (int)point_query(&s->point).ids[1]);
}

static bool wanted(const struct kind *kind)
{
	return !kind->module_only || !is_native();
}

TEST_F_TIMEOUT(pairs, all, PAIR_LIMIT)
{
	const char *only = getenv("PAIR");
	const struct kind *one, *two;

	for (one = kinds; one < kinds + ARRAY_SIZE(kinds); one++)
		for (two = one; two < kinds + ARRAY_SIZE(kinds); two++) {
			if (!wanted(one) || !wanted(two))
				continue;
			if (only && strcmp(only, one->name) &&
			    strcmp(only, two->name))
				continue;
			self->racers[0].kind = one;
			self->racers[1].kind = two;
			pair(_metadata, &self->stage, self->racers);
			if (!_metadata->passed)
				TH_LOG("%s beside %s: %u and %u rounds",
				       one->name, two->name,
				       self->racers[0].rounds,
				       self->racers[1].rounds);
			ASSERT_TRUE(_metadata->passed);
		}
}

TEST_HARNESS_MAIN
