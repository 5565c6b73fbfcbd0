// SPDX-License-Identifier: GPL-2.0
/*
 * The rules of an attach point: where a program goes, which one comes off, what
 * the revision does then, and the errno of every refusal. Most of it is a table
 * in words: see requests.h.
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

TEST_F(mprog, attach_position)
{
	static const struct row rows[] = {
		{ "", "attach A", 0, "A" },
		{ "", "attach A before", 0, "A" },
		{ "", "attach A after", 0, "A" },
		{ "AB", "attach C", 0, "ABC" },
		{ "AB", "attach C after", 0, "ABC" },
		{ "AB", "attach C before", 0, "CAB" },
		{ "ABC", "attach D before rel A", 0, "DABC" },
		{ "ABC", "attach D before rel B", 0, "ADBC" },
		{ "ABC", "attach D before rel C", 0, "ABDC" },
		{ "ABC", "attach D after rel A", 0, "ADBC" },
		{ "ABC", "attach D after rel B", 0, "ABDC" },
		{ "ABC", "attach D after rel C", 0, "ABCD" },
		{ "ABC", "attach D before id rel B", 0, "ADBC" },
		{ "ABC", "attach D after id rel B", 0, "ABDC" },
		{ "A", "attach B before id rel A", 0, "BA" },
		{ "A", "attach B rev now", 0, "AB" },
		{ "A", "attach B before rel A rev now", 0, "BA" },
		/* Nobody looks at it without BPF_F_REPLACE. */
		{ "AB", "attach C junk closed", 0, "ABC" },
		{ "AB", "attach C junk A", 0, "ABC" },
	};

	expect_rows(rows);
}

TEST_F(mprog, attach_refused)
{
	static const struct row rows[] = {
		{ "A", "attach B badtype", -EINVAL },
		{ "A", "attach B badflag", -EINVAL },
		{ "A", "attach none", -EINVAL },	/* an fd of no program */
		{ "A", "attach closed", -EBADF },
		{ "A", "attach file", -EINVAL },
		{ "A", "attach map", -EINVAL },
		{ "A", "attach xdp", -EINVAL },
		{ "A", "attach xdplink", -EINVAL },
		{ "A", "attach B nodev", -ENODEV },
		{ "A", "attach B rev old", -ESTALE },
		{ "A", "attach B rev next", -ESTALE },
		{ "AB", "attach A", -EEXIST },
		{ "AB", "attach B before", -EEXIST },
		{ "AB", "attach A after rel B", -EEXIST },

		/* A relative alone says no position. */
		{ "AB", "attach C rel A", -EINVAL },
		{ "AB", "attach C id rel A", -EINVAL },
		{ "AB", "attach C id", -ENOENT },
		{ "AB", "attach C link", -EINVAL },

		/* Never the same position. */
		{ "", "attach A before after", -ERANGE },
		{ "AB", "attach C before after", -ERANGE },
		{ "AB", "attach C before after rel A", -ERANGE },
		{ "AB", "attach C before after rel B", -ERANGE },
		{ "AB", "attach C before after rel D", -ENOENT },

		{ "", "attach A before rel B", -ENOENT },
		{ "", "attach A after rel B", -ENOENT },
		{ "", "attach A before rel A", -ENOENT },
		{ "AB", "attach C before rel D", -ENOENT },
		{ "AB", "attach C after rel D", -ENOENT },
		{ "AB", "attach C before rel C", -ENOENT },
		{ "AB", "attach C before id rel D", -ENOENT },
		{ "AB", "attach C before id rel gone", -ENOENT },
		{ "AB", "attach C after id rel gone", -ENOENT },
		{ "AB", "attach C before id", -ENOENT },
		{ "AB", "attach C after id rel none", -ENOENT },
		{ "AB", "attach C before rel closed", -EBADF },
		{ "AB", "attach C after rel closed", -EBADF },
		{ "AB", "attach C before rel file", -EINVAL },
		{ "AB", "attach C before rel map", -EINVAL },
		{ "AB", "attach C before rel xdp", -EINVAL },
		{ "AB", "attach C before rel xdplink", -EINVAL },
		{ "AB", "attach C before id rel xdp", -EINVAL },
	};

	expect_rows(rows);
}

