// SPDX-License-Identifier: GPL-2.0
/*
 * Who may do what. A program's fd suffices to attach that program and to
 * detach it; a detach that names no program, and a query, need CAP_NET_ADMIN
 * or CAP_SYS_ADMIN in the initial user namespace. The caller counts, never
 * who opened it; the device is looked up in the caller's namespace.
 */
#include <stdio.h>

#include "kselftest_harness.h"

#include "credentials.h"
#include "point.h"

#define CAP(name)	(1ULL << CAP_##name)

FIXTURE(authority) {
	struct point point;
	int a, b;
};

FIXTURE_SETUP(authority)
{
	ASSERT_GE(point_new(&self->point), 0);
	self->a = cls_load();
	self->b = cls_load();
	ASSERT_GT(self->a, 0);
	ASSERT_GT(self->b, 0);
	/* The children inherit the device that this opens. */
	ASSERT_EQ(0, point_attach(&self->point, self->a));
}

FIXTURE_TEARDOWN(authority)
{
}

/* All capabilities, but in a user namespace of its own. */
static int become_ns_root(void)
{
	return unshare(CLONE_NEWUSER) ? -errno : 0;
}

/* The same, with a network namespace and a device that belong to it. */
static int become_owner(int ifindex)
{
	if (become_ns_root() || netns_new() < 0)
		return -EPERM;
	return link_add("dummy", "own", ifindex) == ifindex ? 0 : -EPERM;
}

static int nothing(void)
{
	return 0;
}

/* An attach and a detach by fd: allowed to all who hold the fd. */
static int use_fd(const struct point *p, int prog_fd)
{
	return point_attach(p, prog_fd) ?: point_detach(p, prog_fd);
}

/* Attempts in a child that has become somebody first; 255: could not. */
#define as(become, what) in_child((become) ? 255 : -(what))

#define expect_powerless(become) do {					\
	EXPECT_EQ(0, as(become, use_fd(&self->point, self->b)));	\
	EXPECT_EQ(EPERM, as(become, point_query(&self->point).ret));	\
	EXPECT_EQ(EPERM, as(become, point_detach(&self->point, 0)));	\
	EXPECT_EQ(EPERM, as(become, sys_prog_detach(			\
		self->point.ifindex, self->point.type, 0, BPF_F_BEFORE,	\
		0, 0)));						\
	expect_count(&self->point, 1);					\
	expect_revision(&self->point, 4);				\
	/* His program comes off by its fd, in his own hands. */	\
	EXPECT_EQ(0, as(become, point_detach(&self->point, self->a)));	\
	EXPECT_EQ(0, as(become, point_attach(&self->point, self->a)));	\
	expect_count(&self->point, 1);					\
} while (0)

#define expect_powerful(become) do {					\
	EXPECT_EQ(0, as(become, point_query(&self->point).ret));	\
	EXPECT_EQ(0, as(become, point_detach(&self->point, 0)));	\
	expect_count(&self->point, 0);					\
	EXPECT_EQ(0, point_attach(&self->point, self->a));		\
} while (0)

TEST_F(authority, root)
{
	expect_powerful(nothing());
}

TEST_F(authority, nobody)
{
	expect_powerless(become_nobody());
}

TEST_F(authority, root_without_capabilities)
{
	expect_powerless(set_caps(0));
}

TEST_F(authority, root_of_a_user_namespace)
{
	expect_powerless(become_ns_root());
}

TEST_F(authority, either_capability)
{
	expect_powerful(become_nobody_with(CAP(NET_ADMIN)));
	expect_powerful(become_nobody_with(CAP(SYS_ADMIN)));
}

TEST_F(authority, no_other_capability)
{
	__u64 all = (1ULL << (CAP_LAST_CAP + 1)) - 1;

	expect_powerless(become_nobody_with(all & ~CAP(NET_ADMIN) &
					    ~CAP(SYS_ADMIN)));
}

/* Even over a device of its own. */
TEST_F(authority, user_namespace_with_devices)
{
	struct point p = { 4711, BPF_TCX_EGRESS };

	EXPECT_EQ(0, as(become_owner(4711), use_fd(&p, self->a)));
	EXPECT_EQ(EPERM, as(become_owner(4711), point_query(&p).ret));
	EXPECT_EQ(EPERM, as(become_owner(4711), point_attach(&p, self->a) ?:
						point_detach(&p, 0)));
}

/* Where the check stands among the others. */
TEST_F(authority, precedence)
{
	int ifindex = self->point.ifindex, type = self->point.type;
	struct sys_query bad = { .query_flags = 2, .attach_flags = 1 };

	EXPECT_EQ(EINVAL, as(become_nobody(),
			     sys_prog_detach(ifindex, 200, 0, 0, 0, 0)));
	EXPECT_EQ(EINVAL, as(become_nobody(),
			     sys_prog_detach(ifindex, type, 0, 2, 0, 0)));
	EXPECT_EQ(EPERM, as(become_nobody(),
			    sys_prog_detach(IFINDEX_NONE, type, 0,
					    BPF_F_REPLACE, 0, 99)));
	EXPECT_EQ(EBADF, as(become_nobody(),
			    sys_prog_detach(IFINDEX_NONE, type, FD_CLOSED, 0,
					    0, 0)));
	EXPECT_EQ(EPERM, as(become_nobody(),
			    sys_prog_query(IFINDEX_NONE, 200, &bad)));
	expect_count(&self->point, 1);
}

