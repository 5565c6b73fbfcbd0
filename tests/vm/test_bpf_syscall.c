// SPDX-License-Identifier: GPL-2.0
/*
 * bpf(2) as the interface to tcx: how attributes of every size are read. That
 * other requests do not notice is tested in test_bpf_others.c, who is let in in
 * test_bpf_gate.c, the module's switch in test_bpf_switch.c, and what the
 * requests do once they are read elsewhere.
 */
#include "kselftest_harness.h"

#include "bpf_interface.h"
#include "compat.h"
#include "netns.h"

FIXTURE(attr) {
	struct point point;
	int prog, other;
	size_t page;
	char *arg;	/* one page, below 4 GiB, and a hole after it */
};

FIXTURE_SETUP(attr)
{
	ASSERT_GE(point_new(&self->point), 0);
	self->prog = cls_load();
	self->other = cls_load();
	ASSERT_GT(self->prog, 0);
	ASSERT_GT(self->other, 0);
	ASSERT_EQ(0, point_attach(&self->point, self->other));
	self->page = sysconf(_SC_PAGESIZE);
	self->arg = page_before_hole();
	ASSERT_NE(NULL, self->arg);
}

FIXTURE_TEARDOWN(attr)
{
}

/* What every refusal must leave behind. */
#define expect_untouched() do {						\
	expect_count(&self->point, 1);					\
	expect_revision(&self->point, 2);				\
} while (0)

/* Takes back what a request has done: always the same begin. */
#define undo(request, ret) do {						\
	if ((request) == ATTACH)					\
		point_detach(&self->point, self->prog);			\
	else if ((request) == DETACH)					\
		point_attach(&self->point, self->prog);			\
	else if ((request) == LINK_CREATE && (ret) > 0)			\
		close(ret);						\
} while (0)

/* Shorter ones count as continued by zeros, longer ones may end in zeros. */
TEST_F(attr, size)
{
	static const unsigned int sizes[] = {
		8, 9, 12, 13, 16, 18, 20, 24, 28, 31, 32, 33, 40, 47, 48, 56,
		60, 63, 64, 65, 100, 120, 128, 144, 145, 148, 151, 152, 153,
		160, 168, 200, 1024, 4095, 4096,
	};
	size_t k;
	int i;

	for_each_request(i) {
		union sys_attr attr = attr_of(i, &self->point, self->prog);

		if (i == DETACH)
			ASSERT_EQ(0, point_attach(&self->point, self->prog));
		for (k = 0; k < ARRAY_SIZE(sizes); k++) {
			unsigned int size = sizes[k];
			/* Native answers a query wherever that ends. */
			char *at = is_native() && i == QUERY ? self->arg :
				   self->arg + self->page - size;
			int ret;

			if (size < requests[i].least)
				continue;
			/* The first twelve bytes do not fit a query of 8. */
			memset(at, 0, size);
			memcpy(at, &attr, size < 16 ? size : 16);
			ret = sys_bpf(requests[i].cmd, at, size);
			EXPECT_LE(0, ret) {
				TH_LOG("%s of %u: %d", requests[i].name, size,
				       ret);
			}
			undo(i, ret);
		}
		if (i == DETACH)
			point_detach(&self->point, self->prog);
		EXPECT_EQ(-E2BIG, sys_bpf(requests[i].cmd, self->arg,
					  self->page + 1));
		EXPECT_EQ(-E2BIG, sys_bpf(requests[i].cmd, self->arg, -1U));
		EXPECT_EQ(-E2BIG, sys_bpf(requests[i].cmd, NULL, -1U));
	}
	expect_count(&self->point, 1);
}

/* Without an attach type it is not about tcx, and nothing of ours. */
TEST_F(attr, too_short_for_tcx)
{
	unsigned int size;
	int i;

	for_each_request(i) {
		union sys_attr attr = attr_of(i, &self->point, self->other);

		for (size = 0; size <= requests[i].least - 4; size++) {
			int ret = sys_bpf(requests[i].cmd, &attr, size);

			EXPECT_GT(0, ret) {
				TH_LOG("%s of %u: %d", requests[i].name, size,
				       ret);
			}
		}
	}
	expect_untouched();
}

/* Bytes that nobody has given a meaning: refused before anything is looked at.
 */
