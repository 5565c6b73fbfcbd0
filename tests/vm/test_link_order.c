// SPDX-License-Identifier: GPL-2.0
/*
 * Links among what is attached: where one goes, who owns a place, what
 * replaces, removes or updates what, and the errno of every refusal: the cases
 * of tests/cases.
 */
#include "kselftest_harness.h"

#include "requests.h"

FIXTURE(order) {
	struct scene scene;
};

FIXTURE_VARIANT(order) {
	int type;
};

FIXTURE_VARIANT_ADD(order, ingress) {
	.type = BPF_TCX_INGRESS,
};

FIXTURE_VARIANT_ADD(order, egress) {
	.type = BPF_TCX_EGRESS,
};

FIXTURE_SETUP(order)
{
	scene_setup(_metadata, &self->scene, variant->type);
}

FIXTURE_TEARDOWN(order)
{
}

TEST_F_TIMEOUT(order, links, LONG)
{
	expect_tables(_metadata, &self->scene, link_tables);
}

/* 63, which is all that a point takes; that every refusal then is right, is a
 * table of tests/cases.
 */
TEST_F_TIMEOUT(order, full, LONG)
{
	const struct point *p = &self->scene.point;
	int progs[TCX_BACKPORT_MAX_PROGS + 1], links[TCX_BACKPORT_MAX_PROGS];
	int spare, fds, i, middle = TCX_BACKPORT_MAX_PROGS / 2;
	__u64 revision = 1 + TCX_BACKPORT_MAX_PROGS;

	/* Every third is attached without a link. */
	for (i = 0; i < TCX_BACKPORT_MAX_PROGS; i++) {
		progs[i] = cls_load();
		ASSERT_GT(progs[i], 0);
		if (i % 3) {
			links[i] = point_link(p, progs[i]);
			ASSERT_GT(links[i], 0);
		} else {
			links[i] = -1;
			ASSERT_EQ(0, point_attach(p, progs[i]));
		}
	}
	spare = cls_load();
	ASSERT_GT(spare, 0);
	expect_count(p, TCX_BACKPORT_MAX_PROGS);

	fds = fds_count();
	EXPECT_EQ(-ERANGE, point_link(p, spare));
	EXPECT_EQ(-EEXIST, point_link(p, progs[0]));
	EXPECT_EQ(-EEXIST, point_link(p, progs[1]));
	EXPECT_EQ(fds, fds_count());
	EXPECT_EQ(self->scene.links + 2 * TCX_BACKPORT_MAX_PROGS / 3,
		  links_count());
	expect_revision(p, revision);

	/* One in its place, one out and in: first, last and in between. */
	EXPECT_EQ(0, tcx_link_update(links[1], spare));
	EXPECT_EQ(0, tcx_link_update(links[1], progs[1]));
	EXPECT_EQ(prog_id(progs[1]), point_query(p).ids[1]);
	close(links[TCX_BACKPORT_MAX_PROGS - 1]);
	expect_count(p, TCX_BACKPORT_MAX_PROGS - 1);
	links[TCX_BACKPORT_MAX_PROGS - 1] = point_link(p, spare);
	EXPECT_GT(links[TCX_BACKPORT_MAX_PROGS - 1], 0);
	EXPECT_EQ(-ERANGE, point_link(p, progs[TCX_BACKPORT_MAX_PROGS - 1]));
	EXPECT_EQ(0, tcx_link_detach(links[middle]));
	EXPECT_EQ(0, point_attach(p, progs[middle]));
	expect_revision(p, revision + 6);
}

TEST_HARNESS_MAIN
