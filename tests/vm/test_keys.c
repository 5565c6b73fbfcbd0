// SPDX-License-Identifier: GPL-2.0
/*
 * The static keys by which packets come to the hooks at all: on while something
 * is attached and some seconds longer, and counted exactly, whatever comes in
 * which order. One count too many, and every packet of the host pays for ever;
 * one too few, and others' hooks are no longer called.
 *
 * kmod: key_counts
 * needs: nft
 */
#include "kselftest_harness.h"

#include "kmod.h"
#include "module.h"
#include "nft_chains.h"
#include "point.h"

#define COUNTS	4	/* queue, then netfilter: ingress, egress each */
#define LINGER	10000	/* ms, in the module */

struct counts {
	int at[COUNTS];
};

static struct counts counts_read(void)
{
	struct counts c = { { -9, -9, -9, -9 } };
	char line[128];

	if (kmod_param_get("key_counts", "counts", line, sizeof(line)) > 0)
		sscanf(line, "%d %d %d %d", &c.at[0], &c.at[1], &c.at[2],
		       &c.at[3]);
	return c;
}

static bool counts_are(const struct counts *want)
{
	struct counts c = counts_read();

	return !memcmp(&c, want, sizeof(c));
}

FIXTURE(keys) {
	bool netfilter;
	struct counts base;	/* with nothing of ours */
	struct counts held[2];	/* one direction more, both */
	struct point in, out, other;
	int prog;
};

/* What earlier tests have left in dying namespaces goes first. */
static struct counts counts_settle(void)
{
	struct counts c = counts_read();
	int still, tries;

	for (still = tries = 0; still < 10 && tries < 100; tries++) {
		sleep_ms(100);
		still = counts_are(&c) ? still + 1 : 0;
		c = counts_read();
	}
	return c;
}

FIXTURE_SETUP(keys)
{
	int i;

	kmod_unload("key_counts");
	ASSERT_EQ(0, kmod_load("key_counts", ""));
	ASSERT_EQ(0, module_references_settle());
	self->netfilter = in_child(hook_is_netfilter());
	/* Without its keys. */
	ASSERT_EQ(0, module_unload());
	self->base = counts_settle();
	for (i = 0; i < 2; i++)
		ASSERT_GE(self->base.at[i], 0);
	ASSERT_EQ(0, module_load());
	EXPECT_TRUE(counts_are(&self->base));

	self->held[0] = self->base;
	self->held[0].at[0]++;
	self->held[0].at[2] += self->netfilter;
	self->held[1] = self->held[0];
	self->held[1].at[1]++;
	self->held[1].at[3] += self->netfilter;

	ASSERT_GE(point_new(&self->in), 0);
	self->out = (struct point){ self->in.ifindex, BPF_TCX_EGRESS };
	self->other = (struct point){ dummy_add("other"), BPF_TCX_INGRESS };
	ASSERT_GT(self->other.ifindex, 0);
	self->prog = cls_load();
	ASSERT_GT(self->prog, 0);
}

FIXTURE_TEARDOWN(keys)
{
	if (!module_loaded())
		module_load();
	kmod_unload("key_counts");
}

#define child_ok(what) EXPECT_EQ(0, in_child(-(what)))

#define expect_counts(want) do {					\
	struct counts __now = counts_read();				\
									\
	EXPECT_TRUE(counts_are(&(want))) {				\
		TH_LOG("counts %d %d %d %d", __now.at[0], __now.at[1],	\
		       __now.at[2], __now.at[3]);			\
	}								\
} while (0)

/* They linger, but not for ever. */
#define expect_back_to_base() do {					\
	int __tries;							\
									\
	for (__tries = 0; !counts_are(&self->base) &&			\
			  __tries < LINGER / 100 + 100; __tries++)	\
		sleep_ms(100);						\
	expect_counts(self->base);					\
} while (0)

#define both_directions(what) do {					\
	child_ok(what(&self->in, self->prog));				\
	child_ok(what(&self->out, self->prog));				\
} while (0)

TEST_F_TIMEOUT(keys, programs_come_and_go, 120)
{
	int i;

	child_ok(point_attach(&self->in, self->prog));
	expect_counts(self->held[0]);
	child_ok(point_attach(&self->other, self->prog));
	expect_counts(self->held[0]);
	child_ok(point_attach(&self->out, self->prog));
	expect_counts(self->held[1]);
	child_ok(point_detach(&self->other, self->prog));
	both_directions(point_detach);
	expect_counts(self->held[1]);
	for (i = 0; i < 10; i++) {
		both_directions(point_attach);
		both_directions(point_detach);
	}
	expect_counts(self->held[1]);
	expect_back_to_base();

	/* The devices are known now. */
	both_directions(point_attach);
	expect_counts(self->held[1]);
	both_directions(point_detach);
	expect_back_to_base();
}

TEST_F_TIMEOUT(keys, devices_die, 120)
{
	both_directions(point_attach);
	child_ok(point_attach(&self->other, self->prog));
	ASSERT_EQ(0, link_del(self->in.ifindex));
	expect_counts(self->held[1]);
	child_ok(point_detach(&self->other, self->prog));
	expect_back_to_base();

	/* One that has had a program, long after. */
	ASSERT_EQ(0, link_del(self->other.ifindex));
	expect_back_to_base();
}

TEST_F_TIMEOUT(keys, module_unloaded, 60)
{
	both_directions(point_attach);
	both_directions(point_detach);
	child_ok(point_attach(&self->other, self->prog));
	child_ok(point_detach(&self->other, self->prog));
	ASSERT_EQ(0, module_references_settle());
	ASSERT_EQ(0, module_unload());
	expect_counts(self->base);
	ASSERT_EQ(0, link_del(self->in.ifindex));
	expect_counts(self->base);
}

/* A request that is refused by netfilter itself has held them already. */
TEST_F_TIMEOUT(keys, no_place_for_the_hook, 120)
{
	int i, ret;

	ASSERT_EQ(0, system("nft 'add table netdev t'"));
	ASSERT_EQ(0, chains("add", 0, HOOKS_MAX, "ingress"));
	self->base = counts_settle();
	for (i = 0; i < 3; i++) {
		ret = in_child(-point_attach(&self->in, self->prog));
		EXPECT_EQ(self->netfilter ? E2BIG : 0, ret);
		if (!ret)
			child_ok(point_detach(&self->in, self->prog));
	}
	expect_back_to_base();
}

TEST_HARNESS_MAIN
