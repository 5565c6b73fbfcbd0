// SPDX-License-Identifier: GPL-2.0
/*
 * bpf(2) as the door to tcx: how attributes of every size are read, that other
 * requests do not notice, who is let in, and the module's switch. What the
 * requests do once they are read is tested elsewhere.
 *
 * In the environment, for runs by hand (tests/vm/run -- --append NAME=VALUE):
 * SWITCHES, how often the switch is moved under load (100), and GATE_LOCK, to
 * try kernel.unprivileged_bpf_disabled=1 too, which nothing takes back.
 */
#include <grp.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/wait.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <linux/capability.h>

#include "kselftest_harness.h"

#include "bpf_attr.h"
#include "netns.h"

#define GATE		"/proc/sys/kernel/unprivileged_bpf_disabled"
#define SLEEPERS	64
#define NO_CMD		100	/* a command that no kernel has */

/* How the attributes are read. */

FIXTURE(attr) {
	struct point point;
	int prog, other;
	size_t page;
	char *arg;	/* one page and a hole behind it, below 4 GiB */
};

FIXTURE_SETUP(attr)
{
	ASSERT_GE(netns_new(), 0);
	self->point.ifindex = dummy_add("dev");
	self->point.type = BPF_TCX_INGRESS;
	ASSERT_GT(self->point.ifindex, 0);
	self->prog = cls_load();
	self->other = cls_load();
	ASSERT_GT(self->prog, 0);
	ASSERT_GT(self->other, 0);
	ASSERT_EQ(0, point_attach(&self->point, self->other));
	self->page = sysconf(_SC_PAGESIZE);
	self->arg = mmap(NULL, 2 * self->page, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	ASSERT_NE(MAP_FAILED, (void *)self->arg);
	ASSERT_EQ(0, munmap(self->arg + self->page, self->page));
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

#define for_each_request(i) for (i = 0; i < REQUESTS; i++)

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
		for (offset = requests[i].end; offset < self->page;
		     offset += offset < 200 ? 1 : 487) {
			int want = offset < ATTR_END ? -EINVAL : -E2BIG;

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

/* What the kernel writes behind a query's pointers. */
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
	int xdp = prog_load(BPF_PROG_TYPE_XDP, 2), map = map_create(), i;
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
		self->arg[ATTR_END - 1] = 1;
		EXPECT_EQ(-EINVAL, compat_bpf(requests[i].cmd, at, 200));
		self->arg[ATTR_END] = 1;
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

/* Who is let in. */

FIXTURE(gate) {
	struct point point;
	int a, b, xdp;
};

FIXTURE_SETUP(gate)
{
	ASSERT_GE(netns_new(), 0);
	self->point.ifindex = dummy_add("dev");
	self->point.type = BPF_TCX_INGRESS;
	ASSERT_GT(self->point.ifindex, 0);
	self->a = cls_load();
	self->b = cls_load();
	self->xdp = prog_load(BPF_PROG_TYPE_XDP, 2);
	ASSERT_GT(self->a, 0);
	ASSERT_GT(self->b, 0);
	ASSERT_EQ(0, point_attach(&self->point, self->a));
}

FIXTURE_TEARDOWN(gate)
{
	file_write(GATE, "0");
}

static int become_nobody_with(__u64 caps)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[2] = {
		{ .effective = caps, .permitted = caps },
		{ .effective = caps >> 32, .permitted = caps >> 32 },
	};

	if (prctl(PR_SET_KEEPCAPS, 1) || setgroups(0, NULL) ||
	    setresgid(65534, 65534, 65534) || setresuid(65534, 65534, 65534) ||
	    syscall(SYS_capset, &header, data))
		return -errno;
	return 0;
}

#define as_nobody_with(caps, what) \
	in_child(become_nobody_with(caps) ? 255 : -(what))
#define as_nobody(what) as_nobody_with(0, what)

static int tail_issue(enum request request, const struct point *p, int prog,
		      unsigned int offset)
{
	union sys_attr attr[2] = { attr_of(request, p, prog) };

	((char *)attr)[offset] = 1;
	return sys_bpf(requests[request].cmd, attr, sizeof(attr));
}

static int link_and_close(const struct point *p, int prog)
{
	int fd = attr_issue(LINK_CREATE, p, prog);

	if (fd < 0)
		return fd;
	close(fd);
	return 0;
}

/* Whether the kernel keeps the unprivileged from commands of every kind. */
static bool gated(void)
{
	return as_nobody(sys_bpf(NO_CMD, NULL, 0)) == EPERM;
}

static void expect_open(struct __test_metadata *_metadata,
			FIXTURE_DATA(gate) *self)
{
	struct point *p = &self->point;

	EXPECT_EQ(0, as_nobody(attr_issue(ATTACH, p, self->b)));
	EXPECT_EQ(0, as_nobody(attr_issue(DETACH, p, self->b)));
	EXPECT_EQ(0, as_nobody(link_and_close(p, self->b)));
	EXPECT_EQ(EPERM, as_nobody(attr_issue(DETACH, p, 0)));
	EXPECT_EQ(EPERM, as_nobody(attr_issue(QUERY, p, 0)));
	/* Before or behind the attributes' own faults? */
	EXPECT_EQ(EPERM, as_nobody(tail_issue(QUERY, p, 0, 151)));
	EXPECT_EQ(E2BIG, as_nobody(tail_issue(QUERY, p, 0, 152)));
	EXPECT_EQ(EINVAL, as_nobody(tail_issue(DETACH, p, 0, 151)));
	EXPECT_EQ(E2BIG, as_nobody(tail_issue(DETACH, p, 0, 152)));
	EXPECT_EQ(EFAULT, as_nobody(sys_bpf(BPF_PROG_QUERY, (void *)8, 64)));
	expect_count(p, 1);
}

static void expect_closed(struct __test_metadata *_metadata,
			  FIXTURE_DATA(gate) *self)
{
	struct point *p = &self->point;
	int i;

	for_each_request(i) {
		EXPECT_EQ(EPERM, as_nobody(attr_issue(i, p, self->b)));
		EXPECT_EQ(EPERM, as_nobody(attr_issue(i, p, FD_CLOSED)));
		EXPECT_EQ(EPERM, as_nobody(tail_issue(i, p, self->b, 151)));
		EXPECT_EQ(EPERM, as_nobody(tail_issue(i, p, self->b, 152)));
		EXPECT_EQ(EPERM, as_nobody(sys_bpf(requests[i].cmd,
						   (void *)8, 64)));
		EXPECT_EQ(EPERM, as_nobody(sys_bpf(requests[i].cmd, NULL,
						   -1U)));
	}
	expect_count(p, 1);
}

TEST_F(gate, unprivileged)
{
	static const char *const values[] = { "0", "2", "1" };
	const __u64 bpf = 1ULL << CAP_BPF, admin = 1ULL << CAP_NET_ADMIN;
	struct point *p = &self->point;
	size_t i;

	for (i = 0; i < (getenv("GATE_LOCK") ? 3 : 2); i++) {
		ASSERT_EQ(0, file_write(GATE, values[i]));
		if (gated())
			expect_closed(_metadata, self);
		else
			expect_open(_metadata, self);
		/* Zero leaves no gate; newer kernels have one for loading. */
		if (!i)
			EXPECT_FALSE(gated());
		/* Opens the gate, and no more. */
		EXPECT_EQ(0, as_nobody_with(bpf, attr_issue(ATTACH, p,
							    self->b)));
		EXPECT_EQ(0, as_nobody_with(bpf, attr_issue(DETACH, p,
							    self->b)));
		EXPECT_EQ(EPERM, as_nobody_with(bpf, attr_issue(QUERY, p, 0)));
		EXPECT_EQ(EPERM, as_nobody_with(bpf, attr_issue(DETACH, p,
								0)));
		EXPECT_EQ(0, as_nobody_with(bpf | admin,
					    attr_issue(QUERY, p, 0)));
		/* The other way round. */
		EXPECT_EQ(gated() ? EPERM : 0,
			  as_nobody_with(admin, attr_issue(QUERY, p, 0)));
		EXPECT_EQ(0, attr_issue(QUERY, p, 0));
	}
}

/* A security module is asked, once, about what the caller has passed. */
TEST_F(gate, lsm)
{
	enum { TGID, ASKED, CMD, SIZE, TYPE };
	struct point *p = &self->point;
	struct bpf_object *object;
	struct bpf_program *prog;
	struct bpf_link *link;
	int map, i, go[2];

	object = bpf_object__open_file("progs/bpf_lsm.bpf.o", NULL);
	ASSERT_EQ(0, libbpf_get_error(object));
	ASSERT_EQ(0, bpf_object__load(object));
	prog = bpf_object__find_program_by_name(object, "refuse");
	map = bpf_object__find_map_fd_by_name(object, "policy");
	ASSERT_NE(NULL, prog);
	ASSERT_GE(map, 0);
	link = bpf_program__attach(prog);
	ASSERT_EQ(0, libbpf_get_error(link));

	for (i = -1; i < REQUESTS; i++) {
		__u32 key, value = 0;
		int status = -1;
		pid_t pid;

		ASSERT_EQ(0, pipe(go));
		pid = fork();
		if (!pid) {
			char c;

			/* After the parent has named us to the policy. */
			if (read(go[0], &c, 1) != 1)
				_exit(255);
			_exit(-(i < 0 ? sys_bpf(NO_CMD, NULL, 0) :
				attr_issue(i, p, self->b)));
		}
		key = ASKED;
		ASSERT_EQ(0, bpf_map_update_elem(map, &key, &value, 0));
		key = TGID;
		value = pid;
		ASSERT_EQ(0, bpf_map_update_elem(map, &key, &value, 0));
		ASSERT_EQ(1, write(go[1], "", 1));
		ASSERT_EQ(pid, waitpid(pid, &status, 0));
		close(go[0]);
		close(go[1]);
		value = 0;
		ASSERT_EQ(0, bpf_map_update_elem(map, &key, &value, 0));
		if (i < 0 && WEXITSTATUS(status) != EACCES) {
			bpf_link__destroy(link);
			bpf_object__close(object);
			SKIP(return, "this kernel's list of lsm lacks bpf");
		}
		EXPECT_EQ(EACCES, WEXITSTATUS(status));
		key = ASKED;
		ASSERT_EQ(0, bpf_map_lookup_elem(map, &key, &value));
		EXPECT_EQ(1, value);
		if (i < 0)
			continue;
		key = CMD;
		ASSERT_EQ(0, bpf_map_lookup_elem(map, &key, &value));
		EXPECT_EQ(requests[i].cmd, value);
		key = TYPE;
		ASSERT_EQ(0, bpf_map_lookup_elem(map, &key, &value));
		EXPECT_EQ(BPF_TCX_INGRESS, value);
		key = SIZE;
		ASSERT_EQ(0, bpf_map_lookup_elem(map, &key, &value));
		EXPECT_LE(64, value);
		EXPECT_GE(152, value);
	}
	expect_count(p, 1);
	expect_revision(p, 2);
	/* Without the policy all is as before. */
	bpf_link__destroy(link);
	bpf_object__close(object);
	EXPECT_EQ(0, attr_issue(ATTACH, p, self->b));
}

/* Requests that are not about tcx. */

FIXTURE(other) {
	struct point point;
	int cls, skb, xdp, flow, fentry;
	int cgroup, netns;
	bool native;
	char path[64];
};

static int fentry_load(const char *function, enum bpf_attach_type type)
{
	const struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = 0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_TRACING,
		.expected_attach_type = type,
		.insns = (uintptr_t)insns,
		.insn_cnt = 2,
		.license = (uintptr_t)"GPL",
	};
	int id = libbpf_find_vmlinux_btf_id(function, type);

	if (id < 0)
		return id;
	attr.attach_btf_id = id;
	return sys_bpf(BPF_PROG_LOAD, &attr, sizeof(attr));
}

FIXTURE_SETUP(other)
{
	self->netns = netns_new();
	ASSERT_GE(self->netns, 0);
	self->native = is_native();
	self->point.ifindex = dummy_add("dev");
	self->point.type = BPF_TCX_INGRESS;
	ASSERT_GT(self->point.ifindex, 0);
	self->cls = cls_load();
	self->skb = prog_load(BPF_PROG_TYPE_CGROUP_SKB, 1);
	self->xdp = prog_load(BPF_PROG_TYPE_XDP, 2);
	self->flow = prog_load(BPF_PROG_TYPE_FLOW_DISSECTOR, 0);
	self->fentry = fentry_load("bpf_fentry_test1", BPF_TRACE_FENTRY);
	ASSERT_GT(self->cls, 0);
	ASSERT_GT(self->skb, 0);
	ASSERT_GT(self->xdp, 0);
	ASSERT_GT(self->flow, 0);
	ASSERT_GT(self->fentry, 0);
	snprintf(self->path, sizeof(self->path), "/sys/fs/cgroup/tcx-%d",
		 getpid());
	ASSERT_EQ(0, mkdir(self->path, 0755));
	self->cgroup = open(self->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ASSERT_GE(self->cgroup, 0);
}

FIXTURE_TEARDOWN(other)
{
	rmdir(self->path);
	if (!self->native)
		switch_to(true);
}

#define ANSWERS_MAX	512

struct answers {
	int count;
	int ret[ANSWERS_MAX];
};

/* An fd that comes back counts as 1. */
static void answer(struct answers *a, int cmd, void *attr, unsigned int size)
{
	int ret = sys_bpf(cmd, attr, size);

	if (ret > 0) {
		close(ret);
		ret = 1;
	}
	if (a->count < ANSWERS_MAX)
		a->ret[a->count++] = ret;
}

static void answer_request(struct answers *a, enum request request, int target,
			   int type, int prog, __u32 flags)
{
	struct point p = { target, type };
	union sys_attr attr = attr_of(request, &p, prog);

	if (request == QUERY)
		attr.query.query_flags = flags;
	else
		attr.attach.attach_flags = flags;
	answer(a, requests[request].cmd, &attr, 64);
	if (request == QUERY && a->count < ANSWERS_MAX)
		a->ret[a->count++] = attr.query.count;
}

#define CGROUP_ANSWERS	10

static void answer_all(struct answers *a, const FIXTURE_DATA(other) *self)
{
	static const int cmds[] = {
		-1, NO_CMD, 1 << 16 | BPF_PROG_ATTACH,
		1 << 16 | BPF_LINK_CREATE, 1 << 16 | BPF_PROG_QUERY,
		INT_MIN | BPF_PROG_DETACH, 256 + BPF_PROG_ATTACH,
		32 + BPF_PROG_ATTACH,
	};
	int cgroup = self->cgroup, i, type;
	size_t k;

	/* CGROUP_ANSWERS of them: the case knows what they are. */
	answer_request(a, ATTACH, cgroup, BPF_CGROUP_INET_INGRESS, self->skb,
		       0);
	answer_request(a, QUERY, cgroup, BPF_CGROUP_INET_INGRESS, 0, 0);
	answer_request(a, QUERY, cgroup, BPF_CGROUP_INET_INGRESS, 0,
		       BPF_F_QUERY_EFFECTIVE);
	answer_request(a, DETACH, cgroup, BPF_CGROUP_INET_INGRESS, 0, 0);
	answer_request(a, QUERY, cgroup, BPF_CGROUP_INET_INGRESS, 0, 0);
	answer_request(a, LINK_CREATE, cgroup, BPF_CGROUP_INET_INGRESS,
		       self->skb, 0);
	answer_request(a, LINK_CREATE, self->point.ifindex, BPF_XDP, self->xdp,
		       0);

	answer_request(a, LINK_CREATE, 0, BPF_TRACE_FENTRY, self->fentry, 0);
	answer_request(a, ATTACH, 0, BPF_FLOW_DISSECTOR, self->flow, 0);
	answer_request(a, QUERY, self->netns, BPF_FLOW_DISSECTOR, 0, 0);
	answer_request(a, DETACH, 0, BPF_FLOW_DISSECTOR, self->flow, 0);
	answer_request(a, QUERY, self->netns, BPF_FLOW_DISSECTOR, 0, 0);
	answer_request(a, LINK_CREATE, self->netns, BPF_FLOW_DISSECTOR,
		       self->flow, 0);
	/* What newer kernels understand, and these refuse. */
	answer_request(a, ATTACH, cgroup, BPF_CGROUP_INET_INGRESS, self->skb,
		       BPF_F_AFTER);
	answer_request(a, DETACH, cgroup, BPF_CGROUP_INET_INGRESS, self->skb,
		       BPF_F_AFTER);

	for (k = 0; k < ARRAY_SIZE(cmds); k++) {
		union sys_attr attr = attr_of(ATTACH, &self->point, self->cls);

		answer(a, cmds[k], &attr, sizeof(attr));
		answer(a, cmds[k], NULL, 0);
		answer(a, cmds[k], NULL, -1U);
	}
	for_each_request(i) {
		char junk[8192] = { [5000] = 1 };

		for (type = -1; type < 80; type++) {
			if (type == BPF_TCX_INGRESS || type == BPF_TCX_EGRESS)
				continue;
			answer_request(a, i, self->point.ifindex, type,
				       i == DETACH ? 0 : self->cls, 0);
		}
		answer(a, requests[i].cmd, NULL, 0);
		answer(a, requests[i].cmd, NULL, 64);
		answer(a, requests[i].cmd, junk, 4096);
		answer(a, requests[i].cmd, junk, 5001);
		answer(a, requests[i].cmd, junk + 1000, 4096);
		memset(junk, 0xff, sizeof(junk));
		answer(a, requests[i].cmd, junk, 152);
	}
}

TEST_F_TIMEOUT(other, same_answers, 90)
{
	static const int known[CGROUP_ANSWERS] = {
		0, 0, 1, 0, 1, 0, 0, 0, 1, 1,
	};
	struct answers on = {}, off = {};
	int i;

	answer_all(&on, self);
	for (i = 0; i < CGROUP_ANSWERS; i++) {
		EXPECT_EQ(known[i], on.ret[i]) {
			TH_LOG("answer %d", i);
		}
	}
	EXPECT_GT(ANSWERS_MAX, on.count);
	if (self->native)
		return;
	ASSERT_EQ(0, switch_to(false));
	answer_all(&off, self);
	ASSERT_EQ(0, switch_to(true));
	ASSERT_EQ(off.count, on.count);
	for (i = 0; i < on.count; i++) {
		EXPECT_EQ(off.ret[i], on.ret[i]) {
			TH_LOG("answer %d", i);
		}
	}
}

/* The switch, and the module's removal. */

FIXTURE(change) {
	struct point in, out;
	int progs[SLEEPERS];
	bool native;
};

FIXTURE_SETUP(change)
{
	int i;

	self->native = is_native();
	ASSERT_GE(netns_new(), 0);
	self->in.ifindex = self->out.ifindex = dummy_add("dev");
	self->in.type = BPF_TCX_INGRESS;
	self->out.type = BPF_TCX_EGRESS;
	ASSERT_GT(self->in.ifindex, 0);
	for (i = 0; i < SLEEPERS; i++) {
		self->progs[i] = cls_load();
		ASSERT_GT(self->progs[i], 0);
	}
}

FIXTURE_TEARDOWN(change)
{
	if (!self->native)
		switch_to(true);
}

#define need_switch() do {						\
	if (self->native)						\
		SKIP(return, "the kernel's own tcx has no switch");	\
	ASSERT_EQ('Y', file_read_char(SWITCH));				\
} while (0)

static int unload(void)
{
	return syscall(SYS_delete_module, MODULE, O_NONBLOCK) ? -errno : 0;
}

static int load(const char *args)
{
	char path[PATH_MAX];
	struct utsname uts;
	int fd, ret;

	uname(&uts);
	snprintf(path, sizeof(path), "/lib/modules/%s/updates/" MODULE ".ko",
		 uts.release);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	ret = syscall(SYS_finit_module, fd, args, 0) ? -errno : 0;
	close(fd);
	return ret;
}

/* As the others want to find it. */
static int load_again(void)
{
	return load(getenv("TCX_MODULE_ARGS") ?: "bpf_syscall=1");
}

static bool info_says_on(void)
{
	struct tcx_backport_info info = {};
	int fd = open(TCX_BACKPORT_DEVICE, O_RDWR | O_CLOEXEC);

	ioctl(fd, TCX_BACKPORT_INFO, &info);
	close(fd);
	return info.features & TCX_BACKPORT_FEAT_BPF_SYSCALL;
}

TEST_F_TIMEOUT(change, off_and_on, 90)
{
	static const char *const words[] = { "2", "maybe", "", "\n" };
	size_t k;
	int i;

	need_switch();
	EXPECT_TRUE(info_says_on());
	EXPECT_EQ(0, switch_to(true));
	for (k = 0; k < 3; k++) {
		ASSERT_EQ(0, attr_issue(ATTACH, &self->in, self->progs[0]));
		ASSERT_EQ(0, switch_to(false));
		EXPECT_EQ('N', file_read_char(SWITCH));
		EXPECT_FALSE(info_says_on());
		for_each_request(i) {
			EXPECT_EQ(-EINVAL, attr_issue(i, &self->in,
						      self->progs[1]));
		}
		EXPECT_EQ(0, switch_to(false));
		ASSERT_EQ(0, switch_to(true));
		EXPECT_EQ('Y', file_read_char(SWITCH));
		EXPECT_TRUE(info_says_on());
		/* What was attached has stayed. */
		expect_count(&self->in, 1);
		EXPECT_EQ(0, attr_issue(DETACH, &self->in, self->progs[0]));
	}
	for (k = 0; k < ARRAY_SIZE(words); k++)
		EXPECT_EQ(*words[k] ? -EINVAL : 0, file_write(SWITCH,
							      words[k]));
	EXPECT_EQ('Y', file_read_char(SWITCH));
}

/* Sleepers: each issues one query and keeps its answer. */

struct sleeper {
	pthread_t thread;
	struct point point;
	void *attr;	/* NULL: one of its own, whose answer goes to @ids */
	void *ids;
	int ret;
};

static void *sleeper_run(void *arg)
{
	struct sleeper *s = arg;
	union sys_attr attr = attr_of(QUERY, &s->point, 0);

	attr.query.count = 1;
	attr.query.prog_ids = (uintptr_t)s->ids;
	s->ret = sys_bpf(BPF_PROG_QUERY, s->attr ?: &attr, sizeof(attr));
	return NULL;
}

struct writer {
	pthread_t thread;
	int (*act)(void);
	int ret;
	volatile bool done;
};

static void *writer_run(void *arg)
{
	struct writer *w = arg;

	w->ret = w->act();
	w->done = true;
	return NULL;
}

static int switch_off(void)
{
	return switch_to(false);
}

/* Puts SLEEPERS tasks to sleep inside, lets @act begin, and wakes them; their
 * answers have to be @want and @act's @act_want.
 */
static void change_asleep(struct __test_metadata *_metadata,
			  FIXTURE_DATA(change) *self, bool early,
			  int (*act)(void), bool waits, int act_want, int want)
{
	struct sleeper sleepers[SLEEPERS];
	struct writer w = { .act = act };
	union sys_attr attr = attr_of(QUERY, &self->in, 0);
	struct hold hold = {};
	int i;

	ASSERT_EQ(0, hold_new(&hold));
	for (i = 0; i < SLEEPERS; i++) {
		sleepers[i] = (struct sleeper){
			.point = self->in,
			.attr = early ? hold.page : NULL,
			.ids = early ? NULL : hold.page + 4 * i,
		};
		ASSERT_EQ(0, pthread_create(&sleepers[i].thread, NULL,
					    sleeper_run, &sleepers[i]));
	}
	ASSERT_EQ(0, hold_wait(&hold, SLEEPERS));
	ASSERT_EQ(0, pthread_create(&w.thread, NULL, writer_run, &w));
	/* Much longer than it takes when nobody is inside. */
	for (i = 0; i < 300 && !w.done; i++)
		sleep_ms(10);
	EXPECT_EQ(!waits, w.done);
	ASSERT_EQ(0, hold_release(&hold, &attr, early ? sizeof(attr) : 0));
	for (i = 0; i < SLEEPERS; i++) {
		pthread_join(sleepers[i].thread, NULL);
		EXPECT_EQ(want, sleepers[i].ret) {
			TH_LOG("sleeper %d", i);
		}
	}
	pthread_join(w.thread, NULL);
	EXPECT_EQ(act_want, w.ret);
	hold_free(&hold);
}

/* Where the kernel learns what the request is about. */
TEST_F_TIMEOUT(change, off_while_asleep, 90)
{
	int i;

	need_switch();
	for (i = 0; i < 2; i++) {
		change_asleep(_metadata, self, true, switch_off, true, 0, 0);
		EXPECT_EQ(-EINVAL, attr_issue(QUERY, &self->in, 0));
		ASSERT_EQ(0, switch_to(true));
	}
	EXPECT_EQ(0, attr_issue(QUERY, &self->in, 0));
}

/* Where it writes the answer. */
TEST_F_TIMEOUT(change, off_while_asleep_behind, 90)
{
	int i;

	need_switch();
	ASSERT_EQ(0, point_attach(&self->in, self->progs[0]));
	for (i = 0; i < 2; i++) {
		change_asleep(_metadata, self, false, switch_off, true, 0, 0);
		EXPECT_EQ(-EINVAL, attr_issue(QUERY, &self->in, 0));
		ASSERT_EQ(0, switch_to(true));
	}
	EXPECT_EQ(0, attr_issue(QUERY, &self->in, 0));
}

static int references_settle(void)
{
	int tries;

	for (tries = 0; tries < 1000 &&
	     file_read_char("/sys/module/" MODULE "/refcnt") != '0'; tries++)
		sleep_ms(20);
	return file_read_char("/sys/module/" MODULE "/refcnt") - '0';
}

/* Nobody of them has a reference yet, and nobody gets one. */
TEST_F_TIMEOUT(change, unload_while_asleep, 90)
{
	int i;

	need_switch();
	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, references_settle());
		change_asleep(_metadata, self, true, unload, true, 0, -EINVAL);
		EXPECT_NE(0, access("/sys/module/" MODULE, F_OK));
		EXPECT_EQ(-EINVAL, attr_issue(QUERY, &self->in, 0));
		ASSERT_EQ(0, load_again());
	}
	EXPECT_EQ(0, attr_issue(QUERY, &self->in, 0));
}

