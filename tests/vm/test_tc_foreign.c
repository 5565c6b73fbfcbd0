// SPDX-License-Identifier: GPL-2.0
/*
 * Somebody else writes where the tc hook stands: his pointer is left there, the
 * log tells of it, and what comes next is as if nothing had been. The netfilter
 * hook has nothing to do with that place.
 *
 * kmod: foreign_slot
 */
#include "datapath.h"
#include "kmod.h"
#include "module.h"
#include "tc_net.h"

FIXTURE(foreign) {
	bool netfilter;
	const char *dev;
	int log;
};

FIXTURE_VARIANT(foreign) {
	int type;
	const char *slot;
};

FIXTURE_VARIANT_ADD(foreign, ingress) { .type = INGRESS, .slot = "ingress" };
FIXTURE_VARIANT_ADD(foreign, egress) { .type = EGRESS, .slot = "egress" };

FIXTURE_SETUP(foreign)
{
	self->netfilter = hook_is_netfilter();
	scene_pair();
	self->dev = scene_dev(variant->type);
	self->log = log_open();
	ASSERT_GE(self->log, 0);
	kmod_unload("foreign_slot");
	ASSERT_EQ(0, kmod_load("foreign_slot", ""));
}

FIXTURE_TEARDOWN(foreign)
{
	kmod_unload("foreign_slot");
	close(self->log);
}

TEST_F(foreign, pointer_is_left)
{
	struct prog prog = prog_step();

	attach(self->dev, variant->type, &prog);
	send_test_frame("b", "a");
	EXPECT_EQ(1, seen(&prog, 1));
	ASSERT_EQ(0, kmod_param_set("foreign_slot", variant->slot, self->dev));
	send_test_frame("b", "a");
	EXPECT_EQ(self->netfilter ? 2 : 1, seen(&prog, 2));
	EXPECT_FALSE(log_has(self->log, "somebody else's pointer"));

	detach(self->dev, variant->type, &prog);
	EXPECT_EQ(!self->netfilter,
		  log_has(self->log, "somebody else's pointer"));

	forget(&prog);
	attach(self->dev, variant->type, &prog);
	send_test_frame("b", "a");
	EXPECT_EQ(1, seen(&prog, 1));
	detach(self->dev, variant->type, &prog);
	EXPECT_FALSE(log_has(self->log, "somebody else's pointer"));
	send_test_frame("b", "a");
	EXPECT_EQ(1, seen(&prog, 1));
}

static int classic_add(int ifindex, int type, const struct prog *prog)
{
	return qdisc_add(ifindex, "clsact") ?:
	       filter_bpf(ifindex, type, 1, prog->fd, NLM_F_EXCL);
}

/* From then on classic tc has the place to itself: what it writes is in it, and
 * is taken out of it before it is freed.
 */
TEST_F(foreign, classic_comes_and_goes)
{
	struct prog prog = prog_step(), classic = prog_classic();
	int ifindex = if_nametoindex(self->dev);

	attach(self->dev, variant->type, &prog);
	ASSERT_EQ(0, kmod_param_set("foreign_slot", variant->slot, self->dev));
	ASSERT_EQ(0, classic_add(ifindex, variant->type, &classic));
	send_test_frame("b", "a");
	EXPECT_EQ(1, seen(&classic, 1));
	ASSERT_EQ(0, qdisc_del(ifindex));
	send_test_frame("b", "a");
	EXPECT_EQ(1, seen(&classic, 1));

	detach(self->dev, variant->type, &prog);
	ASSERT_EQ(0, classic_add(ifindex, variant->type, &classic));
	send_test_frame("b", "a");
	EXPECT_EQ(2, seen(&classic, 2));
	EXPECT_EQ(0, qdisc_del(ifindex));
}

TEST_HARNESS_MAIN
