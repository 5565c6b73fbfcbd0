// SPDX-License-Identifier: GPL-2.0
/*
 * Links among what is attached: where one goes, who owns a place, what
 * replaces, removes or updates what, and the errno of every refusal. Most of
 * it is a table in words: see requests.h.
 */
#include "kselftest_harness.h"

#include "requests.h"

/* A case that needs longer than the harness's 30 s. */
#define LONG	120

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

TEST_F_TIMEOUT(order, create_position, LONG)
{
	static const struct row rows[] = {
		{ "", "create A", 0, "a" },
		{ "", "create A before", 0, "a" },
		{ "", "create A after", 0, "a" },
		{ "", "create A rev now", 0, "a" },
		{ "ab", "create C", 0, "abc" },
		{ "ab", "create C after", 0, "abc" },
		{ "ab", "create C before", 0, "cab" },
		{ "Ab", "create C", 0, "Abc" },
		{ "Ab", "create C before", 0, "cAb" },
		{ "Ab", "create C rev now", 0, "Abc" },

		/* Beside a link. */
		{ "abD", "create C before link rel a", 0, "cabD" },
		{ "abD", "create C after link rel a", 0, "acbD" },
		{ "abD", "create C before link rel b", 0, "acbD" },
		{ "abD", "create C after link rel b", 0, "abcD" },
		{ "abD", "create C before link id rel b", 0, "acbD" },
		{ "abD", "create C after link id rel b", 0, "abcD" },

		/* Beside a program, also one that a link owns. */
		{ "abD", "create C before rel D", 0, "abcD" },
		{ "abD", "create C after rel D", 0, "abDc" },
		{ "abD", "create C before id rel D", 0, "abcD" },
		{ "abD", "create C after rel A", 0, "acbD" },
		{ "abD", "create C before id rel A", 0, "cabD" },

		/* Two rules that mean the same place. */
		{ "", "create A before rev now", 0, "a" },
		{ "ab", "create C before link rel b rev now", 0, "acb" },

		/* Programs beside links. */
		{ "ab", "attach C before link rel b", 0, "aCb" },
		{ "ab", "attach C after link rel a", 0, "aCb" },
		{ "ab", "attach C before link id rel a", 0, "Cab" },
		{ "ab", "attach C after link id rel b", 0, "abC" },
		{ "ab", "attach C before rel B", 0, "aCb" },
		{ "ab", "attach C after id rel A", 0, "aCb" },
		{ "ab", "attach C", 0, "abC" },
		{ "ab", "attach C before", 0, "Cab" },
	};

	expect_rows(rows);
}

TEST_F_TIMEOUT(order, create_refused, LONG)
{
	static const struct row rows[] = {
		{ "Ab", "create C badtype", -EINVAL },
		{ "Ab", "create C badflag", -EINVAL },
		{ "Ab", "create none", -EINVAL },	/* an fd of no program */
		{ "Ab", "create closed", -EBADF },
		{ "Ab", "create file", -EINVAL },
		{ "Ab", "create map", -EINVAL },
		{ "Ab", "create b", -EINVAL },
		{ "Ab", "create xdp", -EINVAL },
		{ "Ab", "create xdplink", -EINVAL },
		{ "Ab", "create C nodev", -ENODEV },
		{ "Ab", "create C rev old", -ESTALE },
		{ "Ab", "create C rev next", -ESTALE },
		{ "", "create A rev next", -ESTALE },

		/* The same program, whoever owns it. */
		{ "Ab", "create A", -EEXIST },
		{ "Ab", "create B", -EEXIST },
		{ "Ab", "create B before", -EEXIST },
		{ "Ab", "attach B", -EEXIST },
		{ "Ab", "attach B after link rel b", -EEXIST },

		/* A link replaces nothing. */
		{ "", "create A replace", -ENOENT },
		{ "Ab", "create C replace", -ENOENT },
		{ "Ab", "create C replace before", -ENOENT },
		{ "Ab", "create C replace before after", -ENOENT },
		{ "Ab", "create C replace rel A", -ENOENT },
		{ "Ab", "create C replace after rel A", -ENOENT },
		{ "Ab", "create C replace link rel b", -ENOENT },
		{ "Ab", "create C replace before link id rel b", -ENOENT },

		/* A relative alone says no position. */
		{ "Ab", "create C rel A", -EINVAL },
		{ "Ab", "create C id rel A", -EINVAL },
		{ "Ab", "create C link rel b", -EINVAL },
		{ "Ab", "create C link id rel b", -EINVAL },
		{ "Ab", "create C id", -ENOENT },
		{ "Ab", "create C link", -EINVAL },

		/* Never the same position. */
		{ "", "create A before after", -ERANGE },
		{ "Ab", "create C before after", -ERANGE },
		{ "Ab", "create C before after rel A", -ERANGE },
		{ "Ab", "create C before after link rel b", -ERANGE },

		/* Not attached here. */
		{ "", "create A before rel B", -ENOENT },
		{ "Ab", "create C before rel D", -ENOENT },
		{ "Ab", "create C after rel D", -ENOENT },
		{ "Ab", "create C before rel C", -ENOENT },
		{ "Ab", "create C after id rel D", -ENOENT },
		{ "Ab", "create C before after rel D", -ENOENT },
		{ "Ab", "create C before link rel other", -ENOENT },
		{ "Ab", "create C after link rel other", -ENOENT },
		{ "Ab", "create C after link id rel other", -ENOENT },
		{ "Ab", "create C before link rel defunct", -ENOENT },
		{ "Ab", "create C before link id rel defunct", -ENOENT },
		{ "Ab", "attach C after link rel other", -ENOENT },
		{ "Ab", "attach C after link rel defunct", -ENOENT },

		/* Nothing of the kind. */
		{ "Ab", "create C before id rel gone", -ENOENT },
		{ "Ab", "create C before id", -ENOENT },
		{ "Ab", "create C before rel closed", -EBADF },
		{ "Ab", "create C before rel file", -EINVAL },
		{ "Ab", "create C before rel map", -EINVAL },
		{ "Ab", "create C before rel xdp", -EINVAL },
		{ "Ab", "create C before rel b", -EINVAL },
		{ "Ab", "create C before id rel xdp", -EINVAL },
		{ "Ab", "create C before link", -EINVAL },
		{ "Ab", "create C before link rel A", -EINVAL },
		{ "Ab", "create C before link rel B", -EINVAL },
		{ "Ab", "create C before link rel file", -EINVAL },
		{ "Ab", "create C before link rel closed", -EBADF },
		{ "Ab", "create C before link rel xdplink", -EINVAL },
		{ "Ab", "create C after link rel tplink", -EINVAL },
		{ "Ab", "create C before link id", -ENOENT },
		{ "Ab", "create C before link id rel gone", -ENOENT },
		{ "Ab", "create C before link id rel xdplink", -EINVAL },
		{ "Ab", "create C after link id rel tplink", -EINVAL },
	};

	expect_rows(rows);
}

