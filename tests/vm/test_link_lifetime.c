// SPDX-License-Identifier: GPL-2.0
/*
 * How long a link lives: until it is detached, or the last fd and the last pin
 * of it are gone, whoever had them; what it is when its device or namespace has
 * gone before it, or moved; and what it holds meanwhile.
 */
#include <signal.h>
#include <sys/wait.h>

#include "kselftest_harness.h"

#include "link_fixture.h"

#define expect_defunct(fd, prog) do {					\
	struct tcx_link_info __info = tcx_link_info(fd);		\
									\
	EXPECT_EQ(BPF_LINK_TYPE_TCX, __info.type);			\
	EXPECT_EQ(0, __info.ifindex);					\
	EXPECT_EQ(prog, __info.prog_id);				\
	EXPECT_EQ(-ENOLINK, tcx_link_update(fd, self->progs[3]));	\
} while (0)

TEST_F(link, detach)
{
	int fd = point_link(&self->in, self->progs[0]);
	int more = point_link(&self->in, self->progs[1]);
	int id = link_id(fd), again;

	ASSERT_GT(fd, 0);
	ASSERT_GT(more, 0);
	forget_prog(0);
	ASSERT_EQ(0, tcx_link_detach(fd));
	expect_count(&self->in, 1);
	EXPECT_EQ(self->ids[1], point_query(&self->in).ids[0]);
	expect_revision(&self->in, 4);
	expect_defunct(fd, self->ids[0]);
	EXPECT_EQ(BPF_TCX_INGRESS, tcx_link_info(fd).attach_type);

	/* Nothing happens any more, but it is a link still. */
	EXPECT_EQ(0, tcx_link_detach(fd));
	EXPECT_EQ(0, tcx_link_detach(fd));
	expect_revision(&self->in, 4);
	again = tcx_link_by_id(id);
	EXPECT_GT(again, 0);
	close(again);
	EXPECT_EQ(0, obj_pin(fd, BPFFS "/defunct"));
	again = obj_get(BPFFS "/defunct");
	EXPECT_EQ(id, link_id(again));
	close(again);
	EXPECT_TRUE(prog_alive(self->ids[0]));

	/* The program may come back, on its own or with another link. */
	again = sys_prog_attach(self->in.ifindex, self->in.type,
				self->progs[2], 0, 0, 0, 0);
	EXPECT_EQ(0, again);
	EXPECT_EQ(0, unlink(BPFFS "/defunct"));
	close(fd);
	EXPECT_TRUE(prog_gone(self->ids[0]));
	expect_count(&self->in, 2);
	expect_revision(&self->in, 5);
}

TEST_F(link, detach_frees_the_place)
{
	int fd = point_link(&self->in, self->progs[0]), second;

	ASSERT_GT(fd, 0);
	EXPECT_EQ(-EEXIST, point_link(&self->in, self->progs[0]));
	EXPECT_EQ(0, tcx_link_detach(fd));
	second = point_link(&self->in, self->progs[0]);
	ASSERT_GT(second, 0);
	/* The defunct one is no owner. */
	close(fd);
	expect_count(&self->in, 1);
	close(second);
	expect_count(&self->in, 0);
}

TEST_F(link, last_close_detaches)
{
	int fd = point_link(&self->in, self->progs[0]);
	int copy = dup(fd), id = link_id(fd);

	ASSERT_GT(fd, 0);
	forget_prog(0);
	close(fd);
	expect_count(&self->in, 1);
	EXPECT_TRUE(prog_alive(self->ids[0]));
	close(copy);
	expect_count(&self->in, 0);
	EXPECT_EQ(-ENOENT, tcx_link_by_id(id));
	EXPECT_TRUE(prog_gone(self->ids[0]));
	EXPECT_EQ(self->links, links_count());
}

/* An update gives the old program back, the last close the new one. */
TEST_F(link, update_is_a_reference)
{
	int fd = point_link(&self->in, self->progs[0]);

	ASSERT_GT(fd, 0);
	forget_prog(0);
	EXPECT_EQ(-EPERM, tcx_link_update_flags(fd, self->progs[1],
						BPF_F_REPLACE, self->progs[2]));
	EXPECT_EQ(0, tcx_link_update(fd, self->progs[1]));
	EXPECT_EQ(0, tcx_link_update(fd, self->progs[1]));
	EXPECT_TRUE(prog_gone(self->ids[0]));
	forget_prog(1);
	forget_prog(2);
	EXPECT_TRUE(prog_gone(self->ids[2]));
	EXPECT_TRUE(prog_alive(self->ids[1]));
	close(fd);
	EXPECT_TRUE(prog_gone(self->ids[1]));
}