TEST_F(attr, tail)
{
	struct point nowhere = { IFINDEX_NONE, BPF_TCX_EGRESS };
	unsigned int offset;
	int i;

	for_each_request(i) {
		union sys_attr attr = attr_of(i, &nowhere, FD_CLOSED);
		char *at = self->arg;

		memset(at, 0, self->page);
		memcpy(at, &attr, sizeof(attr));
		for (offset = request_end(i); offset < self->page;
		     offset += offset < 200 ? 1 : 487) {
			int want = offset < attr_end() ? -EINVAL : -E2BIG;

			at[offset] = 0x80;
			EXPECT_EQ(want, sys_bpf(requests[i].cmd, at,
						self->page)) {
				TH_LOG("%s at %u", requests[i].name, offset);
			}
			EXPECT_EQ(want, sys_bpf(requests[i].cmd, at,
						offset + 1)) {
				TH_LOG("%s at %u", requests[i].name, offset);
			}
			at[offset] = 0;
		}
		at[self->page - 1] = 1;
		EXPECT_EQ(-E2BIG, sys_bpf(requests[i].cmd, at, self->page));
	}
	expect_untouched();
}

/* Gaps, and fields of other attach types, are not looked at. */
TEST_F(attr, fields_of_others)
{
	static const struct {
		enum request request;
		unsigned int from, to;
	} gaps[] = {
		{ QUERY, 28, 32 },
		{ LINK_CREATE, 20, 24 },
		{ LINK_CREATE, 32, 60 },
		{ DETACH, 16, 20 },
		{ ATTACH, 16, 20 },
	};
	size_t k;

	for (k = 0; k < ARRAY_SIZE(gaps); k++) {
		enum request i = gaps[k].request;
		union sys_attr attr = attr_of(i, &self->point, self->prog);
		int ret;

		if (i == DETACH)
			ASSERT_EQ(0, point_attach(&self->point, self->prog));
		memset(attr.size + gaps[k].from, 0x5a,
		       gaps[k].to - gaps[k].from);
		ret = sys_bpf(requests[i].cmd, &attr, sizeof(attr));
		EXPECT_LE(0, ret) {
			TH_LOG("%s: %d", requests[i].name, ret);
		}
		if (i != DETACH)
			undo(i, ret);
	}
	expect_count(&self->point, 1);
}

/* A query's answer ends where the caller's attributes end. Native tcx writes
 * on, so that there only the fields that fit are compared.
 */
TEST_F(attr, answer)
{
	union sys_attr attr = attr_of(QUERY, &self->point, 0);
	union sys_attr *answer = (void *)self->arg;
	unsigned int size, i;

	for (size = 8; size <= 170; size++) {
		memset(self->arg, 0, size);
		memset(self->arg + size, 0x5a, 300);
		memcpy(self->arg, &attr, size < 16 ? size : 16);
		EXPECT_EQ(0, sys_bpf(BPF_PROG_QUERY, self->arg, size));
		EXPECT_EQ(self->point.ifindex, answer->query.target_ifindex);
		if (size >= 28)
			EXPECT_EQ(1, answer->query.count);
		if (size >= 64)
			EXPECT_EQ(2, answer->query.revision);
		for (i = size; i < 300 && !is_native(); i++) {
			EXPECT_EQ(0x5a, self->arg[i]) {
				TH_LOG("size %u, offset %u", size, i);
			}
		}
		/* A field that is cut is not written at all. */
		for (i = 0; i < size && i < 64; i++) {
			bool ours = i < 16 || (i >= 24 && i < 28 && size >= 28) ||
				    (i >= 56 && size >= 64);

			if (!is_native() && !ours)
				EXPECT_EQ(0, self->arg[i]) {
					TH_LOG("size %u, offset %u", size, i);
				}
		}
	}
}

TEST_F(attr, bad_pointers)
{
	size_t k;
	int i;

	for_each_request(i) {
		union sys_attr attr = attr_of(i, &self->point, self->prog);
		char *end = self->arg + self->page;
		char *cut = end - 24;
		void *const bad[] = {
			NULL, (void *)8, end, end - 4, (void *)-4096L,
			(void *)-8L, (void *)0xffff888000000000UL,
			(void *)0x8000000000000000UL, cut,
		};

		memset(self->arg, 0, self->page);
		memcpy(cut, &attr, 24);
		for (k = 0; k < ARRAY_SIZE(bad); k++) {
			EXPECT_EQ(-EFAULT, sys_bpf(requests[i].cmd, bad[k],
						   sizeof(attr))) {
				TH_LOG("%s at %p", requests[i].name, bad[k]);
			}
		}
		/* The tail of a longer one counts as well. */
		memcpy(end - sizeof(attr), &attr, sizeof(attr));
		EXPECT_EQ(-EFAULT, sys_bpf(requests[i].cmd, end - sizeof(attr),
					   sizeof(attr) + 8));
		/* Without attributes it is about nothing. */
		EXPECT_GT(0, sys_bpf(requests[i].cmd, NULL, 0));
		EXPECT_EQ(-EFAULT, sys_bpf(requests[i].cmd, NULL, 16));
	}
	expect_untouched();
}

