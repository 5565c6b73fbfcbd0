// SPDX-License-Identifier: GPL-2.0
/*
 * What lives how long: programs outlive who attached them, go with their
 * device, move with it between namespaces, die with their namespace. That a
 * program's last reference is dropped shows when its id is gone. How long the
 * module stays is in test_unload.c.
 *
 *   DEVICES	how many have programs at the same time (1000)
 */
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>

#include "kselftest_harness.h"

#include "netns.h"
#include "point.h"
#include "process.h"

#define PROGS		4

/* A program that only its attachments keep alive. */
struct orphan {
	int fd;		/* -1: closed */
	__u32 id;
};

static struct orphan orphan_load(void)
{
	struct orphan o = { .fd = cls_load() };

	o.id = prog_id(o.fd);
	return o;
}

static void orphan_close(struct orphan *o)
{
	close(o->fd);
	o->fd = -1;
}

FIXTURE(lifecycle) {
	int home;	/* the namespace that the case begins in */
	int ifindex;
	struct point in, out;
	struct orphan progs[PROGS];
};

FIXTURE_SETUP(lifecycle)
{
	int i;

	self->home = point_new(&self->in);
	ASSERT_GE(self->home, 0);
	self->out = (struct point){ self->in.ifindex, BPF_TCX_EGRESS };
	self->ifindex = self->in.ifindex;
	for (i = 0; i < PROGS; i++) {
		self->progs[i] = orphan_load();
		ASSERT_GT(self->progs[i].fd, 0);
	}
}

FIXTURE_TEARDOWN(lifecycle)
{
}

/* All programs in both directions of the device, and no other reference. */
#define attach_all() do {						\
	int __i;							\
									\
	for (__i = 0; __i < PROGS; __i++) {				\
		ASSERT_EQ(0, point_attach(&self->in,			\
					  self->progs[__i].fd));	\
		ASSERT_EQ(0, point_attach(&self->out,			\
					  self->progs[__i].fd));	\
	}								\
} while (0)

#define close_all() do {						\
	int __i;							\
									\
	for (__i = 0; __i < PROGS; __i++)				\
		orphan_close(&self->progs[__i]);			\
} while (0)

#define expect_all_alive() do {						\
	int __i;							\
									\
	for (__i = 0; __i < PROGS; __i++)				\
		EXPECT_TRUE(prog_alive(self->progs[__i].id));		\
} while (0)

#define expect_all_gone() do {						\
	int __i;							\
									\
	for (__i = 0; __i < PROGS; __i++)				\
		EXPECT_TRUE(prog_gone(self->progs[__i].id));		\
} while (0)

TEST_F(lifecycle, attachment_is_a_reference)
{
	attach_all();
	close_all();
	sleep_ms(300);
	expect_all_alive();
	expect_count(&self->in, PROGS);
	expect_count(&self->out, PROGS);

	EXPECT_EQ(0, sys_prog_detach(self->ifindex, BPF_TCX_INGRESS, 0,
				     BPF_F_BEFORE, 0, 0));
	sleep_ms(300);
	expect_all_alive();
	EXPECT_EQ(0, sys_prog_detach(self->ifindex, BPF_TCX_EGRESS, 0,
				     BPF_F_BEFORE, 0, 0));
	EXPECT_TRUE(prog_gone(self->progs[0].id));
	EXPECT_TRUE(prog_alive(self->progs[1].id));
}

TEST_F(lifecycle, replaced)
{
	ASSERT_EQ(0, point_attach(&self->in, self->progs[0].fd));
	ASSERT_EQ(0, sys_prog_attach(self->ifindex, BPF_TCX_INGRESS,
				     self->progs[1].fd, BPF_F_REPLACE,
				     self->progs[0].fd, 0, 0));
	orphan_close(&self->progs[0]);
	orphan_close(&self->progs[1]);
	EXPECT_TRUE(prog_gone(self->progs[0].id));
	EXPECT_TRUE(prog_alive(self->progs[1].id));
}