/* These have one. */
TEST_F_TIMEOUT(change, in_use_while_asleep, 90)
{
	need_switch();
	ASSERT_EQ(0, references_settle());
	ASSERT_EQ(0, point_attach(&self->in, self->progs[0]));
	change_asleep(_metadata, self, false, unload, false, -EWOULDBLOCK, 0);
	EXPECT_EQ(0, attr_issue(DETACH, &self->in, self->progs[0]));
}

/* Under load: workers issue whatever there is, most of them waiting for RTNL,
 * which one more task keeps busy.
 */
struct load_worker {
	pthread_t thread;
	struct point point;
	int prog, nth, pause_us;
	volatile bool *stop;
	const char *complaint;
	int ret;
	unsigned long served, refused;
};

static void worker_expect(struct load_worker *w, const char *what, int ret,
			  int other)
{
	if (ret == -EINVAL) {
		w->refused++;
	} else if (ret >= 0 || ret == other) {
		w->served++;
	} else {
		w->complaint = what;
		w->ret = ret;
	}
}

static void *worker_run(void *arg)
{
	struct load_worker *w = arg;
	struct point nowhere = { IFINDEX_NONE, w->point.type };
	int turn = w->nth;

	while (!*w->stop && !w->complaint) {
		switch (turn++ % 5) {
		case 0:
			worker_expect(w, "query",
				      attr_issue(QUERY, &w->point, 0), 0);
			break;
		case 1:
			worker_expect(w, "attach",
				      attr_issue(ATTACH, &w->point, w->prog),
				      -EEXIST);
			break;
		case 2:
			worker_expect(w, "detach",
				      attr_issue(DETACH, &w->point, w->prog),
				      -ENOENT);
			break;
		case 3:
			worker_expect(w, "link", link_and_close(&w->point,
								w->prog),
				      -EEXIST);
			break;
		default:
			worker_expect(w, "nowhere",
				      attr_issue(LINK_CREATE, &nowhere,
						 w->prog), -ENODEV);
		}
		usleep(w->pause_us);
	}
	return NULL;
}