TEST_F(attr, read_only)
{
	union sys_attr attr = attr_of(ATTACH, &self->point, self->prog);
	char *at = self->arg + 512;

	memcpy(self->arg, &attr, sizeof(attr));
	attr = attr_of(QUERY, &self->point, 0);
	memcpy(at, &attr, sizeof(attr));
	ASSERT_EQ(0, mprotect(self->arg, self->page, PROT_READ));
	EXPECT_EQ(0, sys_bpf(BPF_PROG_ATTACH, self->arg, sizeof(attr)));
	EXPECT_EQ(-EFAULT, sys_bpf(BPF_PROG_QUERY, at, sizeof(attr)));
}

/* What the kernel writes after a query's pointers. */
TEST_F(attr, bad_arrays)
{
	char *const bad = self->arg + self->page;
	struct sys_query q = { .count = 1, .prog_ids = (void *)bad };
	__u32 id;

	EXPECT_EQ(-EFAULT, sys_prog_query(self->point.ifindex,
					  self->point.type, &q));
	/* It had got as far as the fixed part. */
	EXPECT_EQ(1, q.count);
	EXPECT_EQ(2, q.revision);
	q = (struct sys_query){ .count = 1, .prog_ids = &id,
				.link_ids = (void *)bad };
	EXPECT_EQ(-EFAULT, sys_prog_query(self->point.ifindex,
					  self->point.type, &q));
	EXPECT_EQ(prog_id(self->other), id);
	q = (struct sys_query){ .count = 0, .prog_ids = (void *)bad };
	EXPECT_EQ(0, sys_prog_query(self->point.ifindex, self->point.type,
				    &q));
	q = (struct sys_query){ .count = 1, .link_ids = (void *)bad };
	EXPECT_EQ(0, sys_prog_query(self->point.ifindex, self->point.type,
				    &q));
}

TEST_F(attr, order)
{
	struct point nowhere = { -1, BPF_TCX_INGRESS };
	int xdp = verdict_load(BPF_PROG_TYPE_XDP, 2), map = map_create(), i;
	struct sys_query q = {};

	for_each_request(i) {
		if (i == QUERY)
			continue;
		EXPECT_EQ(-EBADF, attr_issue(i, &nowhere, FD_CLOSED));
		EXPECT_EQ(-EBADF, attr_issue(i, &nowhere, -1));
		EXPECT_EQ(-EINVAL, attr_issue(i, &nowhere, map));
		EXPECT_EQ(-EINVAL, attr_issue(i, &nowhere, xdp));
		/* How clients find out whether there is tcx. */
		EXPECT_EQ(-ENODEV, attr_issue(i, &nowhere, self->prog));
	}
	EXPECT_EQ(-EINVAL, sys_prog_attach(-1, BPF_TCX_INGRESS, FD_CLOSED,
					   1 << 20, 0, 0, 0));
	EXPECT_EQ(-EINVAL, sys_prog_detach(-1, BPF_TCX_INGRESS, FD_CLOSED,
					   1 << 20, 0, 0));
	EXPECT_EQ(-ENODEV, sys_prog_query(-1, BPF_TCX_INGRESS, &q));
	q.query_flags = 1 << 20;
	EXPECT_EQ(-EINVAL, sys_prog_query(-1, BPF_TCX_INGRESS, &q));
	q.query_flags = BPF_F_QUERY_EFFECTIVE;
	EXPECT_EQ(-ENODEV, sys_prog_query(-1, BPF_TCX_INGRESS, &q));
	EXPECT_EQ(-EINVAL, sys_prog_query(self->point.ifindex,
					  BPF_TCX_INGRESS, &q));
	q = (struct sys_query){ .attach_flags = 1 };
	EXPECT_EQ(-ENODEV, sys_prog_query(-1, BPF_TCX_INGRESS, &q));
	EXPECT_EQ(-EINVAL, sys_prog_query(self->point.ifindex,
					  BPF_TCX_INGRESS, &q));
	expect_untouched();
}

/* Only BPF_F_REPLACE gives this field a meaning. */
TEST_F(attr, replace_fd_without_replace)
{
	EXPECT_EQ(0, sys_prog_attach(self->point.ifindex, self->point.type,
				     self->prog, 0, FD_CLOSED, 0, 0));
	EXPECT_EQ(0, point_detach(&self->point, self->prog));
	EXPECT_EQ(-EBADF, sys_prog_attach(self->point.ifindex,
					  self->point.type, self->prog,
					  BPF_F_REPLACE, FD_CLOSED, 0, 0));
}

/* A link's flags are not masked: a bit that means nothing disturbs only where
 * the flags as a whole say something about the place.
 */
