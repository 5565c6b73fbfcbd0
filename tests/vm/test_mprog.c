// SPDX-License-Identifier: GPL-2.0
/*
 * The rules of an attach point: where a program goes, which one comes off, what
 * the revision does then, and the errno of every refusal: the cases of
 * tests/cases.
 */
#include "kselftest_harness.h"

#include "requests.h"

FIXTURE(mprog) {
	struct scene scene;
};

FIXTURE_VARIANT(mprog) {
	int type;
	const char *qdisc;
};

FIXTURE_VARIANT_ADD(mprog, ingress) {
	.type = BPF_TCX_INGRESS,
};

FIXTURE_VARIANT_ADD(mprog, egress) {
	.type = BPF_TCX_EGRESS,
};

FIXTURE_VARIANT_ADD(mprog, ingress_clsact) {
	.type = BPF_TCX_INGRESS,
	.qdisc = "clsact",
};

FIXTURE_VARIANT_ADD(mprog, egress_clsact) {
	.type = BPF_TCX_EGRESS,
	.qdisc = "clsact",
};

FIXTURE_SETUP(mprog)
{
	scene_setup(_metadata, &self->scene, variant->type);
	if (variant->qdisc) {
		ASSERT_EQ(0, qdisc_add(self->scene.point.ifindex,
				       variant->qdisc));
		self->scene.keeps_revision = true;
	}
}

FIXTURE_TEARDOWN(mprog)
{
}

TEST_F_TIMEOUT(mprog, attach, LONG)
{
	expect_tables(_metadata, &self->scene, attach_tables);
}

TEST_F_TIMEOUT(mprog, detach, LONG)
{
	expect_tables(_metadata, &self->scene, detach_tables);
}

TEST_F_TIMEOUT(mprog, full, LONG)
{
	expect_tables(_metadata, &self->scene, full_tables);
}

TEST_F(mprog, same_point_twice_other_points_not)
{
	const struct point *p = &self->scene.point;
	struct point other = {
		p->ifindex,
		p->type == BPF_TCX_INGRESS ? BPF_TCX_EGRESS : BPF_TCX_INGRESS,
	};
	struct point elsewhere = { dummy_add("elsewhere"), p->type };
	__u64 revision = point_query(&other).revision;
	int a = self->scene.objects[0].fd, b = self->scene.objects[1].fd;

	ASSERT_GT(elsewhere.ifindex, 0);
	ASSERT_EQ(0, point_attach(p, a));
	ASSERT_EQ(-EEXIST, point_attach(p, a));
	expect_count(&other, 0);
	expect_revision(&other, revision);
	EXPECT_EQ(-ENOENT, point_detach(&other, a));

	ASSERT_EQ(0, point_attach(&other, a));
	ASSERT_EQ(0, point_attach(&other, b));
	ASSERT_EQ(0, point_attach(&elsewhere, a));
	expect_revision(&other, revision + 2);
	expect_count(p, 1);
	expect_count(&elsewhere, 1);

	ASSERT_EQ(0, point_detach(p, a));
	expect_count(&other, 2);
	expect_count(&elsewhere, 1);
	EXPECT_EQ(0, point_detach(&other, a));
	EXPECT_EQ(0, point_detach(&other, b));
	EXPECT_EQ(0, point_detach(&elsewhere, a));
}

TEST_HARNESS_MAIN