struct disturber {
	pthread_t thread;
	volatile bool *stop;
	int rounds;
};

static void *disturber_run(void *arg)
{
	struct disturber *d = arg;

	for (; !*d->stop; d->rounds++) {
		int ifindex = dummy_add("busy");

		if (ifindex > 0)
			link_del(ifindex);
	}
	return NULL;
}

struct load {
	struct load_worker workers[SLEEPERS];
	struct disturber disturber;
	volatile bool stop;
	int count;
};

static void load_start(struct __test_metadata *_metadata,
		       FIXTURE_DATA(change) *self, struct load *l, int count,
		       int pause_us)
{
	int i;

	l->count = count;
	l->disturber.stop = &l->stop;
	ASSERT_EQ(0, pthread_create(&l->disturber.thread, NULL, disturber_run,
				    &l->disturber));
	for (i = 0; i < count; i++) {
		l->workers[i] = (struct load_worker){
			.point = i & 1 ? self->out : self->in,
			.prog = self->progs[i],
			.nth = i,
			.pause_us = pause_us,
			.stop = &l->stop,
		};
		ASSERT_EQ(0, pthread_create(&l->workers[i].thread, NULL,
					    worker_run, &l->workers[i]));
	}
}

static void load_stop(struct __test_metadata *_metadata,
		      FIXTURE_DATA(change) *self, struct load *l)
{
	unsigned long served = 0, refused = 0;
	int i;

	l->stop = true;
	pthread_join(l->disturber.thread, NULL);
	for (i = 0; i < l->count; i++) {
		struct load_worker *w = &l->workers[i];

		pthread_join(w->thread, NULL);
		EXPECT_EQ(NULL, w->complaint) {
			TH_LOG("%s: %d", w->complaint, w->ret);
		}
		served += w->served;
		refused += w->refused;
		attr_issue(DETACH, &w->point, w->prog);
	}
	TH_LOG("%lu requests served, %lu refused, RTNL held %d times", served,
	       refused, l->disturber.rounds);
	EXPECT_LT(0, served);
	EXPECT_LT(0, refused);
}