TEST_F(mprog, attach_link_relative)
{
	static const struct row rows[] = {
		{ "AB", "attach C before link", -EINVAL },
		{ "AB", "attach C after link rel none", -EINVAL },
		{ "AB", "attach C before link rel A", -EINVAL },
		{ "AB", "attach C before link rel file", -EINVAL },
		{ "AB", "attach C before link rel map", -EINVAL },
		{ "AB", "attach C before link rel closed", -EBADF },
		{ "AB", "attach C after link rel closed", -EBADF },
		{ "AB", "attach C before link rel xdplink", -EINVAL },
		{ "AB", "attach C after link rel tplink", -EINVAL },
		{ "AB", "attach C link rel xdplink", -EINVAL },
		{ "AB", "attach C before link id", -ENOENT },
		{ "AB", "attach C before link id rel gone", -ENOENT },
		{ "AB", "attach C before link id rel xdplink", -EINVAL },
		{ "AB", "attach C after link id rel tplink", -EINVAL },
		{ "AB", "attach C replace A link rel xdplink", -EINVAL },
		{ "AB", "attach C replace A link rel closed", -EBADF },
		{ "AB", "attach C replace A link", -EINVAL },
	};

	expect_rows(rows);
}

TEST_F(mprog, replace)
{
	static const struct row rows[] = {
		{ "A", "attach B replace A", 0, "B" },
		{ "ABC", "attach D replace A", 0, "DBC" },
		{ "ABC", "attach D replace B", 0, "ADC" },
		{ "ABC", "attach D replace C", 0, "ABD" },
		{ "ABC", "attach D replace C rev now", 0, "ABD" },

		/* Positions that agree. */
		{ "ABC", "attach D replace A before rel B", 0, "DBC" },
		{ "ABC", "attach D replace B before rel C", 0, "ADC" },
		{ "ABC", "attach D replace B after rel A", 0, "ADC" },
		{ "ABC", "attach D replace C after rel B", 0, "ABD" },
		{ "ABC", "attach D replace B before id rel C", 0, "ADC" },

		/* Positions that do not. */
		{ "ABC", "attach D replace A before", -ERANGE },
		{ "ABC", "attach D replace C after", -ERANGE },
		{ "A", "attach B replace A before", -ERANGE },
		{ "A", "attach B replace A after", -ERANGE },
		{ "ABC", "attach D replace B before rel A", -ERANGE },
		{ "ABC", "attach D replace B before rel B", -ERANGE },
		{ "ABC", "attach D replace B after rel B", -ERANGE },
		{ "ABC", "attach D replace B after rel C", -ERANGE },
		{ "ABC", "attach D replace B before after rel A", -ERANGE },
		{ "ABC", "attach D replace A before after rel B", -ERANGE },

		/* A relative without a position must exist, and that is all. */
		{ "ABC", "attach D replace B rel A", 0, "ADC" },
		{ "ABC", "attach D replace B rel E", 0, "ADC" },
		{ "ABC", "attach D replace B id rel E", 0, "ADC" },
		{ "ABC", "attach D replace B rel closed", -EBADF },
		{ "ABC", "attach D replace B rel xdp", -EINVAL },
		{ "ABC", "attach D replace B id rel gone", -ENOENT },
		{ "ABC", "attach D replace B id", -ENOENT },

		{ "", "attach A replace B", -ENOENT },
		{ "ABC", "attach D replace E", -ENOENT },
		{ "ABC", "attach D replace D", -ENOENT },
		{ "ABC", "attach D replace E before rel F", -ENOENT },
		{ "ABC", "attach D replace A before rel F", -ENOENT },
		{ "ABC", "attach D replace A after rel F", -ENOENT },
		{ "ABC", "attach A replace A", -EEXIST },
		{ "ABC", "attach A replace B", -EEXIST },
		{ "ABC", "attach D replace closed", -EBADF },
		{ "ABC", "attach D replace none", -EINVAL },
		{ "ABC", "attach D replace file", -EINVAL },
		{ "ABC", "attach D replace map", -EINVAL },
		{ "ABC", "attach D replace xdp", -EINVAL },
		{ "ABC", "attach D replace B rev old", -ESTALE },
	};

	expect_rows(rows);
}

