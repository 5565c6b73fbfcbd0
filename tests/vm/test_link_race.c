// SPDX-License-Identifier: GPL-2.0
/*
 * Links that change while others look: an update between two packets, and an
 * owner that closes what others name.
 */
#include <pthread.h>

#include "kselftest_harness.h"

#include "link_fixture.h"

/* LINK_RACE_SECONDS in the environment says otherwise: tests/vm/run --set. */
#define RACE_SECONDS	60

/*
 * Two versions of a program take turns in one place, between two others that
 * count, too: each packet has met exactly one of the two.
 */
#define UPDATES	600

FIXTURE(atomic) {
	int left, right;
};

FIXTURE_VARIANT(atomic) {
	bool ingress;
};

FIXTURE_VARIANT_ADD(atomic, ingress) {
	.ingress = true,
};

FIXTURE_VARIANT_ADD(atomic, egress) {
	.ingress = false,
};

FIXTURE_SETUP(atomic)
{
	ASSERT_GE(netns_new(), 0);
	ASSERT_EQ(0, devices_silent());
	self->left = veth_add("left", "right");
	self->right = if_nametoindex("right");
	ASSERT_GT(self->left, 0);
	ASSERT_EQ(0, device_up(self->left));
	ASSERT_EQ(0, device_up(self->right));
}

FIXTURE_TEARDOWN(atomic)
{
}

enum { FIRST, VERSION1, VERSION2, LAST, SLOTS };

static bool settled(int map)
{
	__u64 before = counter_read(map, FIRST);

	sleep_ms(100);
	return counter_read(map, FIRST) == before &&
	       counter_read(map, LAST) == before;
}

TEST_F_TIMEOUT(atomic, update, LONG)
{
	struct point p = {
		variant->ingress ? self->right : self->left,
		variant->ingress ? BPF_TCX_INGRESS : BPF_TCX_EGRESS,
	};
	struct traffic traffic[2] = {
		{ .ifindex = { self->left } },
		{ .ifindex = { self->left } },
	};
	int map = counters_create(SLOTS), progs[SLOTS], link, i;
	__u64 counts[SLOTS];

	for (i = 0; i < SLOTS; i++) {
		progs[i] = counter_load(map, i);
		ASSERT_GT(progs[i], 0);
	}
	ASSERT_EQ(0, point_attach(&p, progs[FIRST]));
	link = point_link(&p, progs[VERSION1]);
	ASSERT_GT(link, 0);
	ASSERT_EQ(0, point_attach(&p, progs[LAST]));

	for (i = 0; i < 2; i++)
		ASSERT_EQ(0, traffic_start(&traffic[i]));
	for (i = 0; i < UPDATES; i++) {
		bool second = i & 1;

		EXPECT_EQ(0, tcx_link_update_flags(link,
						   progs[VERSION2 - second],
						   BPF_F_REPLACE,
						   progs[VERSION1 + second]));
		if (i % 5 == 0)
			sleep_ms(5);
	}
	for (i = 0; i < 2; i++)
		traffic_stop(&traffic[i]);
	for (i = 0; i < 50 && !settled(map); i++)
		;
	for (i = 0; i < SLOTS; i++)
		counts[i] = counter_read(map, i);
	TH_LOG("%llu packets, %llu and %llu of them by version",
	       (unsigned long long)counts[FIRST],
	       (unsigned long long)counts[VERSION1],
	       (unsigned long long)counts[VERSION2]);
	EXPECT_GT(counts[VERSION1], 0);
	EXPECT_GT(counts[VERSION2], 0);
	EXPECT_EQ(counts[FIRST], counts[VERSION1] + counts[VERSION2]);
	EXPECT_EQ(counts[FIRST], counts[LAST]);
	expect_revision(&p, 4 + UPDATES);
}

/*
 * An owner makes and closes a link over and over, while others name it as the
 * relative of theirs. The last reference is then often theirs to drop: on a
 * kernel that frees a link at once that calls release(), which takes RTNL.
 */
