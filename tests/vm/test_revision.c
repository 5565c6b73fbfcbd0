// SPDX-License-Identifier: GPL-2.0
/*
 * The revision of an attach point: where it begins, and what becomes of it when
 * the last program goes, with and without a qdisc.
 */
#include "kselftest_harness.h"

#include "module.h"
#include "point.h"
#include "process.h"

#define GRACE_MS	300	/* more than a grace period takes */

FIXTURE(revision) {
	int ifindex;
	struct point in, out;
	int a, b;
};

FIXTURE_SETUP(revision)
{
	ASSERT_GE(point_new(&self->in), 0);
	self->ifindex = self->in.ifindex;
	self->out = (struct point){ self->ifindex, BPF_TCX_EGRESS };
	self->a = cls_load();
	self->b = cls_load();
	ASSERT_GT(self->a, 0);
	ASSERT_GT(self->b, 0);
}

FIXTURE_TEARDOWN(revision)
{
}

/* Attach and detach once: two steps. */
static void come_and_go(struct __test_metadata *_metadata,
			const struct point *point, int prog_fd)
{
	ASSERT_EQ(0, point_attach(point, prog_fd));
	ASSERT_EQ(0, point_detach(point, prog_fd));
}

TEST_F(revision, starts_anew)
{
	expect_revision(&self->in, 1);
	ASSERT_EQ(0, point_attach(&self->in, self->a));
	expect_revision(&self->in, 2);
	expect_revision(&self->out, 1);
	ASSERT_EQ(0, point_attach(&self->in, self->b));
	expect_revision(&self->in, 3);
	ASSERT_EQ(0, point_detach(&self->in, self->a));
	expect_revision(&self->in, 4);
	ASSERT_EQ(0, point_detach(&self->in, self->b));
	expect_revision(&self->in, 1);
	come_and_go(_metadata, &self->in, self->a);
	expect_revision(&self->in, 1);
}

/* What an emptied point answers can be given back to the next attach. */
TEST_F(revision, expected_of_empty)
{
	struct point_state state = point_query(&self->in);

	EXPECT_EQ(-ESTALE, sys_prog_attach(self->ifindex, BPF_TCX_INGRESS,
					   self->a, 0, 0, 0,
					   state.revision + 1));
	EXPECT_EQ(0, sys_prog_attach(self->ifindex, BPF_TCX_INGRESS, self->a,
				     0, 0, 0, state.revision));
	EXPECT_EQ(-ESTALE, sys_prog_attach(self->ifindex, BPF_TCX_INGRESS,
					   self->b, 0, 0, 0, state.revision));
}

TEST_F(revision, clsact_keeps_both)
{
	ASSERT_EQ(0, qdisc_add(self->ifindex, "clsact"));
	come_and_go(_metadata, &self->in, self->a);
	come_and_go(_metadata, &self->out, self->a);
	come_and_go(_metadata, &self->out, self->b);
	expect_revision(&self->in, 3);
	expect_revision(&self->out, 5);
	expect_count(&self->out, 0);

	/* Without the qdisc an empty point is nothing. */
	ASSERT_EQ(0, qdisc_del(self->ifindex));
	expect_revision(&self->in, 1);
	expect_revision(&self->out, 1);
}

TEST_F(revision, ingress_keeps_ingress)
{
	ASSERT_EQ(0, qdisc_add(self->ifindex, "ingress"));
	come_and_go(_metadata, &self->in, self->a);
	come_and_go(_metadata, &self->out, self->a);
	expect_revision(&self->in, 3);
	expect_revision(&self->out, 1);
}

TEST_F(revision, qdisc_comes_later)
{
	ASSERT_EQ(0, point_attach(&self->in, self->a));
	ASSERT_EQ(0, qdisc_add(self->ifindex, "clsact"));
	expect_revision(&self->in, 2);
	ASSERT_EQ(0, point_detach(&self->in, self->a));
	expect_revision(&self->in, 3);
}

TEST_F(revision, qdisc_goes_earlier)
{
	ASSERT_EQ(0, qdisc_add(self->ifindex, "clsact"));
	ASSERT_EQ(0, point_attach(&self->in, self->a));
	ASSERT_EQ(0, qdisc_del(self->ifindex));
	expect_revision(&self->in, 2);
	ASSERT_EQ(0, point_detach(&self->in, self->a));
	expect_revision(&self->in, 1);
}

/* Nobody asks between the qdisc's end and the next one's beginning. The module then
 * knows the next one by its place in memory, which may be the old one's if a grace
 * period has passed (PREEMPT_RT has been seen to wait for one in between), and the
 * count goes on (docs/differences.md). Natively it never does.
 */
TEST_F(revision, qdisc_replaced)
{
	__u64 revision;

	ASSERT_EQ(0, qdisc_add(self->ifindex, "clsact"));
	come_and_go(_metadata, &self->in, self->a);
	ASSERT_EQ(0, qdisc_del(self->ifindex));
	sleep_ms(GRACE_MS);
	ASSERT_EQ(0, qdisc_add(self->ifindex, "clsact"));
	revision = point_query(&self->in).revision;
	if (is_native() || revision != 3)
		EXPECT_EQ(1, revision);
}

/* Where others take the old one's place it starts again. Which of them does depends
 * on the allocator: so a few tries, of which one is enough.
 */
TEST_F(revision, qdisc_replaced_elsewhere)
{
	__u64 revision = 0;
	char name[16];
	int i;

	for (i = 0; i < 8 && revision != 1; i++) {
		ASSERT_EQ(0, qdisc_add(self->ifindex, "clsact"));
		come_and_go(_metadata, &self->in, self->a);
		ASSERT_EQ(0, qdisc_del(self->ifindex));
		sleep_ms(GRACE_MS);
		snprintf(name, sizeof(name), "other%d", i);
		ASSERT_EQ(0, qdisc_add(dummy_add(name), "clsact"));
		ASSERT_EQ(0, qdisc_add(self->ifindex, "clsact"));
		revision = point_query(&self->in).revision;
		EXPECT_TRUE(revision == 1 || (revision == 3 && !is_native()));
		ASSERT_EQ(0, qdisc_del(self->ifindex));
		expect_revision(&self->in, 1);
	}
	EXPECT_EQ(1, revision);
}

TEST_HARNESS_MAIN