/* What a refused request has looked up, it gives back. */
TEST_F(lifecycle, refused)
{
	int fds[2], ifindex = self->ifindex, type = BPF_TCX_INGRESS, i, k;

	ASSERT_EQ(0, point_attach(&self->in, self->progs[3].fd));
	for (i = 0; i < 2; i++)
		fds[i] = self->progs[i].fd;
	for (k = 0; k < 3; k++) {
		__u32 flags = k == 1 ? BPF_F_BEFORE : BPF_F_AFTER;
		__u64 revision = k == 2 ? 77 : 0;

		EXPECT_NE(0, sys_prog_attach(ifindex, type, fds[0],
					     flags | BPF_F_REPLACE, fds[1],
					     fds[1], revision));
		EXPECT_NE(0, sys_prog_attach(IFINDEX_NONE, type, fds[0],
					     flags | BPF_F_REPLACE, fds[1],
					     fds[1], revision));
		EXPECT_NE(0, sys_prog_attach(ifindex, type, fds[0], flags, 0,
					     fds[1], revision));
		EXPECT_NE(0, sys_prog_attach(ifindex, type, fds[0],
					     flags | BPF_F_ID, 0,
					     self->progs[1].id, revision));
		EXPECT_NE(0, sys_prog_attach(ifindex, type, fds[0],
					     BPF_F_BEFORE | BPF_F_AFTER, 0,
					     self->progs[3].fd, revision));
		EXPECT_NE(0, sys_prog_detach(ifindex, type, fds[0], flags,
					     fds[1], revision));
		EXPECT_NE(0, sys_prog_detach(ifindex, type, 0, flags, fds[1],
					     revision));
	}
	close_all();
	for (i = 0; i < 3; i++)
		EXPECT_TRUE(prog_gone(self->progs[i].id));
	EXPECT_TRUE(prog_alive(self->progs[3].id));
}

TEST_F(lifecycle, device_removed)
{
	attach_all();
	close_all();
	ASSERT_EQ(0, link_del(self->ifindex));
	EXPECT_EQ(-ENODEV, point_query(&self->in).ret);
	expect_all_gone();

	/* The number may come again, the programs do not. */
	ASSERT_EQ(self->ifindex, link_add("dummy", "dev", self->ifindex));
	expect_count(&self->in, 0);
	expect_revision(&self->in, 1);
	expect_count(&self->out, 0);
}

/* The kernel removes a qdisc on its own when the device goes. */
TEST_F(lifecycle, device_with_clsact_removed)
{
	ASSERT_EQ(0, qdisc_add(self->ifindex, "clsact"));
	attach_all();
	close_all();
	ASSERT_EQ(0, link_del(self->ifindex));
	expect_all_gone();
}

TEST_F(lifecycle, one_end_of_a_veth_removed)
{
	int left = veth_add("left", "right");
	struct point p = { left, BPF_TCX_INGRESS };
	struct point peer = { if_nametoindex("right"), BPF_TCX_EGRESS };

	ASSERT_GT(left, 0);
	ASSERT_EQ(0, point_attach(&p, self->progs[0].fd));
	ASSERT_EQ(0, point_attach(&peer, self->progs[1].fd));
	close_all();
	ASSERT_EQ(0, link_del(left));
	expect_all_gone();
}

#define expect_moved_along() do {					\
	expect_count(&self->in, PROGS);					\
	expect_count(&self->out, PROGS);				\
	expect_revision(&self->in, PROGS + 1);				\
	EXPECT_EQ(self->progs[0].id, point_query(&self->in).ids[0]);	\
} while (0)

static void move_there_and_back(struct __test_metadata *_metadata,
				int ifindex, int home, int away)
{
	ASSERT_EQ(0, netns_enter(home));
	ASSERT_EQ(0, link_move(ifindex, away));
	ASSERT_EQ(0, netns_enter(away));
	ASSERT_EQ(0, link_move(ifindex, home));
	ASSERT_EQ(0, netns_enter(home));
}