TEST_F(attr, link_flags)
{
	int bit;

	for (bit = 6; bit < 32; bit++) {
		int fd, want;

		if (1U << bit == BPF_F_LINK)
			continue;
		fd = sys_link_create(self->point.ifindex, self->point.type,
				     self->prog, 1U << bit, 0, 0);
		EXPECT_EQ(-EINVAL, fd) {
			TH_LOG("bit %d", bit);
		}
		fd = sys_link_create(self->point.ifindex, self->point.type,
				     self->prog, 1U << bit | BPF_F_BEFORE, 0,
				     0);
		EXPECT_LT(0, fd) {
			TH_LOG("bit %d", bit);
		}
		close(fd);
		want = sys_prog_attach(self->point.ifindex, self->point.type,
				       self->prog, 1U << bit | BPF_F_BEFORE, 0,
				       0, 0);
		EXPECT_EQ(-EINVAL, want);
	}
	expect_count(&self->point, 1);
}

/* Registers are wider than the arguments. */
TEST_F(attr, upper_halves)
{
	const unsigned long junk = 0xdead0000UL << 32;
	int i;

	for_each_request(i) {
		union sys_attr attr = attr_of(i, &self->point, self->prog);
		long ret;

		if (i == DETACH)
			ASSERT_EQ(0, point_attach(&self->point, self->prog));
		ret = syscall(__NR_bpf, junk | requests[i].cmd, &attr,
			      junk | sizeof(attr));
		EXPECT_LE(0, ret) {
			TH_LOG("%s: %d", requests[i].name, -errno);
		}
		if (i != DETACH)
			undo(i, ret);
	}
	expect_count(&self->point, 1);
}

#ifdef __x86_64__
TEST_F(attr, compat)
{
	const unsigned long junk = 0xdead0000UL << 32;
	unsigned long at = (uintptr_t)self->arg, bad = at + self->page;
	union sys_attr attr = attr_of(ATTACH, &self->point, self->prog);
	union sys_attr *arg = (void *)self->arg;
	__u32 *ids = (__u32 *)(self->arg + 1024);
	int i, fd;

	memcpy(arg, &attr, sizeof(attr));
	EXPECT_EQ(0, compat_bpf(BPF_PROG_ATTACH, at, sizeof(attr)));
	EXPECT_EQ(-EEXIST, compat_bpf(BPF_PROG_ATTACH, at, sizeof(attr)));
	EXPECT_EQ(-EEXIST, compat_bpf(junk | BPF_PROG_ATTACH, junk | at,
				      junk | sizeof(attr)));

	attr = attr_of(QUERY, &self->point, 0);
	memcpy(arg, &attr, sizeof(attr));
	arg->query.count = 2;
	arg->query.prog_ids = (uintptr_t)ids;
	EXPECT_EQ(0, compat_bpf(BPF_PROG_QUERY, at, sizeof(attr)));
	EXPECT_EQ(2, arg->query.count);
	EXPECT_EQ(3, arg->query.revision);
	EXPECT_EQ(prog_id(self->other), ids[0]);
	EXPECT_EQ(prog_id(self->prog), ids[1]);

	attr = attr_of(DETACH, &self->point, self->prog);
	memcpy(arg, &attr, sizeof(attr));
	EXPECT_EQ(0, compat_bpf(BPF_PROG_DETACH, at, sizeof(attr)));
	EXPECT_EQ(-ENOENT, compat_bpf(BPF_PROG_DETACH, at, sizeof(attr)));

	attr = attr_of(LINK_CREATE, &self->point, self->prog);
	memcpy(arg, &attr, sizeof(attr));
	fd = compat_bpf(BPF_LINK_CREATE, at, sizeof(attr));
	EXPECT_LT(0, fd);
	expect_count(&self->point, 2);
	close(fd);
	expect_count(&self->point, 1);

	for_each_request(i) {
		EXPECT_EQ(-EFAULT, compat_bpf(requests[i].cmd, bad, 152));
		EXPECT_EQ(-EFAULT, compat_bpf(requests[i].cmd, bad - 12, 152));
		memset(arg, 0, 256);
		attr = attr_of(i, &self->point, FD_CLOSED);
		memcpy(arg, &attr, sizeof(attr));
		self->arg[attr_end() - 1] = 1;
		EXPECT_EQ(-EINVAL, compat_bpf(requests[i].cmd, at, 200));
		self->arg[attr_end()] = 1;
		EXPECT_EQ(-E2BIG, compat_bpf(requests[i].cmd, at, 200));
		EXPECT_EQ(-E2BIG, compat_bpf(requests[i].cmd, at,
					     self->page + 1));
	}
	/* Other commands pass. */
	memset(arg, 0, 256);
	EXPECT_EQ(0, compat_bpf(BPF_PROG_GET_NEXT_ID, at, 12));
	EXPECT_EQ(-EINVAL, compat_bpf(NO_CMD, at, 12));
}
#endif

TEST_HARNESS_MAIN