/* Every row is wrong in all that is checked later, too. */
TEST_F_TIMEOUT(order, create_precedence, LONG)
{
	static const struct row rows[] = {
		{ "Ab", "create closed badtype nodev replace rev old rel closed", -EBADF },
		{ "Ab", "create map badtype nodev replace rev old rel closed", -EINVAL },
		{ "Ab", "create A badtype nodev replace rev old rel closed", -EINVAL },
		{ "Ab", "create closed nodev replace rev old rel closed", -EBADF },
		{ "Ab", "create xdp nodev replace rev old rel closed",
		  -EINVAL },
		{ "Ab", "create B nodev replace rev old rel closed", -ENODEV },
		{ "Ab", "create B replace rev old before rel closed",
		  -ESTALE },
		{ "Ab", "create B rev old link before after rel xdplink",
		  -ESTALE },
		{ "Ab", "create B replace before rel closed", -EEXIST },
		{ "Ab", "create A before after link rel xdplink", -EEXIST },
		{ "Ab", "create C replace before after rel closed", -EBADF },
		{ "Ab", "create C replace before after link rel xdplink",
		  -EINVAL },
		{ "Ab", "create C replace before after rel D", -ENOENT },
		{ "", "create A rev next before rel closed", -ESTALE },
		{ "", "create A rev now before rel closed", -EBADF },
	};

	expect_rows(rows);
}

TEST_F_TIMEOUT(order, ownership, LONG)
{
	static const struct row rows[] = {
		/* Programs replace programs, and nothing else. */
		{ "aB", "attach C replace B", 0, "aC" },
		{ "aB", "attach C replace B after link rel a", 0, "aC" },
		{ "aBc", "attach D replace B before link id rel c", 0, "aDc" },
		{ "aB", "attach C replace A", -EBUSY },
		{ "a", "attach C replace A", -EBUSY },
		{ "aB", "attach C replace A before rel B", -EBUSY },
		{ "aB", "attach C replace A before", -EBUSY },
		{ "aB", "attach C replace a", -EINVAL },
		{ "aB", "attach A replace A", -EEXIST },
		{ "aB", "attach A replace B", -EEXIST },
		{ "aB", "attach C replace A rev old", -ESTALE },
		{ "aB", "attach C replace A before after rel D", -EBUSY },
		{ "aB", "attach C replace A rel closed", -EBADF },

		/* A link's program comes off with the link only. */
		{ "aB", "detach A", -EBUSY },
		{ "a", "detach A", -EBUSY },
		{ "aB", "detach a", -EINVAL },
		{ "aB", "detach A rev now", -EBUSY },
		{ "aB", "detach A rev old", -ESTALE },
		{ "aB", "detach A before rel B", -EBUSY },
		{ "aB", "detach A before", -EBUSY },
		{ "aB", "detach A rel closed", -EBADF },

		/* Not by its position either. */
		{ "a", "detach", -EBUSY },
		{ "a", "detach before", -EBUSY },
		{ "a", "detach after", -EBUSY },
		{ "aB", "detach before", -EBUSY },
		{ "aB", "detach before rel B", -EBUSY },
		{ "aB", "detach before id rel B", -EBUSY },
		{ "Ba", "detach", -EBUSY },
		{ "Ba", "detach after", -EBUSY },
		{ "Ba", "detach after rel B", -EBUSY },
		{ "ab", "detach before rel A", -EBUSY },
		{ "ab", "detach after link rel b", -EBUSY },
		{ "ab", "detach before link id rel b", -EBUSY },
		{ "aB", "detach before after link rel a", -ERANGE },
		{ "aB", "detach link rel a", -EINVAL },

		/* A link as relative; what goes is a program. */
		{ "aB", "detach", 0, "a" },
		{ "aB", "detach B", 0, "a" },
		{ "aB", "detach after", 0, "a" },
		{ "aB", "detach after link rel a", 0, "a" },
		{ "aB", "detach after link id rel a", 0, "a" },
		{ "aB", "detach B after link rel a", 0, "a" },
		{ "aBc", "detach before link rel c", 0, "ac" },
		{ "aBc", "detach B before link id rel c", 0, "ac" },
		{ "aBc", "detach B before link rel a", -ERANGE },
		{ "aBc", "detach B link rel a", 0, "ac" },
		{ "aBc", "detach after link rel other", -ENOENT },
		{ "aBc", "detach B after link rel defunct", -ENOENT },
	};

	expect_rows(rows);
}