TEST_F(lifecycle, device_moved)
{
	int away;

	attach_all();
	ASSERT_EQ(0, netns_enter(self->home));
	away = netns_new();
	ASSERT_GE(away, 0);
	move_there_and_back(_metadata, self->ifindex, self->home, away);
	expect_moved_along();

	ASSERT_EQ(0, link_move(self->ifindex, away));
	EXPECT_EQ(-ENODEV, point_query(&self->in).ret);
	EXPECT_EQ(-ENODEV, point_detach(&self->in, self->progs[0].fd));
	EXPECT_EQ(-ENODEV, point_attach(&self->in, self->progs[0].fd));

	ASSERT_EQ(0, netns_enter(away));
	expect_moved_along();
	ASSERT_EQ(0, point_detach(&self->in, self->progs[0].fd));
	ASSERT_EQ(0, point_attach(&self->in, self->progs[0].fd));
	EXPECT_EQ(0, sys_prog_detach(self->ifindex, BPF_TCX_EGRESS, 0, 0, 0,
				     PROGS + 1));
	expect_count(&self->out, PROGS - 1);
	expect_revision(&self->in, PROGS + 3);

	/* The namespace it came from dies first. */
	close(self->home);
	close_all();
	sleep_ms(300);
	expect_all_alive();
	ASSERT_EQ(0, link_del(self->ifindex));
	expect_all_gone();
}

TEST_F(lifecycle, device_with_clsact_moved)
{
	int away;

	ASSERT_EQ(0, qdisc_add(self->ifindex, "clsact"));
	attach_all();
	away = netns_new();
	ASSERT_GE(away, 0);
	ASSERT_EQ(0, netns_enter(self->home));
	ASSERT_EQ(0, link_move(self->ifindex, away));
	ASSERT_EQ(0, netns_enter(away));
	expect_moved_along();
	/* The qdisc did not come along. */
	ASSERT_EQ(0, qdisc_add(self->ifindex, "clsact"));
	ASSERT_EQ(0, link_del(self->ifindex));
	close_all();
	expect_all_gone();
}

TEST_F(lifecycle, emptied_after_a_move)
{
	int away, i;

	attach_all();
	away = netns_new();
	ASSERT_EQ(0, netns_enter(self->home));
	ASSERT_EQ(0, link_move(self->ifindex, away));
	ASSERT_EQ(0, netns_enter(away));
	for (i = 0; i < PROGS; i++) {
		ASSERT_EQ(0, point_detach(&self->in, self->progs[i].fd));
		ASSERT_EQ(0, point_detach(&self->out, self->progs[i].fd));
	}
	expect_revision(&self->in, 1);
	/* And the next move, with nothing attached. */
	ASSERT_EQ(0, link_move(self->ifindex, self->home));
	ASSERT_EQ(0, netns_enter(self->home));
	attach_all();
	expect_count(&self->in, PROGS);
}

TEST_F(lifecycle, namespace_dies)
{
	struct point p;
	int other;

	attach_all();
	p = (struct point){ veth_add("left", "right"), BPF_TCX_EGRESS };
	ASSERT_GT(p.ifindex, 0);
	ASSERT_EQ(0, point_attach(&p, self->progs[0].fd));
	p.ifindex = if_nametoindex("lo");
	ASSERT_EQ(0, point_attach(&p, self->progs[1].fd));
	close_all();

	other = netns_new();
	ASSERT_GE(other, 0);
	expect_all_alive();
	close(self->home);
	expect_all_gone();
}

/* A veth's other end, in another namespace, dies with it. */
TEST_F(lifecycle, namespace_of_the_peer_dies)
{
	int left = veth_add("left", "right"), right = if_nametoindex("right");
	struct point p = { left, BPF_TCX_INGRESS };
	struct point peer = { right, BPF_TCX_INGRESS };
	int away;

	ASSERT_GT(left, 0);
	ASSERT_EQ(0, point_attach(&p, self->progs[0].fd));
	ASSERT_EQ(0, point_attach(&peer, self->progs[1].fd));
	away = netns_new();
	ASSERT_EQ(0, netns_enter(self->home));
	ASSERT_EQ(0, link_move(right, away));
	close_all();
	EXPECT_EQ(-ENODEV, point_query(&peer).ret);
	expect_count(&p, 1);
	close(away);
	expect_all_gone();
	EXPECT_EQ(-ENODEV, point_query(&p).ret);
}