/* Every row is wrong in all that is checked later, too. */
TEST_F(mprog, attach_precedence)
{
	static const struct row rows[] = {
		{ "AB", "attach closed badflag nodev replace closed rev old before rel closed", -EINVAL },
		{ "AB", "attach closed badtype nodev replace closed rev old before rel closed", -EINVAL },
		{ "AB", "attach closed nodev replace closed rev old before rel closed", -EBADF },
		{ "AB", "attach xdp nodev replace closed rev old before rel closed", -EINVAL },
		{ "AB", "attach A nodev replace closed rev old before rel closed", -ENODEV },
		{ "AB", "attach A replace closed rev old before rel closed",
		  -EBADF },
		{ "AB", "attach A replace xdp rev old before rel closed",
		  -EINVAL },
		{ "AB", "attach A replace D rev old before rel closed",
		  -ESTALE },
		{ "AB", "attach A rev old before after rel closed", -ESTALE },
		{ "AB", "attach A replace D before rel closed", -EEXIST },
		{ "AB", "attach A link", -EEXIST },
		{ "AB", "attach C replace D before rel closed", -EBADF },
		{ "AB", "attach C replace D before rel xdp", -EINVAL },
		{ "AB", "attach C replace D before after", -ENOENT },
		{ "AB", "attach C replace B before after rel D", -ENOENT },
		{ "", "attach A rev old before rel closed", -ESTALE },
		{ "", "attach A rev now before rel closed", -EBADF },
	};

	expect_rows(rows);
}

TEST_F(mprog, detach)
{
	static const struct row rows[] = {
		{ "A", "detach A", 0, "" },
		{ "ABC", "detach A", 0, "BC" },
		{ "ABC", "detach B", 0, "AC" },
		{ "ABC", "detach C", 0, "AB" },
		{ "ABC", "detach C rev now", 0, "AB" },

		/* A position beside the program must be the program's. */
		{ "ABC", "detach A before rel B", 0, "BC" },
		{ "ABC", "detach B before rel C", 0, "AC" },
		{ "ABC", "detach B after rel A", 0, "AC" },
		{ "ABC", "detach C after id rel B", 0, "AB" },
		{ "ABC", "detach B before rel B", -ERANGE },
		{ "ABC", "detach B after rel B", -ERANGE },
		{ "ABC", "detach B before after rel A", -ERANGE },
		{ "ABC", "detach A before", -ERANGE },
		{ "ABC", "detach C after", -ERANGE },

		/* A relative without a position must exist, and that is all. */
		{ "ABC", "detach A rel B", 0, "BC" },
		{ "ABC", "detach A rel F", 0, "BC" },
		{ "ABC", "detach A id rel F", 0, "BC" },
		{ "ABC", "detach A rel closed", -EBADF },
		{ "ABC", "detach A rel xdp", -EINVAL },
		{ "ABC", "detach A id rel gone", -ENOENT },
		{ "ABC", "detach A id", -ENOENT },
		{ "ABC", "detach A link", -EINVAL },
		{ "ABC", "detach A link rel A", -EINVAL },
		{ "ABC", "detach A link rel closed", -EBADF },
		{ "ABC", "detach A link rel xdplink", -EINVAL },
		{ "ABC", "detach A before link id rel tplink", -EINVAL },
		{ "ABC", "detach A link id rel gone", -ENOENT },

		{ "ABC", "detach D", -ENOENT },
		{ "ABC", "detach D before rel F", -ENOENT },
		{ "ABC", "detach A before rel F", -ENOENT },
		{ "ABC", "detach A after rel F", -ENOENT },
		{ "ABC", "detach closed", -EBADF },
		{ "ABC", "detach file", -EINVAL },
		{ "ABC", "detach map", -EINVAL },
		{ "ABC", "detach xdp", -EINVAL },
		{ "ABC", "detach A badtype", -EINVAL },
		{ "ABC", "detach A badflag", -EINVAL },
		{ "ABC", "detach A nodev", -ENODEV },
		{ "ABC", "detach A replace B", -EINVAL },
		{ "ABC", "detach A rev old", -ESTALE },
		{ "ABC", "detach A rev next", -ESTALE },

		/* Wrong in more than one way. */
		{ "ABC", "detach closed badflag nodev", -EINVAL },
		{ "ABC", "detach closed nodev", -EBADF },
		{ "ABC", "detach xdp nodev", -EINVAL },
		{ "ABC", "detach D nodev replace B rev old", -ENODEV },
		{ "ABC", "detach D replace B rev old", -EINVAL },
		{ "ABC", "detach D rev old before rel closed", -ESTALE },
		{ "ABC", "detach D before rel closed", -EBADF },
		{ "ABC", "detach D before after", -ENOENT },
	};

	expect_rows(rows);
}

