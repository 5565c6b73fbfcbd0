// SPDX-License-Identifier: GPL-2.0
/*
 * Who is let in where bpf(2) is an interface to tcx: what the unprivileged may ask,
 * and what a capability adds.
 *
 * In the environment, for runs by hand (tests/vm/run -- --append NAME=VALUE):
 * GATE_LOCK, to try kernel.unprivileged_bpf_disabled=1 too, which nothing takes
 * back.
 */
#include <bpf/bpf.h>

#include "kselftest_harness.h"

#include "bpf_interface.h"
#include "credentials.h"

#define GATE		"/proc/sys/kernel/unprivileged_bpf_disabled"

FIXTURE(gate) {
	struct point point;
	int a, b, xdp;
};

FIXTURE_SETUP(gate)
{
	ASSERT_GE(point_new(&self->point), 0);
	self->a = cls_load();
	self->b = cls_load();
	self->xdp = verdict_load(BPF_PROG_TYPE_XDP, 2);
	ASSERT_GT(self->a, 0);
	ASSERT_GT(self->b, 0);
	ASSERT_EQ(0, point_attach(&self->point, self->a));
}

FIXTURE_TEARDOWN(gate)
{
	file_write(GATE, "0");
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

/* Whether the kernel keeps the unprivileged from commands of every kind. */
static bool gated(void)
{
	return as_nobody(sys_bpf(NO_CMD, NULL, 0)) == EPERM;
}

static void expect_open(struct __test_metadata *_metadata,
			FIXTURE_DATA(gate) *self)
{
	struct point *p = &self->point;
	unsigned int end = attr_end();

	EXPECT_EQ(0, as_nobody(attr_issue(ATTACH, p, self->b)));
	EXPECT_EQ(0, as_nobody(attr_issue(DETACH, p, self->b)));
	EXPECT_EQ(0, as_nobody(link_and_close(p, self->b)));
	EXPECT_EQ(EPERM, as_nobody(attr_issue(DETACH, p, 0)));
	EXPECT_EQ(EPERM, as_nobody(attr_issue(QUERY, p, 0)));
	/* Before or after the attributes' own faults? */
	EXPECT_EQ(EPERM, as_nobody(tail_issue(QUERY, p, 0, end - 1)));
	EXPECT_EQ(E2BIG, as_nobody(tail_issue(QUERY, p, 0, end)));
	EXPECT_EQ(EINVAL, as_nobody(tail_issue(DETACH, p, 0, end - 1)));
	EXPECT_EQ(E2BIG, as_nobody(tail_issue(DETACH, p, 0, end)));
	EXPECT_EQ(EFAULT, as_nobody(sys_bpf(BPF_PROG_QUERY, (void *)8, 64)));
	expect_count(p, 1);
}

static void expect_closed(struct __test_metadata *_metadata,
			  FIXTURE_DATA(gate) *self)
{
	struct point *p = &self->point;
	unsigned int end = attr_end();
	int i;

	for_each_request(i) {
		EXPECT_EQ(EPERM, as_nobody(attr_issue(i, p, self->b)));
		EXPECT_EQ(EPERM, as_nobody(attr_issue(i, p, FD_CLOSED)));
		EXPECT_EQ(EPERM, as_nobody(tail_issue(i, p, self->b, end - 1)));
		EXPECT_EQ(EPERM, as_nobody(tail_issue(i, p, self->b, end)));
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

TEST_HARNESS_MAIN