TEST_F_TIMEOUT(change, switched_under_load, 3600)
{
	int switches = atoi(getenv("SWITCHES") ?: "100"), i;
	struct load l = {};

	need_switch();
	load_start(_metadata, self, &l, SLEEPERS, 50000);
	for (i = 0; i < switches; i++) {
		ASSERT_EQ(0, switch_to(i & 1)) {
			l.stop = true;
		}
	}
	ASSERT_EQ(0, switch_to(true));
	sleep_ms(100);
	load_stop(_metadata, self, &l);
}

/* Attachments and requests hold the module, so it goes only where there is a
 * moment without: fewer workers, which pause.
 */
TEST_F_TIMEOUT(change, unloaded_under_load, 120)
{
	struct load l = {};
	int i, ret, gone = 0;

	need_switch();
	ASSERT_EQ(0, references_settle());
	load_start(_metadata, self, &l, 8, 20000);
	for (i = 0; i < 20000 && gone < 10; i++) {
		/* Now and then as an administrator does: off, then away. */
		if (i % 50 == 49 && switch_to(false))
			break;
		ret = unload();
		if (!ret) {
			gone++;
			ASSERT_EQ(0, load_again());
			sleep_ms(50);
		} else if (ret != -EWOULDBLOCK) {
			break;
		} else if (i % 50 == 49) {
			switch_to(true);
		}
		sleep_ms(1);
	}
	TH_LOG("unloaded %d times in %d attempts", gone, i);
	EXPECT_EQ(10, gone);
	load_stop(_metadata, self, &l);
	EXPECT_EQ(0, references_settle());
}