TEST_F(mprog, detach_position)
{
	static const struct row rows[] = {
		{ "A", "detach", 0, "" },
		{ "A", "detach before", 0, "" },
		{ "A", "detach after", 0, "" },
		{ "ABC", "detach", 0, "AB" },
		{ "ABC", "detach rev now", 0, "AB" },
		{ "ABC", "detach after", 0, "AB" },
		{ "ABC", "detach before", 0, "BC" },
		{ "ABC", "detach before rel B", 0, "BC" },
		{ "ABC", "detach before rel C", 0, "AC" },
		{ "ABC", "detach after rel A", 0, "AC" },
		{ "ABC", "detach after rel B", 0, "AB" },
		{ "ABC", "detach after id rel B", 0, "AB" },

		/* Beyond either end: the relative itself. */
		{ "ABC", "detach before rel A", 0, "BC" },
		{ "ABC", "detach after rel C", 0, "AB" },
		{ "A", "detach before rel A", 0, "" },

		{ "ABC", "detach before after", -ERANGE },
		{ "ABC", "detach before after rel B", -ERANGE },
		{ "ABC", "detach rel A", -EINVAL },
		{ "ABC", "detach id rel A", -EINVAL },
		{ "ABC", "detach id", -ENOENT },
		{ "ABC", "detach link", -EINVAL },
		{ "ABC", "detach before rel D", -ENOENT },
		{ "ABC", "detach before id rel gone", -ENOENT },
		{ "ABC", "detach before rel closed", -EBADF },
		{ "ABC", "detach after rel file", -EINVAL },

		/* Without a program, the relative's type is not compared. */
		{ "ABC", "detach before rel xdp", -ENOENT },
		{ "ABC", "detach before link rel xdplink", -ENOENT },
		{ "ABC", "detach after link id rel tplink", -ENOENT },
		{ "ABC", "detach link rel xdplink", -EINVAL },

		{ "ABC", "detach badtype", -EINVAL },
		{ "ABC", "detach badflag", -EINVAL },
		{ "ABC", "detach nodev", -ENODEV },
		{ "ABC", "detach replace A", -EINVAL },
		{ "ABC", "detach rev old", -ESTALE },
	};

	expect_rows(rows);
}

/* A qdisc lets native tcx keep the point, and with it the later checks. */
TEST_F(mprog, detach_from_empty)
{
	static const struct row bare[] = {
		{ "", "detach A", -ENOENT },
		{ "", "detach", -ENOENT },
		{ "", "detach before", -ENOENT },
		{ "", "detach A rev old", -ENOENT },
		{ "", "detach A replace B", -ENOENT },
		{ "", "detach A rel closed", -ENOENT },
		{ "", "detach closed", -EBADF },
		{ "", "detach A nodev", -ENODEV },
		{ "", "detach A badflag", -EINVAL },
	};
	static const struct row kept[] = {
		{ "", "detach A", -ENOENT },
		{ "", "detach", -ENOENT },
		{ "", "detach A rev now", -ENOENT },
		{ "", "detach A rel closed", -ENOENT },
		{ "", "detach A replace B rev old", -EINVAL },
		{ "", "detach A rev old", -ESTALE },
		{ "", "detach closed", -EBADF },
		{ "", "detach A nodev", -ENODEV },
	};

	if (variant->qdisc)
		expect_rows(kept);
	else
		expect_rows(bare);
}