TEST_F(link, pin)
{
	int fd = point_link(&self->in, self->progs[0]), id = link_id(fd), again;

	ASSERT_GT(fd, 0);
	forget_prog(0);
	ASSERT_EQ(0, obj_pin(fd, BPFFS "/one"));
	EXPECT_EQ(-EEXIST, obj_pin(fd, BPFFS "/one"));
	ASSERT_EQ(0, obj_pin(fd, BPFFS "/two"));
	close(fd);
	expect_count(&self->in, 1);

	again = obj_get(BPFFS "/two");
	ASSERT_GT(again, 0);
	EXPECT_EQ(id, link_id(again));
	EXPECT_EQ(self->in.ifindex, tcx_link_info(again).ifindex);
	EXPECT_EQ(0, tcx_link_update(again, self->progs[1]));
	EXPECT_TRUE(prog_gone(self->ids[0]));
	forget_prog(1);
	close(again);
	ASSERT_EQ(0, unlink(BPFFS "/one"));
	expect_count(&self->in, 1);
	EXPECT_TRUE(prog_alive(self->ids[1]));
	ASSERT_EQ(0, unlink(BPFFS "/two"));
	EXPECT_TRUE(prog_gone(self->ids[1]));
	expect_count(&self->in, 0);
	EXPECT_EQ(self->links, links_settle(self->links));
}

TEST_F(link, unmount_unpins)
{
	int fd = point_link(&self->in, self->progs[0]);

	ASSERT_GT(fd, 0);
	ASSERT_EQ(0, obj_pin(fd, BPFFS "/one"));
	close(fd);
	forget_prog(0);
	expect_count(&self->in, 1);
	ASSERT_EQ(0, umount(BPFFS));
	EXPECT_TRUE(prog_gone(self->ids[0]));
	expect_count(&self->in, 0);
}

/* What the child says that it has done so far. */
static int told(int pipe)
{
	char c;

	return read(pipe, &c, 1) == 1 ? c : -1;
}

static void tell(int pipe, char c)
{
	if (write(pipe, &c, 1) != 1)
		_exit(9);
}

/* A child that makes a link, pins it at @path unless that is NULL, and waits
 * for its end. Nobody else has the link's fd.
 */
static pid_t owner_start(const struct point *p, int prog_fd, const char *path)
{
	int ends[2], fd;
	pid_t pid;
	char c;

	if (pipe(ends))
		return -1;
	pid = fork();
	if (!pid) {
		fd = point_link(p, prog_fd);
		if (fd < 0 || (path && obj_pin(fd, path)))
			_exit(1);
		tell(ends[1], 'o');
		for (;;)
			pause();
	}
	close(ends[1]);
	c = told(ends[0]);
	close(ends[0]);
	return c == 'o' ? pid : -1;
}

static void owner_kill(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

TEST_F_TIMEOUT(link, owner_killed_under_traffic, LONG)
{
	int left = veth_add("left", "right"), right = if_nametoindex("right");
	struct point p[2] = {
		{ right, BPF_TCX_INGRESS },
		{ left, BPF_TCX_EGRESS },
	};
	struct traffic traffic = { .ifindex = { left } };
	int map = counters_create(2), i, k;

	ASSERT_GT(left, 0);
	ASSERT_EQ(0, device_up(left));
	ASSERT_EQ(0, device_up(right));
	ASSERT_EQ(0, native_keys_hold(self->in.ifindex));
	ASSERT_EQ(0, traffic_start(&traffic));
	for (i = 0; i < 20; i++) {
		int prog = counter_load(map, i & 1);
		int id = prog_id(prog);
		__u64 before = counter_read(map, i & 1);
		pid_t pid;

		ASSERT_GT(prog, 0);
		pid = owner_start(&p[i & 1], prog, NULL);
		ASSERT_GT(pid, 0);
		close(prog);
		expect_count(&p[i & 1], 1);
		for (k = 0; k < 500 && counter_read(map, i & 1) == before; k++)
			sleep_ms(10);
		EXPECT_GT(counter_read(map, i & 1), before);
		owner_kill(pid);
		expect_count(&p[i & 1], 0);
		EXPECT_TRUE(prog_gone(id));
	}
	traffic_stop(&traffic);
	EXPECT_EQ(self->links, links_settle(self->links));
}

TEST_F(link, pinned_outlives_its_owner)
{
	pid_t pid = owner_start(&self->in, self->progs[0], BPFFS "/owned");
	int fd;

	ASSERT_GT(pid, 0);
	forget_prog(0);
	owner_kill(pid);
	sleep_ms(100);
	expect_count(&self->in, 1);
	EXPECT_TRUE(prog_alive(self->ids[0]));
	fd = obj_get(BPFFS "/owned");
	ASSERT_GT(fd, 0);
	EXPECT_EQ(self->in.ifindex, tcx_link_info(fd).ifindex);
	close(fd);
	ASSERT_EQ(0, unlink(BPFFS "/owned"));
	EXPECT_TRUE(prog_gone(self->ids[0]));
	expect_count(&self->in, 0);
}

/* A link and a program on the device, and the link held by an fd and by a pin;
 * the device goes in one way or another.
 */
#define attach_before_the_end() ({					\
	int __fd = point_link(&self->in, self->progs[0]);		\
	int __pinned = point_link(&self->out, self->progs[1]);		\
									\
	ASSERT_GT(__fd, 0);						\
	ASSERT_GT(__pinned, 0);						\
	ASSERT_EQ(0, obj_pin(__pinned, BPFFS "/pinned"));		\
	close(__pinned);						\
	ASSERT_EQ(0, point_attach(&self->in, self->progs[2]));		\
	forget_prog(0);							\
	forget_prog(1);							\
	forget_prog(2);							\
	__fd;								\
})