/* Tracing programs on the entry function: newer kernels share it, older ones
 * refuse whoever comes second.
 */
static void change_traced(struct __test_metadata *_metadata,
			  FIXTURE_DATA(change) *self, enum bpf_attach_type type)
{
	int prog = fentry_load("__x64_sys_bpf", type), link, ret;

	ASSERT_GT(prog, 0);
	link = raw_tp_link_create(prog, NULL);
	if (link < 0) {
		ASSERT_EQ(-EBUSY, link);
		EXPECT_EQ(0, attr_issue(QUERY, &self->in, 0));
		ASSERT_EQ(0, switch_to(false));
		/* What has been refused once these kernels take for attached. */
		close(prog);
		prog = fentry_load("__x64_sys_bpf", type);
		ASSERT_GT(prog, 0);
		link = raw_tp_link_create(prog, NULL);
		ASSERT_LT(0, link);
		EXPECT_EQ(-EBUSY, switch_to(true));
		EXPECT_EQ('N', file_read_char(SWITCH));
		EXPECT_EQ(-EINVAL, attr_issue(QUERY, &self->in, 0));
		close(link);
		TH_LOG("refused either way");
	} else {
		EXPECT_EQ(0, attr_issue(QUERY, &self->in, 0));
		EXPECT_EQ(0, attr_issue(ATTACH, &self->in, self->progs[0]));
		ASSERT_EQ(0, switch_to(false));
		EXPECT_EQ(-EINVAL, attr_issue(QUERY, &self->in, 0));
		ASSERT_EQ(0, switch_to(true));
		EXPECT_EQ(0, attr_issue(DETACH, &self->in, self->progs[0]));
		close(link);
		TH_LOG("shared");
	}
	close(prog);
	/* The link is dropped behind a grace period. */
	for (ret = -EBUSY, link = 0; ret == -EBUSY && link < 250; link++) {
		ret = switch_to(true);
		sleep_ms(20);
	}
	EXPECT_EQ(0, ret);
	EXPECT_EQ(0, attr_issue(QUERY, &self->in, 0));
}

