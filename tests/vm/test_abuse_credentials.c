// SPDX-License-Identifier: GPL-2.0
/*
 * Requests from inside a container and from whoever was handed a program. A
 * container has namespaces of its own of every kind that matters, and a root
 * who is nobody outside. It has what it inherits: fds of programs, of a link,
 * and the open device. See abuse.h.
 */
#include <sys/sysmacros.h>

#include "kselftest_harness.h"

#include "abuse.h"
#include "credentials.h"

#define CONTAINER	(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWNS |	\
			 CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS)

FIXTURE(credentials) {
	struct point point;	/* the host's */
	int node, a, b, link;
	__u32 link_id, b_id;
};

typedef FIXTURE_DATA(credentials) credentials_data;

FIXTURE_SETUP(credentials)
{
	int c = cls_load();

	ASSERT_GE(netns_new(), 0);
	self->point = (struct point){ link_add("dummy", "dev", 4712),
				      BPF_TCX_INGRESS };
	ASSERT_EQ(4712, self->point.ifindex);
	self->node = node_open();
	self->a = cls_load();
	self->b = cls_load();
	ASSERT_GT(self->a, 0);
	ASSERT_GT(self->b, 0);
	self->b_id = prog_id(self->b);
	ASSERT_EQ(0, point_attach(&self->point, self->b));
	self->link = point_link(&self->point, c);
	ASSERT_GT(self->link, 0);
	self->link_id = link_id(self->link);
}

FIXTURE_TEARDOWN(credentials)
{
}

static int become_stranger(void)
{
	return become_nobody() ?: (prctl(PR_SET_DUMPABLE, 1) ? -errno : 0);
}

static int container_enter(void)
{
	int ret = become_stranger();

	if (ret)
		return ret;
	if (unshare(CONTAINER))
		return -errno;
	if (file_write("/proc/self/setgroups", "deny") ||
	    file_write("/proc/self/uid_map", "0 65534 1") ||
	    file_write("/proc/self/gid_map", "0 65534 1"))
		return -EPERM;
	return getuid() ? -EPERM : 0;
}

/* A child that reports in which line something was other than it should be. */
#define person_must(cond, value) do {					\
	if (!(cond)) {							\
		printf("# line %d: %d\n", __LINE__, (int)(value));	\
		fflush(stdout);						\
		return 1;						\
	}								\
} while (0)

/* No device, no program and no link of the host's is within reach. */
static int see_nothing(credentials_data *self)
{
	struct ask what = ask_of(&self->point, self->a);
	union bpf_attr attr = { .prog_id = self->b_id };
	int request, ret;

	for (request = 0; request < REQUESTS; request++) {
		ret = ask(self->node, request, &what);
		person_must(ret == (request == QUERY ? -EPERM : -ENODEV), ret);
	}
	ret = sys_bpf(BPF_PROG_GET_FD_BY_ID, &attr, sizeof(attr));
	person_must(ret == -EPERM, ret);
	ret = tcx_link_by_id(self->link_id);
	person_must(ret == -EPERM, ret);
	ret = tcx_link_next_id(0);
	person_must(ret == -EPERM, ret);
	return 0;
}

/* A device that was not handed on cannot be opened. */
static int find_no_node(void)
{
	struct stat st;
	int fd;

	if (!sys_interface_is_ioctl())
		return 0;
	person_must(!stat(TCX_BACKPORT_DEVICE, &st), errno);
	fd = open(TCX_BACKPORT_DEVICE, O_RDWR);
	person_must(fd < 0 && errno == EACCES, fd);
	person_must(!mount("tmp", "/tmp", "tmpfs", 0, NULL), errno);
	person_must(mknod("/tmp/tcx", S_IFCHR | 0600, st.st_rdev) &&
		    errno == EPERM, errno);
	return 0;
}

/* On a device of its own: what holding a program's fd allows, and no more. */
static int use_what_it_holds(credentials_data *self)
{
	struct point own = { link_add("dummy", "own", 99), BPF_TCX_EGRESS };
	struct ask what = ask_of(&own, self->a);
	int ret, link;

	person_must(own.ifindex == 99, own.ifindex);
	ret = ask(self->node, ATTACH, &what);
	person_must(!ret, ret);
	ret = ask(self->node, ATTACH, &what);
	person_must(ret == -EEXIST, ret);
	ret = ask(self->node, QUERY, &what);
	person_must(ret == -EPERM, ret);
	what.prog_fd = 0;
	ret = ask(self->node, DETACH, &what);
	person_must(ret == -EPERM, ret);

	/* An id is a number to anybody, but names only what is here. */
	what = ask_of(&own, self->b);
	what.flags = BPF_F_BEFORE | BPF_F_ID;
	what.relative = self->b_id;
	ret = ask(self->node, LINK_CREATE, &what);
	person_must(ret == -ENOENT, ret);
	what.relative = 0x7ffffff0;
	ret = ask(self->node, LINK_CREATE, &what);
	person_must(ret == -ENOENT, ret);
	what.flags |= BPF_F_LINK;
	what.relative = self->link_id;
	ret = ask(self->node, LINK_CREATE, &what);
	person_must(ret == -ENOENT, ret);

	what = ask_of(&own, self->b);
	what.flags = BPF_F_BEFORE;
	what.relative = self->a;
	link = ask(self->node, LINK_CREATE, &what);
	person_must(link > 0, link);
	/* It has the link, and the program, and yet: the link owns it. */
	what = ask_of(&own, self->b);
	ret = ask(self->node, DETACH, &what);
	person_must(ret == -EBUSY, ret);
	close(link);
	ret = ask(self->node, DETACH, &what);
	person_must(ret == -ENOENT, ret);
	/* The program a is still attached when the container dies. */
	return 0;
}