TEST_F_TIMEOUT(order, update, LONG)
{
	static const struct row rows[] = {
		{ "a", "update a B", 0, "b" },
		{ "Abc", "update b D", 0, "Adc" },
		{ "Abc", "update c D", 0, "Abd" },
		{ "Abc", "update b D old B", 0, "Adc" },
		{ "Abc", "update b D old C", -EPERM },
		{ "Abc", "update b D old A", -EPERM },
		{ "Abc", "update b D old D", -EPERM },
		{ "Abc", "update b D old xdp", -EPERM },

		/* The same program again is nothing to do. */
		{ "Abc", "update b B", 0, "Abc" },
		{ "Abc", "update b B old B", 0, "Abc" },
		{ "Abc", "update b B old C", -EPERM },

		/* On the hook already, whoever owns it. */
		{ "Abc", "update b A", -EEXIST },
		{ "Abc", "update b C", -EEXIST },
		{ "Abc", "update b C old B", -EEXIST },
		{ "Abc", "update b C old C", -EPERM },

		{ "Abc", "update b xdp", -EINVAL },
		{ "Abc", "update b xdp old B", -EINVAL },
		{ "Abc", "update b xdp old C", -EPERM },
		{ "Abc", "update b map", -EINVAL },
		{ "Abc", "update b file", -EINVAL },
		{ "Abc", "update b c", -EINVAL },
		{ "Abc", "update b closed", -EBADF },
		{ "Abc", "update b closed old closed", -EBADF },
		{ "Abc", "update b D old closed", -EBADF },
		{ "Abc", "update b D old map", -EINVAL },
		{ "Abc", "update b D junk B", -EINVAL },
		{ "Abc", "update b D badflag", -EINVAL },
		{ "Abc", "update b D before", -EINVAL },
		{ "Abc", "update closed D", -EBADF },
		{ "Abc", "update B D", -EINVAL },
		{ "Abc", "update file D", -EINVAL },

		{ "Abc", "update defunct D", -ENOLINK },
		{ "Abc", "update defunct B old C", -ENOLINK },
		{ "Abc", "update defunct A", -ENOLINK },
		{ "Abc", "update defunct xdp", -ENOLINK },
		{ "Abc", "update defunct closed", -EBADF },
	};

	expect_rows(rows);
}

TEST_F_TIMEOUT(order, full, LONG)
{
	const struct point *p = &self->scene.point;
	const struct object *o = self->scene.objects;
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

	const struct {
		__u32 flags, relative;
		__u64 revision;
		int ret;
	} rows[] = {
		{ 0, 0, 0, -ERANGE },
		{ BPF_F_BEFORE, 0, 0, -ERANGE },
		{ BPF_F_AFTER, progs[0], 0, -ERANGE },
		{ BPF_F_BEFORE | BPF_F_LINK, links[1], 0, -ERANGE },
		/* Position and flags do not matter any more. */
		{ BPF_F_BEFORE | BPF_F_AFTER, 0, 0, -ERANGE },
		{ 0, progs[0], 0, -ERANGE },
		{ BPF_F_BEFORE, o[0].fd, 0, -ERANGE },
		{ BPF_F_REPLACE, 0, 0, -ENOENT },
		{ BPF_F_BEFORE, FD_CLOSED, 0, -EBADF },
		{ 0, 0, revision - 1, -ESTALE },
	};

	fds = fds_count();
	for (i = 0; i < (int)ARRAY_SIZE(rows); i++)
		EXPECT_EQ(rows[i].ret,
			  sys_link_create(p->ifindex, p->type, spare,
					  rows[i].flags, rows[i].relative,
					  rows[i].revision)) {
			TH_LOG("row %d", i);
		}
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