TEST_F_TIMEOUT(change, traced_entry, 90)
{
	need_switch();
	change_traced(_metadata, self, BPF_TRACE_FENTRY);
}

TEST_F_TIMEOUT(change, traced_exit, 90)
{
	need_switch();
	change_traced(_metadata, self, BPF_TRACE_FEXIT);
}

/* Tracers on the entry function, there before the switch is moved or after. A
 * call is seen once, whichever way it takes then; but the graph tracer of older
 * kernels takes a diverted one for a call of the function it is diverted to, as
 * it does with live patches, and the filter leaves that out.
 */
#define TRACING		"/sys/kernel/tracing/"

static const struct tracer {
	const char *name, *file, *begin, *enable, *on, *off, *end;
} tracers[] = {
	{ "kprobe", TRACING "kprobe_events", "p:tcx_probe __x64_sys_bpf",
	  TRACING "events/kprobes/tcx_probe/enable", "1", "0", "\n" },
	{ "kretprobe", TRACING "kprobe_events", "r:tcx_probe __x64_sys_bpf",
	  TRACING "events/kprobes/tcx_probe/enable", "1", "0", "\n" },
	{ "function", TRACING "set_ftrace_filter", "__x64_sys_bpf",
	  TRACING "current_tracer", "function", "nop", "\n" },
	{ "graph", TRACING "set_ftrace_filter", "__x64_sys_bpf",
	  TRACING "current_tracer", "function_graph", "nop", "\n" },
};