#define expect_clean_end(fd) do {					\
	int __pinned = obj_get(BPFFS "/pinned");			\
									\
	ASSERT_GT(__pinned, 0);						\
	EXPECT_TRUE(prog_gone(self->ids[2]));				\
	expect_defunct(fd, self->ids[0]);				\
	expect_defunct(__pinned, self->ids[1]);				\
	EXPECT_EQ(0, tcx_link_detach(fd));				\
	EXPECT_EQ(0, tcx_link_detach(fd));				\
	EXPECT_EQ(self->links + 2, links_count());			\
	EXPECT_TRUE(prog_alive(self->ids[0]));				\
	close(fd);							\
	EXPECT_TRUE(prog_gone(self->ids[0]));				\
	close(__pinned);						\
	EXPECT_TRUE(prog_alive(self->ids[1]));				\
	EXPECT_EQ(0, unlink(BPFFS "/pinned"));				\
	EXPECT_TRUE(prog_gone(self->ids[1]));				\
	EXPECT_EQ(self->links, links_settle(self->links));		\
} while (0)

TEST_F_TIMEOUT(link, device_removed, LONG)
{
	int fd = attach_before_the_end();

	ASSERT_EQ(0, link_del(self->in.ifindex));
	/* The number comes again: the link has nothing to do with that one. */
	ASSERT_EQ(self->in.ifindex, link_add("dummy", "dev", self->in.ifindex));
	expect_clean_end(fd);
	expect_count(&self->in, 0);
	expect_revision(&self->in, 1);
}

TEST_F_TIMEOUT(link, device_with_clsact_removed, LONG)
{
	int fd;

	ASSERT_EQ(0, qdisc_add(self->in.ifindex, "clsact"));
	fd = attach_before_the_end();
	ASSERT_EQ(0, link_del(self->in.ifindex));
	expect_clean_end(fd);
}

TEST_F_TIMEOUT(link, namespace_removed, LONG)
{
	int fd = attach_before_the_end(), tries;

	ASSERT_GE(netns_new(), 0);
	sleep_ms(100);
	EXPECT_EQ(self->in.ifindex, tcx_link_info(fd).ifindex);
	close(self->home);
	for (tries = 0; tries < 1000 && tcx_link_info(fd).ifindex; tries++)
		sleep_ms(20);
	expect_clean_end(fd);
}

/* Closed while the namespace is dying: either comes first. */
TEST_F_TIMEOUT(link, closed_while_the_namespace_dies, LONG)
{
	int keep, i;

	keep = netns_new();
	ASSERT_GE(keep, 0);
	for (i = 0; i < 20; i++) {
		int ns = netns_new(), fd;
		struct point p = { dummy_add("dev"), BPF_TCX_INGRESS + (i & 1) };

		ASSERT_GE(ns, 0);
		fd = point_link(&p, self->progs[i & 1]);
		ASSERT_GT(fd, 0);
		ASSERT_EQ(0, netns_enter(keep));
		close(ns);
		sleep_ms(i * 2);
		close(fd);
	}
	EXPECT_EQ(self->links, links_settle(self->links));
}