static int container(credentials_data *self)
{
	int ret = container_enter(), status;
	pid_t pid;

	person_must(!ret, ret);
	/* The first process of the new pid namespace. */
	pid = fork();
	if (!pid) {
		person_must(getpid() == 1, getpid());
		_exit(see_nothing(self) || find_no_node() ||
		      use_what_it_holds(self));
	}
	person_must(waitpid(pid, &status, 0) == pid, errno);
	return status ? 1 : 0;
}

TEST_F_TIMEOUT(credentials, container, LONG)
{
	__u32 a_id = prog_id(self->a);

	EXPECT_EQ(0, in_child(container(self)));
	expect_count(&self->point, 2);
	expect_revision(&self->point, 3);
	EXPECT_EQ((int)tcx_link_info(self->link).ifindex, self->point.ifindex);
	/* With it went what it had attached. */
	close(self->a);
	EXPECT_TRUE(prog_gone(a_id));
}

/* Root in a user namespace that still is in the host's network namespace. */
static int namespace_root(credentials_data *self)
{
	struct ask what = ask_of(&self->point, self->a);
	int ret, link;

	person_must(!unshare(CLONE_NEWUSER), errno);
	link = ask(self->node, LINK_CREATE, &what);
	person_must(link > 0, link);
	ret = ask(self->node, QUERY, &what);
	person_must(ret == -EPERM, ret);
	what.prog_fd = 0;
	what.flags = BPF_F_BEFORE;
	ret = ask(self->node, DETACH, &what);
	person_must(ret == -EPERM, ret);
	ret = tcx_link_by_id(self->link_id);
	person_must(ret == -EPERM, ret);
	return 0;
}

TEST_F(credentials, root_of_a_user_namespace)
{
	EXPECT_EQ(0, in_child(namespace_root(self)));
	expect_count(&self->point, 2);
}

/* One who has no more than what came through a socket. */
static int stranger(credentials_data *self, int sock, bool with_node)
{
	int fds[2] = { -1, -1 }, ret, link;
	struct ask what;

	close(self->a);
	close(self->b);
	close(self->link);
	if (self->node >= 0)
		close(self->node);
	person_must(!become_stranger(), errno);
	ret = fds_pass(sock, fds, with_node ? 2 : 1, false);
	person_must(!ret, ret);

	what = ask_of(&self->point, fds[0]);
	ret = ask(fds[1], ATTACH, &what);
	person_must(!ret, ret);
	ret = ask(fds[1], QUERY, &what);
	person_must(ret == -EPERM, ret);
	ret = ask(fds[1], DETACH, &what);
	person_must(!ret, ret);
	link = ask(fds[1], LINK_CREATE, &what);
	person_must(link > 0, link);
	/* The others' programs are out of reach: by place, by number, by link. */
	what.prog_fd = 0;
	what.flags = BPF_F_BEFORE;
	ret = ask(fds[1], DETACH, &what);
	person_must(ret == -EPERM, ret);
	what.flags = BPF_F_AFTER | BPF_F_ID;
	what.relative = self->b_id;
	ret = ask(fds[1], DETACH, &what);
	person_must(ret == -EPERM, ret);
	what = ask_of(&self->point, link);
	ret = ask(fds[1], DETACH, &what);
	person_must(ret == -EINVAL, ret);
	ret = tcx_link_by_id(self->link_id);
	person_must(ret == -EPERM, ret);
	return 0;
}

TEST_F(credentials, handed_a_program)
{
	bool with_node = sys_interface_is_ioctl();
	int fds[2] = { self->a, self->node }, pair[2], status;
	pid_t pid;

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	pid = fork();
	if (!pid)
		_exit(stranger(self, pair[1], with_node));
	EXPECT_EQ(0, fds_pass(pair[0], fds, with_node ? 2 : 1, true));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
	/* His link went with him. */
	expect_count(&self->point, 2);
	expect_revision(&self->point, 3 + 4);
}

TEST_HARNESS_MAIN