static int tracer_begin(const struct tracer *t)
{
	return file_write(t->file, t->begin) ?: file_write(t->enable, t->on);
}

static int tracer_end(const struct tracer *t)
{
	int fd, ret = file_write(t->enable, t->off);

	/* Opened for writing, it is emptied. */
	fd = open(t->file, O_WRONLY | O_TRUNC | O_CLOEXEC);
	close(fd);
	return ret;
}

/* How often a query and a command that nobody diverts are seen. */
static int tracer_hits(const struct point *p)
{
	int hits = 0, fd = open(TRACING "trace", O_WRONLY | O_TRUNC);
	char line[512];
	FILE *file;

	close(fd);
	attr_issue(QUERY, p, 0);
	sys_bpf(NO_CMD, NULL, 0);
	file = fopen(TRACING "trace", "r");
	if (!file)
		return -errno;
	while (fgets(line, sizeof(line), file))
		if (*line != '#' && (strstr(line, "__x64_sys_bpf") ||
				     strstr(line, "tcx_probe")))
			hits++;
	fclose(file);
	return hits;
}

#define expect_hits(t, on) do {						\
	int __hits = tracer_hits(&self->in);				\
									\
	EXPECT_GE(2, __hits);						\
	EXPECT_LE((on) && !strcmp((t)->name, "graph") ? 1 : 2, __hits);	\
} while (0)