/* Two namespaces that each have a device 4711: only where the caller is counts,
 * not where it, or the one who opened the device, was before.
 */
TEST_F(authority, device_of_the_callers_namespace)
{
	struct point p = { 4711, BPF_TCX_INGRESS };
	int first, second;

	first = netns_open();
	ASSERT_EQ(4711, link_add("dummy", "one", 4711));
	ASSERT_EQ(0, point_attach(&p, self->a));
	second = netns_new();
	ASSERT_GE(second, 0);
	EXPECT_EQ(-ENODEV, point_query(&p).ret);
	EXPECT_EQ(-ENODEV, point_attach(&p, self->b));
	EXPECT_EQ(-ENODEV, point_detach(&p, self->a));
	ASSERT_EQ(4711, link_add("dummy", "two", 4711));
	expect_count(&p, 0);
	EXPECT_EQ(-ENOENT, point_detach(&p, self->a));
	EXPECT_EQ(0, point_attach(&p, self->a));
	EXPECT_EQ(0, point_attach(&p, self->b));

	ASSERT_EQ(0, netns_enter(first));
	expect_count(&p, 1);
	/* A child takes its own way. */
	EXPECT_EQ(2, in_child(netns_enter(second) ? 255 :
						    point_query(&p).count));
	EXPECT_EQ(0, point_detach(&p, self->a));
	ASSERT_EQ(0, netns_enter(second));
	expect_count(&p, 2);
}

/*
 * The open device itself, so the module only. One who may open it (root, though
 * without capabilities: the node's mode lets him) hands it to one who has
 * capabilities, and the other way round.
 */
FIXTURE(node) {
	struct point point;
	int prog;
};

FIXTURE_SETUP(node)
{
	ASSERT_GE(point_new(&self->point), 0);
	self->prog = cls_load();
	ASSERT_GT(self->prog, 0);
}

FIXTURE_TEARDOWN(node)
{
}

/* In each case: the harness runs it even if the setup has skipped it. */
#define need_node() do {						\
	if (!sys_interface_is_ioctl())					\
		SKIP(return, "there is no device to hold open");	\
} while (0)

static int query_through(int node, const struct point *p)
{
	struct tcx_backport_prog_query arg = {
		.ifindex = p->ifindex,
		.attach_type = p->type,
	};

	return ioctl(node, TCX_BACKPORT_PROG_QUERY, &arg) ? -errno : 0;
}

static int info_through(int node)
{
	struct tcx_backport_info arg;

	return ioctl(node, TCX_BACKPORT_INFO, &arg) ? -errno : 0;
}

static int attach_through(int node, const struct point *p, int prog_fd)
{
	struct tcx_backport_prog_attach arg = {
		.ifindex = p->ifindex,
		.attach_type = p->type,
		.prog_fd = prog_fd,
	};

	return ioctl(node, TCX_BACKPORT_PROG_ATTACH, &arg) ? -errno : 0;
}

static int node_open(void)
{
	int fd = open(TCX_BACKPORT_DEVICE, O_RDWR | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

/* Opened by a child without capabilities, taken over from it. */
static int node_of_powerless(void)
{
	int pair[2], fd, ret;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
		return -errno;
	pid = fork();
	if (!pid) {
		if (set_caps(0))
			_exit(1);
		fd = node_open();
		if (fd < 0)
			_exit(2);
		_exit(!!fds_pass(pair[1], &fd, 1, true));
	}
	close(pair[1]);
	ret = fds_pass(pair[0], &fd, 1, false);
	close(pair[0]);
	waitpid(pid, NULL, 0);
	return ret ?: fd;
}

TEST_F(node, opened_by_the_powerless)
{
	int node;

	need_node();
	node = node_of_powerless();
	ASSERT_GE(node, 0);
	EXPECT_EQ(0, query_through(node, &self->point));
}

TEST_F(node, held_by_the_powerless)
{
	int node;

	need_node();
	node = node_open();
	ASSERT_GE(node, 0);
	EXPECT_EQ(0, as(become_nobody(), info_through(node)));
	EXPECT_EQ(0, as(become_nobody(), attach_through(node, &self->point,
							self->prog)));
	EXPECT_EQ(EPERM, as(become_nobody(), query_through(node,
							   &self->point)));
	EXPECT_EQ(0, query_through(node, &self->point));
}

TEST_F(node, not_opened_by_others)
{
	int fd;

	need_node();
	EXPECT_EQ(EACCES, as(become_nobody(), (fd = node_open()) < 0 ? fd : 0));
	EXPECT_EQ(0, as(nothing(), (fd = node_open()) < 0 ? fd : 0));
}

TEST_HARNESS_MAIN