/* Programs that a link owns are none of the fd requests' business. */
TEST_F(mprog, link_owned)
{
	static const struct row rows[] = {
		{ "AbC", "detach B", -EBUSY },
		{ "AbC", "detach before rel C", -EBUSY },
		{ "AbC", "detach after rel A", -EBUSY },
		{ "AbC", "attach D replace B", -EBUSY },
		{ "AbC", "attach B", -EEXIST },
		{ "AbC", "attach D link rel b", -EINVAL },
		{ "AbC", "attach D replace A before link rel b", 0, "DbC" },
		{ "DbC", "detach D", 0, "bC" },
		{ "bC", "attach D before link rel b", 0, "DbC" },
		{ "DbC", "detach before link id rel b", 0, "bC" },
		{ "bC", "attach D before rel B", 0, "DbC" },
	};

	expect_rows(rows);
	close(self->scene.objects[OBJ_LINK + 1].fd);
	expect_count(&self->scene.point, 2);
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

TEST_F(mprog, full)
{
	const struct point *p = &self->scene.point;
	__u64 revision = point_query(p).revision;
	int fds[TCX_BACKPORT_MAX_PROGS + 2], last, spare, more, i;
	struct point_state state;

	for (i = 0; i < (int)ARRAY_SIZE(fds); i++) {
		fds[i] = cls_load();
		ASSERT_GT(fds[i], 0);
	}
	for (i = 0; i < TCX_BACKPORT_MAX_PROGS; i++)
		ASSERT_EQ(0, point_attach(p, fds[i]));
	last = fds[TCX_BACKPORT_MAX_PROGS - 1];
	spare = fds[TCX_BACKPORT_MAX_PROGS];
	more = fds[TCX_BACKPORT_MAX_PROGS + 1];
	revision += TCX_BACKPORT_MAX_PROGS;

	state = point_query(p);
	EXPECT_EQ(0, state.ret);
	EXPECT_EQ(TCX_BACKPORT_MAX_PROGS, state.count);
	for (i = 0; i < TCX_BACKPORT_MAX_PROGS; i++)
		EXPECT_EQ(prog_id(fds[i]), state.ids[i]);

#define attach(fd, flags, replace, relative) \
	sys_prog_attach(p->ifindex, p->type, fd, flags, replace, relative, 0)
#define detach(fd, flags, relative) \
	sys_prog_detach(p->ifindex, p->type, fd, flags, relative, 0)
	EXPECT_EQ(-ERANGE, attach(spare, 0, 0, 0));
	EXPECT_EQ(-ERANGE, attach(spare, BPF_F_BEFORE, 0, 0));
	EXPECT_EQ(-ERANGE, attach(spare, BPF_F_BEFORE, 0, fds[0]));
	EXPECT_EQ(-ERANGE, attach(spare, BPF_F_BEFORE, 0, more));
	EXPECT_EQ(-EBADF, attach(spare, BPF_F_BEFORE, 0, FD_CLOSED));
	EXPECT_EQ(-EEXIST, attach(fds[0], 0, 0, 0));
	expect_revision(p, revision);

	/* One goes, one comes. */
	EXPECT_EQ(0, attach(spare, BPF_F_REPLACE, last, 0));
	EXPECT_EQ(0, attach(last, BPF_F_REPLACE, spare, 0));
	EXPECT_EQ(0, attach(spare, BPF_F_REPLACE | BPF_F_BEFORE, fds[0],
			    fds[1]));
	expect_revision(p, revision + 3);

	/* The place after the last of 63 is out of range to native tcx, so
	 * there the last program comes off by its name only.
	 */
	EXPECT_EQ(-ERANGE, detach(0, 0, 0));
	EXPECT_EQ(-ERANGE, detach(0, BPF_F_AFTER, 0));
	EXPECT_EQ(-ERANGE, detach(0, BPF_F_AFTER, last));
	expect_revision(p, revision + 3);
	EXPECT_EQ(0, detach(last, 0, 0));
	EXPECT_EQ(0, detach(0, 0, 0));
	EXPECT_EQ(0, detach(0, BPF_F_BEFORE, 0));
	expect_count(p, TCX_BACKPORT_MAX_PROGS - 3);
	expect_revision(p, revision + 6);
#undef attach
#undef detach
}

TEST_HARNESS_MAIN