/* Moved to where its number is taken: the link tells the new one. */
TEST_F_TIMEOUT(link, device_moved, LONG)
{
	int map = counters_create(1), prog = counter_load(map, 0);
	int away, fd, i, old = self->in.ifindex, new, sock;
	struct point p = self->out;
	char text[1024], want[1024];

	ASSERT_GT(prog, 0);
	fd = point_link(&p, prog);
	ASSERT_GT(fd, 0);
	away = netns_new();
	ASSERT_GE(away, 0);
	ASSERT_EQ(old, link_add("dummy", "taken", old));
	ASSERT_EQ(0, netns_enter(self->home));
	ASSERT_EQ(0, link_move(old, away));
	EXPECT_EQ(-ENODEV, point_query(&p).ret);

	/* From wherever one asks. */
	new = tcx_link_info(fd).ifindex;
	EXPECT_GT(new, 0);
	EXPECT_NE(old, new);
	ASSERT_EQ(0, netns_enter(away));
	EXPECT_EQ(if_nametoindex("dev"), new);
	p.ifindex = new;
	expect_count(&p, 1);
	expect_revision(&p, 2);
	EXPECT_EQ(prog_id(prog), point_query(&p).ids[0]);
	fdinfo_expected(fd, &p, prog, want, sizeof(want));
	ASSERT_EQ(0, fdinfo_read(fd, text, sizeof(text), 4096));
	EXPECT_STREQ(want, strstr(text, "link_type"));

	/* And it sees packets there. */
	ASSERT_EQ(0, device_up(new));
	sock = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	for (i = 0; i < 10; i++)
		EXPECT_EQ(0, traffic_send(sock, new));
	EXPECT_GE(counter_read(map, 0), 10);
	close(sock);

	EXPECT_EQ(0, tcx_link_update(fd, self->progs[0]));
	EXPECT_EQ(self->ids[0], point_query(&p).ids[0]);
	ASSERT_EQ(0, link_move(new, self->home));
	ASSERT_EQ(0, netns_enter(self->home));
	p.ifindex = if_nametoindex("dev");
	EXPECT_EQ(p.ifindex, tcx_link_info(fd).ifindex);
	expect_count(&p, 1);
	close(fd);
	expect_count(&p, 0);
}

/* The namespace that it was made in is gone, the link is not. */
TEST_F_TIMEOUT(link, device_moved_and_namespace_removed, LONG)
{
	int fd = point_link(&self->in, self->progs[0]), away = netns_new();

	ASSERT_GT(fd, 0);
	ASSERT_GE(away, 0);
	ASSERT_EQ(0, netns_enter(self->home));
	ASSERT_EQ(0, link_move(self->in.ifindex, away));
	ASSERT_EQ(0, netns_enter(away));
	close(self->home);
	sleep_ms(500);
	EXPECT_EQ(self->in.ifindex, tcx_link_info(fd).ifindex);
	EXPECT_EQ(0, tcx_link_update(fd, self->progs[1]));
	expect_count(&self->in, 1);
	ASSERT_EQ(0, link_del(self->in.ifindex));
	expect_defunct(fd, self->ids[1]);
	close(fd);
	EXPECT_EQ(self->links, links_settle(self->links));
}

static int create_and_pin(const struct point *p, int prog_fd)
{
	int fd = point_link(p, prog_fd);

	return fd < 0 ? -fd : -obj_pin(fd, BPFFS "/held");
}

/* A link keeps the module, whether it is attached or defunct, and no longer.
 * The child does what opens the device.
 */
TEST_F_TIMEOUT(link, holds_the_module, LONG)
{
	int fd;

	if (access(TCX_BACKPORT_DEVICE, F_OK)) {
		TH_LOG("there is no module to be held");
		return;
	}
	ASSERT_EQ(0, module_references_settle());
	ASSERT_EQ(0, in_child(create_and_pin(&self->in, self->progs[0])));
	EXPECT_GT(module_references(), 0);
	EXPECT_EQ(-1, syscall(SYS_delete_module, MODULE, O_NONBLOCK));
	EXPECT_EQ(EWOULDBLOCK, errno);
	fd = obj_get(BPFFS "/held");
	ASSERT_GT(fd, 0);
	ASSERT_EQ(0, unlink(BPFFS "/held"));
	EXPECT_GT(module_references(), 0);
	ASSERT_EQ(0, tcx_link_detach(fd));
	EXPECT_EQ(1, module_references());
	EXPECT_EQ(-1, syscall(SYS_delete_module, MODULE, O_NONBLOCK));
	EXPECT_EQ(EWOULDBLOCK, errno);
	close(fd);
	EXPECT_EQ(0, module_references_settle());

	/* Not even a refused request keeps it. */
	EXPECT_EQ(ENODEV, in_child(-sys_link_create(IFINDEX_NONE, self->in.type,
						    self->progs[0], 0, 0, 0)));
	EXPECT_EQ(ESTALE, in_child(-sys_link_create(self->in.ifindex,
						    self->in.type,
						    self->progs[0], 0, 0, 9)));
	EXPECT_EQ(0, module_references_settle());
}

TEST_HARNESS_MAIN
