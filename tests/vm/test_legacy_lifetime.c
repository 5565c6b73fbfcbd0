// SPDX-License-Identifier: GPL-2.0
/*
 * How long a program stays that libtcx attached by classic tc: longer than its
 * process, as long as its filter, its qdisc and its device, which anybody deletes.
 */
#include "kselftest_harness.h"

#include "legacy_fixture.h"
#include "tc_net.h"

TEST_F(legacy, outlives_its_process)
{
	__u32 id = prog_id(self->prog[0]);
	int i;

	EXPECT_EQ(0, in_child(egress_put(self->ifindex, self->prog[0], 0, 0)));
	for (i = 0; i < PROGS; i++)
		close(self->prog[i]);
	EXPECT_EQ(1, legacy_list(self->ifindex, EGRESS).count);
	EXPECT_TRUE(prog_alive(id));
	/* Anybody can do this. */
	tc("filter del dev " DEV " egress");
	EXPECT_TRUE(HAS_NONE);
	EXPECT_TRUE(prog_gone(id));
	EXPECT_EQ(0, egress_put(self->ifindex, self->drop, 0, 0));
	tc("qdisc del dev " DEV " clsact");
	EXPECT_TRUE(HAS_NONE);
	EXPECT_EQ(-ENOENT, egress_take(self->ifindex, self->drop, 0, 0));
}

TEST_F(legacy, goes_with_its_device)
{
	__u32 id = prog_id(self->drop);

	EXPECT_EQ(0, egress_put(self->ifindex, self->drop, 0, 0));
	close(self->drop);
	EXPECT_EQ(0, link_del(self->ifindex));
	EXPECT_TRUE(prog_gone(id));
	EXPECT_EQ(-ENODEV, legacy_list(self->ifindex, EGRESS).ret);
}

TEST_F(legacy, qdisc_stays_empty)
{
	char *kind;

	EXPECT_EQ(0, egress_put(self->ifindex, self->drop, 0, 0));
	EXPECT_EQ(0, egress_take(self->ifindex, self->drop, 0, 0));
	kind = output_of("tc filter show dev " DEV " egress; tc qdisc show dev " DEV " clsact | cut -d' ' -f2");
	EXPECT_STREQ("clsact\n", kind);
	free(kind);
}

TEST_HARNESS_MAIN