TEST_F_TIMEOUT(change, tracers, 90)
{
	const struct tracer *t;
	int twice;

	need_switch();
	for (t = tracers; t < tracers + ARRAY_SIZE(tracers); t++) {
		TH_LOG("%s", t->name);
		ASSERT_EQ(0, switch_to(false));
		for (twice = 0; twice < 2; twice++) {
			/* First it comes before the switch, then after it. */
			ASSERT_EQ(0, tracer_begin(t));
			expect_hits(t, twice);
			ASSERT_EQ(0, switch_to(!twice));
			expect_hits(t, !twice);
			EXPECT_EQ(twice ? -EINVAL : 0,
				  attr_issue(QUERY, &self->in, 0));
			ASSERT_EQ(0, tracer_end(t));
			EXPECT_EQ(twice ? -EINVAL : 0,
				  attr_issue(QUERY, &self->in, 0));
		}
		/* The module goes while it is traced. */
		ASSERT_EQ(0, switch_to(true));
		ASSERT_EQ(0, tracer_begin(t));
		ASSERT_EQ(0, references_settle());
		ASSERT_EQ(0, unload());
		expect_hits(t, false);
		ASSERT_EQ(0, load_again());
		expect_hits(t, true);
		EXPECT_EQ(0, attr_issue(QUERY, &self->in, 0));
		ASSERT_EQ(0, tracer_end(t));
	}
}

TEST_HARNESS_MAIN