struct race {
	const struct point *point;
	int prog;
	bool by_id;
	_Atomic int *anchor_fd, *anchor_id;
	_Atomic bool *stop;
	unsigned long made, missed, strange;
	int strange_ret;
	pthread_t thread;
};

static void *race_owner(void *arg)
{
	struct race *r = arg;

	while (!*r->stop) {
		int fd = point_link(r->point, r->prog);

		/* A neighbour has not yet let go of the one before. */
		if (fd == -EEXIST) {
			r->missed++;
			continue;
		}
		if (fd < 0) {
			r->strange++;
			r->strange_ret = fd;
			continue;
		}
		r->made++;
		*r->anchor_fd = fd;
		*r->anchor_id = link_id(fd);
		if (r->made % 4 == 0)
			sched_yield();
		close(fd);
	}
	return NULL;
}

static void *race_neighbour(void *arg)
{
	struct race *r = arg;

	while (!*r->stop) {
		__u32 flags = BPF_F_LINK | (r->by_id ? BPF_F_ID : 0) |
			      (r->made & 1 ? BPF_F_BEFORE : BPF_F_AFTER);
		__u32 anchor = r->by_id ? *r->anchor_id : *r->anchor_fd;
		int ret = sys_link_create(r->point->ifindex, r->point->type,
					  r->prog, flags, anchor, 0);

		if (ret >= 0) {
			r->made++;
			close(ret);
		} else if (ret == -ENOENT || ret == -EBADF || ret == -EINVAL ||
			   ret == -EAGAIN || ret == -EEXIST) {
			/* Gone; or the number is now of something else, of the
			 * other neighbour's link even, which then lives on for
			 * a moment.
			 */
			r->missed++;
		} else {
			r->strange++;
			r->strange_ret = ret;
		}
	}
	return NULL;
}

TEST_F_TIMEOUT(link, anchor_closed_meanwhile, 300)
{
	_Atomic int anchor_fd = FD_CLOSED, anchor_id = 0x7fffffff;
	int seconds = env_number("LINK_RACE_SECONDS", RACE_SECONDS), i, fd;
	_Atomic bool stop = false;
	struct race racers[3];
	unsigned int start;

	for (i = 0; i < 3; i++) {
		racers[i] = (struct race){
			.point = &self->in,
			.prog = self->progs[i],
			.by_id = i == 2,
			.anchor_fd = &anchor_fd,
			.anchor_id = &anchor_id,
			.stop = &stop,
		};
		ASSERT_EQ(0, pthread_create(&racers[i].thread, NULL,
					    i ? race_neighbour : race_owner,
					    &racers[i]));
	}
	sleep_ms(seconds * 1000);

	/* Everything still answers, already while it goes on. */
	start = now_ms();
	EXPECT_GT(dummy_add("answers"), 0);
	EXPECT_LT(now_ms() - start, 5000);
	stop = true;
	for (i = 0; i < 3; i++) {
		ASSERT_EQ(0, pthread_join(racers[i].thread, NULL));
		TH_LOG("%s: %lu made, %lu refused", i == 0 ? "owner" :
		       i == 1 ? "by fd" : "by id", racers[i].made,
		       racers[i].missed);
		EXPECT_EQ(0, racers[i].strange) {
			TH_LOG("%d", racers[i].strange_ret);
		}
		EXPECT_GT(racers[i].made, 0);
	}
	EXPECT_EQ(self->links, links_settle(self->links));

	start = now_ms();
	EXPECT_GT(dummy_add("after"), 0);
	fd = point_link(&self->in, self->progs[0]);
	EXPECT_GT(fd, 0);
	EXPECT_EQ(0, point_attach(&self->in, self->progs[3]));
	expect_count(&self->in, 2);
	close(fd);
	EXPECT_EQ(0, link_del(self->in.ifindex));
	EXPECT_LT(now_ms() - start, 1000);
}

TEST_HARNESS_MAIN