/* A real network card returns to the initial namespace instead of dying, and
 * its programs with it. eql stands in for one: it has no rtnl_link_ops either.
 */
TEST_F(lifecycle, namespace_with_a_real_device_dies)
{
	int init = open("/proc/1/ns/net", O_RDONLY | O_CLOEXEC);
	int there, tries = 0;
	struct point p;

	ASSERT_GE(init, 0);
	ASSERT_EQ(0, netns_enter(init));
	if (!if_nametoindex("eql"))
		ASSERT_EQ(0, system("modprobe eql"));
	p = (struct point){ if_nametoindex("eql"), BPF_TCX_INGRESS };
	ASSERT_GT(p.ifindex, 0);
	there = netns_new();
	ASSERT_EQ(0, netns_enter(init));
	ASSERT_EQ(0, link_move(p.ifindex, there));
	ASSERT_EQ(0, netns_enter(there));
	ASSERT_EQ(0, point_attach(&p, self->progs[0].fd));
	close_all();

	ASSERT_EQ(0, netns_enter(init));
	close(there);
	while (!if_nametoindex("eql") && tries++ < 500)
		sleep_ms(20);
	p.ifindex = if_nametoindex("eql");
	ASSERT_GT(p.ifindex, 0);
	expect_count(&p, 1);
	expect_revision(&p, 2);
	EXPECT_TRUE(prog_alive(self->progs[0].id));
	EXPECT_EQ(0, point_detach(&p, 0));
	EXPECT_TRUE(prog_gone(self->progs[0].id));
}

TEST_F(lifecycle, owner_killed)
{
	int status;
	pid_t pid;

	pid = fork();
	if (!pid) {
		if (point_attach(&self->in, self->progs[0].fd))
			_exit(1);
		kill(getpid(), SIGKILL);
	}
	orphan_close(&self->progs[0]);
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	ASSERT_TRUE(WIFSIGNALED(status));
	sleep_ms(300);
	expect_count(&self->in, 1);
	EXPECT_TRUE(prog_alive(self->progs[0].id));
	EXPECT_EQ(0, point_detach(&self->in, 0));
	EXPECT_TRUE(prog_gone(self->progs[0].id));
}

TEST_F_TIMEOUT(lifecycle, again_and_again, 60)
{
	int i, k;

	for (i = 0; i < 200; i++) {
		for (k = 0; k < PROGS; k++)
			ASSERT_EQ(0, point_attach(&self->in,
						  self->progs[k].fd));
		for (k = 0; k < PROGS; k++)
			ASSERT_EQ(0, point_detach(&self->in,
						  self->progs[k].fd));
	}
	close_all();
	expect_all_gone();
}

TEST_F_TIMEOUT(lifecycle, devices_come_and_go, 60)
{
	struct point p = { 4711, BPF_TCX_EGRESS };
	int i;

	for (i = 0; i < 50; i++) {
		ASSERT_EQ(4711, link_add("dummy", "brief", 4711));
		ASSERT_EQ(0, point_attach(&p, self->progs[i % PROGS].fd));
		ASSERT_EQ(0, link_del(4711));
	}
	close_all();
	expect_all_gone();
}

/* More of them than any fleet's node has; all die at once. */
TEST_F_TIMEOUT(lifecycle, many_devices, 240)
{
	struct point p = { .type = BPF_TCX_INGRESS };
	int devices = env_number("DEVICES", 1000), i;
	char name[IFNAMSIZ];

	for (i = 0; i < devices; i++) {
		snprintf(name, sizeof(name), "many%d", i);
		p.ifindex = dummy_add(name);
		ASSERT_GT(p.ifindex, 0);
		ASSERT_EQ(0, point_attach(&p, self->progs[i % PROGS].fd));
	}
	for (i = 0; i < devices; i++) {
		snprintf(name, sizeof(name), "many%d", i);
		p.ifindex = if_nametoindex(name);
		expect_count(&p, 1);
		EXPECT_EQ(self->progs[i % PROGS].id, point_query(&p).ids[0]);
	}
	close_all();
	ASSERT_GE(netns_new(), 0);
	close(self->home);
	expect_all_gone();
}

TEST_HARNESS_MAIN
