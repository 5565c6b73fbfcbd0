// SPDX-License-Identifier: GPL-2.0
/*
 * A pin is a link's last reference and is removed. Some kernels drop such a
 * reference in an RCU callback, where nobody may wait for RTNL, whose holder may
 * wait for that very callback's end. So: many pins removed at once, while others
 * wait for grace periods under RTNL, look the links up, take their device away,
 * or unload the module.
 *
 *   UNPIN_ROUNDS	how often (30)
 */
#include <pthread.h>

#include "kselftest_harness.h"

#include "link_fixture.h"

#define PROGS	4
#define LINKS	(2 * PROGS)	/* each program at both points */

static int rounds(void)
{
	return env_number("UNPIN_ROUNDS", 30);
}

static const char *pin(int i)
{
	static char path[LINKS][32];

	snprintf(path[i], sizeof(path[i]), BPFFS "/%d", i);
	return path[i];
}

/* Makes links that only their pins hold; their ids if anybody wants them. */
static int pin_links(struct point *const *points, const int *progs, int *ids)
{
	int i, fd, ret;

	for (i = 0; i < LINKS; i++) {
		fd = point_link(points[i & 1], progs[i / 2]);
		if (fd < 0)
			return -fd;
		ret = obj_pin(fd, pin(i));
		if (ids)
			ids[i] = link_id(fd);
		close(fd);
		if (ret)
			return -ret;
	}
	return 0;
}

static int unpin_links(void)
{
	int i, ret = 0;

	for (i = 0; i < LINKS; i++)
		if (unlink(pin(i)))
			ret = errno;
	return ret;
}

/* Waits for grace periods under RTNL, over and over. */
struct busy {
	_Atomic unsigned long rounds;
	_Atomic bool stop;
	int err;
	pthread_t thread;
};

static void *busy_loop(void *arg)
{
	struct busy *busy = arg;
	char name[IFNAMSIZ];
	int ifindex;

	snprintf(name, sizeof(name), "busy%u", (unsigned int)gettid());
	while (!busy->stop) {
		ifindex = dummy_add(name);
		busy->err = ifindex < 0 ? ifindex : link_del(ifindex);
		if (busy->err)
			break;
		busy->rounds++;
	}
	return NULL;
}

/* RTNL is not fair: there are rounds until the busy ones have had some, too. */
static bool goes_on(int round, int end, const struct busy *busy, int n)
{
	int i;

	if (round < end)
		return true;
	for (i = 0; i < n; i++)
		if (busy[i].rounds < 2 && !busy[i].err)
			return round < 100 * end;
	return false;
}

#define busy_start(busy) \
	ASSERT_EQ(0, pthread_create(&(busy)->thread, NULL, busy_loop, busy))

#define busy_stop(busy) do {						\
	(busy)->stop = true;						\
	ASSERT_EQ(0, pthread_join((busy)->thread, NULL));		\
	EXPECT_EQ(0, (busy)->err);					\
	EXPECT_GT((busy)->rounds, 1);					\
} while (0)

/* Until the links have gone: there is no end of a grace period to wait for. */
static bool emptied(const struct point *p)
{
	int tries = 500 * env_number("TCX_SLOWNESS", 1);

	while (point_query(p).count && tries--)
		sleep_ms(20);
	return !point_query(p).count;
}

#define expect_emptied() do {						\
	EXPECT_TRUE(emptied(&self->in));				\
	EXPECT_TRUE(emptied(&self->out));				\
} while (0)

#define expect_nothing_left() do {					\
	int __i;							\
									\
	EXPECT_EQ(self->links, links_settle(self->links));		\
	for (__i = 0; __i < PROGS; __i++) {				\
		forget_prog(__i);					\
		EXPECT_TRUE(prog_gone(self->ids[__i]));			\
	}								\
} while (0)

TEST_F_TIMEOUT(link, while_others_wait, LONG)
{
	struct busy busy[2] = {};
	int round;

	busy_start(&busy[0]);
	busy_start(&busy[1]);
	for (round = 0; goes_on(round, rounds(), busy, 2) && _metadata->passed; round++) {
		ASSERT_EQ(0, pin_links(self->points, self->progs, NULL));
		expect_count(&self->in, PROGS);
		expect_count(&self->out, PROGS);
		ASSERT_EQ(0, unpin_links());
		expect_emptied();
	}
	busy_stop(&busy[0]);
	busy_stop(&busy[1]);
	expect_nothing_left();
}

/* Who gets the link in the last moment has a whole one; who does not, none. */
TEST_F_TIMEOUT(link, while_others_look, LONG)
{
	struct busy busy = {};
	int round, i, ids[LINKS];
	long found = 0;

	busy_start(&busy);
	for (round = 0; goes_on(round, rounds(), &busy, 1) && _metadata->passed; round++) {
		bool there = true;

		ASSERT_EQ(0, pin_links(self->points, self->progs, ids));
		ASSERT_EQ(0, unpin_links());
		while (there) {
			there = false;
			for (i = 0; i < LINKS; i++) {
				int fd = tcx_link_by_id(ids[i]);

				if (fd < 0) {
					EXPECT_EQ(-ENOENT, fd);
					continue;
				}
				there = true;
				found++;
				EXPECT_EQ(self->in.ifindex,
					  tcx_link_info(fd).ifindex);
				if (i == round % LINKS) {
					EXPECT_EQ(0, tcx_link_detach(fd));
					EXPECT_EQ(0, tcx_link_info(fd).ifindex);
					ids[i] = 0;
				}
				close(fd);
			}
		}
		expect_emptied();
	}
	busy_stop(&busy);
	TH_LOG("found %ld times", found);
	expect_nothing_left();
}

TEST_F_TIMEOUT(link, while_their_device_goes, LONG)
{
	struct busy busy = {};
	int round;

	busy_start(&busy);
	for (round = 0; goes_on(round, rounds(), &busy, 1) && _metadata->passed; round++) {
		ASSERT_EQ(0, pin_links(self->points, self->progs, NULL));
		ASSERT_EQ(0, unpin_links());
		/* Sooner or later than a grace period. */
		sleep_ms(round % 6 * 5);
		ASSERT_EQ(0, link_del(self->in.ifindex));
		self->in.ifindex = dummy_add("dev");
		ASSERT_GT(self->in.ifindex, 0);
		self->out.ifindex = self->in.ifindex;
		expect_count(&self->in, 0);
		expect_count(&self->out, 0);
	}
	busy_stop(&busy);
	expect_nothing_left();
}

/* In a process of its own, which holds the module only so long. */
static int pin_and_unpin(struct point *const *points, const int *progs)
{
	return pin_links(points, progs, NULL) ?: unpin_links();
}

/* Natively the rounds are the same, without a module. */
TEST_F_TIMEOUT(link, while_the_module_goes, LONG)
{
	/* To be loaded for bpf(2) takes longer: that one is redirected, too. */
	int round, end = sys_interface_is_ioctl() ? rounds() : rounds() / 5;
	bool module = module_loaded();
	struct busy busy = {};

	busy_start(&busy);
	for (round = 0; goes_on(round, end, &busy, 1) && _metadata->passed; round++) {
		ASSERT_EQ(0, in_child(pin_and_unpin(self->points, self->progs)));
		if (module) {
			ASSERT_EQ(0, module_unload());
			ASSERT_EQ(0, module_load());
		} else {
			/* Links are freed by and by. */
			expect_emptied();
		}
	}
	busy_stop(&busy);
	expect_nothing_left();
}

TEST_HARNESS_MAIN
