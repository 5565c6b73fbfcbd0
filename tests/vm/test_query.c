// SPDX-License-Identifier: GPL-2.0
/*
 * What a query says: how many programs, which of its arrays it fills, what it
 * makes of pointers, and what it refuses.
 */
#include <sys/mman.h>

#include "kselftest_harness.h"

#include "point.h"

FIXTURE(query) {
	struct point point;
	int fds[3];
	__u32 ids[3];
};

FIXTURE_VARIANT(query) {
	int type;
};

FIXTURE_VARIANT_ADD(query, ingress) {
	.type = BPF_TCX_INGRESS,
};

FIXTURE_VARIANT_ADD(query, egress) {
	.type = BPF_TCX_EGRESS,
};

FIXTURE_SETUP(query)
{
	int i;

	ASSERT_GE(netns_new(), 0);
	self->point.type = variant->type;
	self->point.ifindex = dummy_add("dev");
	ASSERT_GT(self->point.ifindex, 0);
	for (i = 0; i < 3; i++) {
		self->fds[i] = cls_load();
		ASSERT_GT(self->fds[i], 0);
		self->ids[i] = prog_id(self->fds[i]);
		ASSERT_EQ(0, point_attach(&self->point, self->fds[i]));
	}
}

FIXTURE_TEARDOWN(query)
{
}

#define SENTINEL	0xdeadbeefU

TEST_F(query, capacity)
{
	__u32 count, i;

	for (count = 0; count < 6; count++) {
		__u32 ids[6], flags[6], links[6], link_flags[6];
		struct sys_query q = {
			.count = count,
			.prog_ids = ids,
			.prog_attach_flags = flags,
			.link_ids = links,
			.link_attach_flags = link_flags,
		};

		for (i = 0; i < 6; i++)
			ids[i] = flags[i] = links[i] = link_flags[i] = SENTINEL;
		EXPECT_EQ(count && count < 3 ? -ENOSPC : 0,
			  sys_prog_query(self->point.ifindex, self->point.type,
					 &q));
		EXPECT_EQ(3, q.count);
		EXPECT_EQ(4, q.revision);
		EXPECT_EQ(0, q.attach_flags);
		for (i = 0; i < 6; i++) {
			bool filled = i < count && i < 3;

			EXPECT_EQ(filled ? self->ids[i] : SENTINEL, ids[i]);
			EXPECT_EQ(filled ? 0 : SENTINEL, flags[i]);
			EXPECT_EQ(filled ? 0 : SENTINEL, links[i]);
			EXPECT_EQ(filled ? 0 : SENTINEL, link_flags[i]);
		}
	}
}

TEST_F(query, which_arrays)
{
	__u32 ids[3] = {}, other[3] = { SENTINEL, SENTINEL, SENTINEL };
	struct sys_query none = { .count = 3 };
	struct sys_query no_ids = {
		.count = 1,
		.prog_attach_flags = other,
		.link_ids = other,
		.link_attach_flags = other,
	};
	struct sys_query only_ids = { .count = 3, .prog_ids = ids };

	EXPECT_EQ(0, sys_prog_query(self->point.ifindex, self->point.type,
				    &none));
	EXPECT_EQ(3, none.count);
	EXPECT_EQ(4, none.revision);

	/* Without prog_ids the others are not written, and nothing is short. */
	EXPECT_EQ(0, sys_prog_query(self->point.ifindex, self->point.type,
				    &no_ids));
	EXPECT_EQ(3, no_ids.count);
	EXPECT_EQ(SENTINEL, other[0]);

	EXPECT_EQ(0, sys_prog_query(self->point.ifindex, self->point.type,
				    &only_ids));
	EXPECT_EQ(0, memcmp(ids, self->ids, sizeof(ids)));
}

TEST_F(query, bad_pointers)
{
	int ifindex = self->point.ifindex, type = self->point.type, which;
	size_t page = sysconf(_SC_PAGESIZE);
	__u32 *end;
	char *map;

	map = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, (void *)map);
	ASSERT_EQ(0, munmap(map + page, page));
	/* Room for two entries; the third lies after the mapping. */
	end = (__u32 *)(map + page) - 2;

	for (which = 0; which < 4; which++) {
		__u32 ids[3];
		struct sys_query q = { .count = 3, .prog_ids = ids };
		__u32 **arrays[] = {
			&q.prog_ids, &q.prog_attach_flags,
			&q.link_ids, &q.link_attach_flags,
		};

		*arrays[which] = (__u32 *)8;
		EXPECT_EQ(-EFAULT, sys_prog_query(ifindex, type, &q));

		q.count = 3;
		*arrays[which] = end;
		EXPECT_EQ(-EFAULT, sys_prog_query(ifindex, type, &q));

		/* Only the part within the capacity is touched. */
		q.count = 2;
		EXPECT_EQ(-ENOSPC, sys_prog_query(ifindex, type, &q));
	}
	expect_count(&self->point, 3);
	expect_revision(&self->point, 4);
}

TEST_F(query, empty)
{
	__u32 ids[3] = { SENTINEL, SENTINEL, SENTINEL };
	struct sys_query q = { .count = 3, .prog_ids = ids };
	struct point point = { dummy_add("empty"), self->point.type };

	EXPECT_EQ(0, sys_prog_query(point.ifindex, point.type, &q));
	EXPECT_EQ(0, q.count);
	EXPECT_EQ(1, q.revision);
	EXPECT_EQ(SENTINEL, ids[0]);

	/* An array that nobody writes may be anywhere. */
	q = (struct sys_query){ .count = 3, .prog_ids = (__u32 *)8 };
	EXPECT_EQ(0, sys_prog_query(point.ifindex, point.type, &q));
}

TEST_F(query, refused)
{
	const struct {
		bool nodev, badtype;
		__u32 query_flags, attach_flags;
		int ret;
	} rows[] = {
		{ .nodev = true, .ret = -ENODEV },
		{ .badtype = true, .ret = -EINVAL },
		{ .badtype = true, .nodev = true, .ret = -EINVAL },
		{ .query_flags = 1, .ret = -EINVAL },
		{ .query_flags = 2, .ret = -EINVAL },
		{ .query_flags = 2, .nodev = true, .ret = -EINVAL },
		{ .attach_flags = 1, .ret = -EINVAL },
		/* BPF_F_QUERY_EFFECTIVE is a flag, but not of tcx. */
		{ .query_flags = 1, .nodev = true, .ret = -ENODEV },
		{ .attach_flags = BPF_F_BEFORE, .nodev = true,
		  .ret = -ENODEV },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		__u32 ids[3] = { SENTINEL };
		struct sys_query q = {
			.query_flags = rows[i].query_flags,
			.attach_flags = rows[i].attach_flags,
			.count = 3,
			.prog_ids = ids,
		};

		EXPECT_EQ(rows[i].ret,
			  sys_prog_query(rows[i].nodev ? IFINDEX_NONE :
							 self->point.ifindex,
					 rows[i].badtype ? BADTYPE :
							   self->point.type,
					 &q)) {
			TH_LOG("row %zu", i);
		}
		EXPECT_EQ(SENTINEL, ids[0]);
		EXPECT_EQ(3, q.count);
	}
}

TEST_HARNESS_MAIN
