// SPDX-License-Identifier: GPL-2.0
/*
 * libtcx in a process whose surroundings are unusual, or change: fds 0 to 2 are
 * closed, signals rain down, the module and its switch come and go, links are
 * held by threads with fds of their own, bpffs is mounted at several places.
 *
 * The library is compiled into the test. Requests go through it alone: nothing
 * here keeps the device open.
 */
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "kselftest_harness.h"

#include "credentials.h"
#include "libtcx.h"
#include "libtcx_holders.h"
#include "module.h"
#include "netns.h"
#include "seccomp_calls.h"

#define NOWHERE	"/none/tcx"	/* no device, so that bpf(2) is asked */
#define GATE	"/proc/sys/kernel/unprivileged_bpf_disabled"

FIXTURE(lib) {
	int ifindex;
	bool native;
};

FIXTURE_SETUP(lib)
{
	self->native = is_native();
	ASSERT_GE(netns_new(), 0);
	self->ifindex = dummy_add("dev");
	ASSERT_GT(self->ifindex, 0);
}

FIXTURE_TEARDOWN(lib)
{
}

static int attached_as(int ifindex, __u32 type)
{
	TCX_OPTS(tcx_query_opts, query);
	int ret = tcx_prog_query(ifindex, type, &query);

	return ret ?: (int)query.count;
}

static int attached(int ifindex)
{
	return attached_as(ifindex, BPF_TCX_INGRESS);
}

/* What is said of -EOPNOTSUPP has both in it. */
#define EXPLAINS(one, other) do {					\
	char __text[1024];						\
									\
	tcx_explain(-EOPNOTSUPP, NULL, __text, sizeof(__text));		\
	EXPECT_TRUE(strstr(__text, one) && strstr(__text, other))	\
		TH_LOG("%s", __text);					\
} while (0)

static int quiet(enum tcx_print_level level, const char *format, va_list args)
{
	return 0;
}

/* @closed: a bit for each of 0, 1 and 2 */
static int request_without(int ifindex, unsigned int closed)
{
	TCX_OPTS(tcx_link_info, info);
	TCX_OPTS(tcx_attach_opts, replace, .flags = BPF_F_REPLACE);
	int first, second, link, fd;

	tcx_set_print(quiet);
	for (fd = 0; fd < 3; fd++)
		if (closed & (1U << fd))
			close(fd);
	/* Raw, so that it does land there. */
	first = cls_load();
	REQUIRE(first == __builtin_ctz(closed));
	second = fcntl(cls_load(), F_DUPFD_CLOEXEC, 10);
	REQUIRE(second >= 10);
	REQUIRE(!tcx_prog_attach(ifindex, BPF_TCX_INGRESS, first, NULL));
	REQUIRE(!tcx_prog_attach(ifindex, BPF_TCX_INGRESS, second, NULL));
	if (!first) {
		/* It would be the second that goes. */
		REQUIRE(tcx_prog_detach(ifindex, BPF_TCX_INGRESS, 0, NULL) ==
			-EINVAL);
		REQUIRE(attached(ifindex) == 2);
	}
	/* With the flag, 0 is an fd. */
	REQUIRE(!tcx_prog_detach(ifindex, BPF_TCX_INGRESS, second, NULL));
	replace.replace_prog_fd = first;
	REQUIRE(!tcx_prog_attach(ifindex, BPF_TCX_INGRESS, second, &replace));
	REQUIRE(attached(ifindex) == 1);
	REQUIRE(!tcx_prog_detach(ifindex, BPF_TCX_INGRESS, second, NULL));
	close(first);
	first = fcntl(second, F_DUPFD_CLOEXEC, 20);
	for (fd = 0; fd < 3; fd++)
		if (closed & (1U << fd))
			close(fd);

	link = tcx_link_create(ifindex, BPF_TCX_INGRESS, first, NULL);
	REQUIRE(link > 2);
	REQUIRE(fcntl(link, F_GETFD) == FD_CLOEXEC);
	REQUIRE(!tcx_link_info(link, &info) && info.ifindex == (__u32)ifindex);
	REQUIRE(attached(ifindex) == 1);
	/* Nothing of the library's stays there. */
	for (fd = 0; fd < 3; fd++)
		REQUIRE(!(closed & (1U << fd)) == (fcntl(fd, F_GETFD) >= 0));
	close(link);
	return 0;
}

static void links_gone(int ifindex)
{
	int tries;

	for (tries = 0; attached(ifindex) > 0 && tries < 500; tries++)
		sleep_ms(20);
}

TEST_F(lib, without_stdin_stdout_stderr)
{
	unsigned int closed;

	for (closed = 1; closed < 8; closed++) {
		EXPECT_EQ(0, in_child(request_without(self->ifindex, closed)));
		links_gone(self->ifindex);
		EXPECT_EQ(0, attached(self->ifindex));
	}
}

/* What can be said without a device of the module's: that the kernel has tcx,
 * itself or by the switch, or that it does not.
 */
static int backend_of_kernel(void)
{
	setenv("LIBTCX_DEVICE", NOWHERE, 1);
	return tcx_backend();
}

static int expected_of_kernel(void)
{
	return is_native() || file_read_char(SWITCH) == 'Y' ?
	       TCX_BACKEND_NATIVE : TCX_BACKEND_NONE;
}

static int ask_beside_verifier(void)
{
	REQUIRE(!no_verifier());
	REQUIRE(cls_load() == -EAGAIN);
	REQUIRE(backend_of_kernel() == expected_of_kernel());
	return 0;
}

/* The verifier says EAGAIN when a signal is pending. */
TEST_F(lib, verifier_is_interrupted)
{
	EXPECT_EQ(0, in_child(ask_beside_verifier()));
}

static pthread_t target;

static void on_signal(int sig)
{
}

static void *rain(void *arg)
{
	for (;;)
		pthread_kill(target, SIGPROF);
	return NULL;
}

static int ask_in_rain(void)
{
	pthread_t thread;
	int i;

	signal(SIGPROF, on_signal);
	target = pthread_self();
	REQUIRE(!pthread_create(&thread, NULL, rain, NULL));
	for (i = 0; i < 20; i++)
		REQUIRE(backend_of_kernel() == expected_of_kernel());
	return 0;
}

TEST_F_TIMEOUT(lib, signals, 60)
{
	int i;

	for (i = 0; i < 20; i++)
		ASSERT_EQ(0, in_child(ask_in_rain()));
}

#define BOTH(prog, want) do {						\
	EXPECT_EQ(want, attached(self->ifindex));			\
	EXPECT_EQ((want) < 0 ? (want) : 0,				\
		  tcx_prog_attach(self->ifindex, BPF_TCX_EGRESS, prog, NULL)); \
	EXPECT_EQ((want) < 0 ? (want) : 0,				\
		  tcx_prog_detach(self->ifindex, BPF_TCX_EGRESS, prog, NULL)); \
} while (0)

/* One process, which sees all of it. */
TEST_F_TIMEOUT(lib, module_outlived, 120)
{
	int prog = cls_load(), link, i;

	if (self->native)
		SKIP(return, "there is no module");
	ASSERT_GT(prog, 2);
	/* With netfilter's hook it could not be switched on later. */
	ASSERT_EQ(0, module_unload());
	EXPECT_EQ(TCX_BACKEND_NONE, tcx_backend());
	BOTH(prog, -EOPNOTSUPP);
	EXPECT_EQ(-EOPNOTSUPP, tcx_link_create(self->ifindex, BPF_TCX_INGRESS,
					       prog, NULL));
	ASSERT_EQ(0, module_load_with("hook=tc"));
	EXPECT_EQ(TCX_BACKEND_MODULE, tcx_backend());
	BOTH(prog, 0);

	/* As in a container that has no device. */
	setenv("LIBTCX_DEVICE", NOWHERE, 1);
	for (i = 0; i < 3; i++) {
		EXPECT_EQ(TCX_BACKEND_NONE, tcx_backend());
		BOTH(prog, -EOPNOTSUPP);
		ASSERT_EQ(0, switch_to(true));
		EXPECT_EQ(TCX_BACKEND_NATIVE, tcx_backend());
		BOTH(prog, 0);
		link = tcx_link_create(self->ifindex, BPF_TCX_INGRESS, prog,
				       NULL);
		EXPECT_GT(link, 2);
		BOTH(prog, 1);
		/* The kernel's own errors stay what they are. */
		EXPECT_EQ(-EEXIST, tcx_prog_attach(self->ifindex,
						   BPF_TCX_INGRESS, prog,
						   NULL));
		EXPECT_EQ(-EINVAL, tcx_prog_attach(self->ifindex, 9999, prog,
						   NULL));
		EXPECT_EQ(-ENODEV, attached(0x7ffffff0));
		close(link);
		links_gone(self->ifindex);
		ASSERT_EQ(0, switch_to(false));
	}
	BOTH(prog, -EOPNOTSUPP);
	ASSERT_EQ(0, switch_to(true));
	BOTH(prog, 0);
	ASSERT_EQ(0, module_unload());
	EXPECT_EQ(TCX_BACKEND_NONE, tcx_backend());
	BOTH(prog, -EOPNOTSUPP);

	unsetenv("LIBTCX_DEVICE");
	ASSERT_EQ(0, module_load());
	EXPECT_EQ(TCX_BACKEND_MODULE, tcx_backend());
	BOTH(prog, 0);
}

static int fail_as_nobody(int ifindex, int prog, int other)
{
	TCX_OPTS(tcx_attach_opts, stale, .expected_revision = 9999);
	const __u32 type = BPF_TCX_INGRESS;

	REQUIRE(!become_nobody());
	REQUIRE(tcx_backend() < 0);
	REQUIRE(!tcx_prog_attach(ifindex, type, other, NULL));
	REQUIRE(!tcx_prog_detach(ifindex, type, other, NULL));
	REQUIRE(tcx_prog_attach(ifindex, type, prog, NULL) == -EEXIST);
	REQUIRE(tcx_link_create(ifindex, type, prog, NULL) == -EEXIST);
	REQUIRE(tcx_prog_detach(ifindex, type, prog, NULL) == -EBUSY);
	REQUIRE(tcx_prog_detach(ifindex, type, other, NULL) == -ENOENT);
	REQUIRE(tcx_prog_attach(ifindex, type, other, &stale) == -ESTALE);
	REQUIRE(tcx_prog_attach(0x7ffffff0, type, other, NULL) == -ENODEV);
	/* As a kernel without tcx: why it may be one is told instead. */
	REQUIRE(tcx_prog_attach(ifindex, 9999, other, NULL) == tcx_backend());
	return 0;
}

/* Nobody may ask the kernel whether it has tcx; what it says is his all the same. */
TEST_F(lib, without_capabilities)
{
	int prog = cls_load(), other = cls_load(), link;

	ASSERT_EQ(0, file_write(GATE, "0"));
	if (!self->native) {
		ASSERT_EQ(0, module_unload());
		ASSERT_EQ(0, module_load_with("hook=tc"));
		ASSERT_EQ(0, switch_to(true));
	}
	link = tcx_link_create(self->ifindex, BPF_TCX_INGRESS, prog, NULL);
	ASSERT_GT(link, 2);
	/* The device is not his, or there is none. */
	EXPECT_EQ(0, in_child(fail_as_nobody(self->ifindex, prog, other)));
	setenv("LIBTCX_DEVICE", NOWHERE, 1);
	EXPECT_EQ(0, in_child(fail_as_nobody(self->ifindex, prog, other)));
	unsetenv("LIBTCX_DEVICE");
	close(link);
	links_gone(self->ifindex);
	if (!self->native) {
		ASSERT_EQ(0, module_unload());
		ASSERT_EQ(0, module_load());
	}
}

/* What else bpf(2) attaches */

#define CGROUP	"/sys/fs/cgroup/libtcx"

/* The types and the ifindex are those of a cgroup program, by mistake. */
static int others_are_kept(int expected)
{
	const __u32 type = BPF_CGROUP_INET_INGRESS;
	union bpf_attr attr = {
		.attach_type = type,
		.attach_bpf_fd = verdict_load(BPF_PROG_TYPE_CGROUP_SKB, 1),
	};
	TCX_OPTS(tcx_query_opts, query);
	int dir = open(CGROUP, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	attr.target_fd = dir;
	REQUIRE(dir > 0 && !sys_bpf(BPF_PROG_ATTACH, &attr, sizeof(attr)));
	REQUIRE(tcx_prog_detach(dir, type, 0, NULL) == expected);
	REQUIRE(tcx_prog_detach(dir, type, attr.attach_bpf_fd, NULL) == expected);
	REQUIRE(tcx_prog_query(dir, type, &query) == expected);
	REQUIRE(tcx_prog_attach(dir, BPF_CGROUP_INET_EGRESS, attr.attach_bpf_fd,
				NULL) == expected);
	REQUIRE(tcx_link_create(dir, BPF_CGROUP_INET_EGRESS, attr.attach_bpf_fd,
				NULL) == expected);
	/* It is there still. */
	return sys_bpf(BPF_PROG_DETACH, &attr, sizeof(attr));
}

TEST_F(lib, other_attach_types)
{
	int expected = expected_of_kernel() == TCX_BACKEND_NATIVE ? -EINVAL :
								    -EOPNOTSUPP;

	rmdir(CGROUP);
	ASSERT_EQ(0, mkdir(CGROUP, 0755));
	EXPECT_EQ(0, in_child(others_are_kept(-EINVAL)));
	setenv("LIBTCX_DEVICE", NOWHERE, 1);
	EXPECT_EQ(0, in_child(others_are_kept(expected)));
	unsetenv("LIBTCX_DEVICE");
	tcx_set_backend(TCX_BACKEND_NATIVE);
	EXPECT_EQ(0, in_child(others_are_kept(expected)));
	tcx_set_backend(TCX_BACKEND_LEGACY);
	EXPECT_EQ(-EINVAL, attached_as(self->ifindex, 0));
	tcx_set_backend(TCX_BACKEND_AUTO);
	EXPECT_EQ(0, rmdir(CGROUP));
}

/* Chosen, whether it is there or not */
TEST_F(lib, chosen_backend)
{
	TCX_OPTS(tcx_backend_info, info);
	int kernel = expected_of_kernel();
	bool has = kernel == TCX_BACKEND_NATIVE;

	unsetenv("LIBTCX_DEVICE");
	EXPECT_EQ(0, tcx_set_backend(TCX_BACKEND_NATIVE));
	EXPECT_EQ(kernel, tcx_backend());
	EXPECT_EQ(has ? 0 : -EOPNOTSUPP, tcx_backend_info(&info));
	EXPECT_EQ(has ? 0 : -EOPNOTSUPP, attached(self->ifindex));
	if (!has)
		EXPLAINS("backend native was chosen", "this kernel has no tcx");
	EXPECT_EQ(0, tcx_set_backend(TCX_BACKEND_NONE));
	EXPECT_EQ(-EOPNOTSUPP, attached(self->ifindex));
	EXPLAINS("backend none was chosen", "LIBTCX_BACKEND");
	EXPECT_EQ(0, tcx_set_backend(TCX_BACKEND_MODULE));
	if (self->native) {
		EXPECT_EQ(-EOPNOTSUPP, attached(self->ifindex));
		EXPLAINS("backend module was chosen", "this kernel has tcx");
	}
	tcx_set_backend(TCX_BACKEND_AUTO);
}

/* Holders */

TEST_F(lib, holder_is_a_thread)
{
	EXPECT_EQ(0, in_child(thread_with_own_fds(self->ifindex)));
	links_gone(self->ifindex);
	EXPECT_EQ(0, in_child(first_thread_ended(self->ifindex, 0)));
	links_gone(self->ifindex);
	EXPECT_EQ(0, in_child(first_thread_ended(self->ifindex, 20)));
	links_gone(self->ifindex);
}

TEST_F(lib, holder_has_threads)
{
	EXPECT_EQ(0, in_child(many_threads(self->ifindex, false)));
	links_gone(self->ifindex);
	EXPECT_EQ(0, in_child(many_threads(self->ifindex, true)));
	links_gone(self->ifindex);
}

/* Pins */

struct found {
	__u32 link_id;
	int times;
};

#define TOP	"/tmp/libtcx"

static int count_pin(const struct tcx_link_pin *pin, void *ctx)
{
	struct found *found = ctx;

	found->times += pin->link_id == found->link_id;
	return 0;
}

static int pins_of(__u32 link_id)
{
	struct found found = { .link_id = link_id };
	int ret = tcx_link_walk_pins(count_pin, &found);

	return ret ?: found.times;
}

static int pin(int fd, const char *path)
{
	union bpf_attr attr = { .pathname = (uintptr_t)path, .bpf_fd = fd };

	return sys_bpf(BPF_OBJ_PIN, &attr, sizeof(attr));
}

static int folder(const char *path)
{
	return mkdir(path, 0700) && errno != EEXIST ? -errno : 0;
}

static int mounted_twice(int ifindex)
{
	TCX_OPTS(tcx_link_info, a);
	TCX_OPTS(tcx_link_info, b);
	int prog, links[2];

	REQUIRE(!unshare(CLONE_NEWNS));
	REQUIRE(!mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
	prog = cls_load();
	links[0] = tcx_link_create(ifindex, BPF_TCX_INGRESS, prog, NULL);
	links[1] = tcx_link_create(ifindex, BPF_TCX_EGRESS, prog, NULL);
	REQUIRE(!tcx_link_info(links[0], &a) && !tcx_link_info(links[1], &b));

	REQUIRE(!folder(TOP) && !mount("none", TOP, "tmpfs", 0, NULL));
	REQUIRE(!folder(TOP "/one") && !folder(TOP "/two") &&
		!folder(TOP "/part") && !folder(TOP "/over"));
	REQUIRE(!mount("none", TOP "/one", "bpf", 0, NULL));
	REQUIRE(!folder(TOP "/one/sub"));
	REQUIRE(!pin(links[0], TOP "/one/a"));
	REQUIRE(!pin(links[1], TOP "/one/sub/b"));
	REQUIRE(pins_of(a.id) == 1 && pins_of(b.id) == 1);
	REQUIRE(!mount(TOP "/one", TOP "/two", NULL, MS_BIND, NULL));
	REQUIRE(pins_of(a.id) == 1 && pins_of(b.id) == 1);
	REQUIRE(!mount(TOP "/one/sub", TOP "/part", NULL, MS_BIND, NULL));
	REQUIRE(pins_of(a.id) == 1 && pins_of(b.id) == 1);
	/* Two of them at one place. */
	REQUIRE(!mount("none", TOP "/over", "bpf", 0, NULL));
	REQUIRE(!mount("none", TOP "/over", "bpf", 0, NULL));
	REQUIRE(!pin(links[0], TOP "/over/a"));
	REQUIRE(pins_of(a.id) == 2 && pins_of(b.id) == 1);
	/* A second name keeps the link by itself. */
	REQUIRE(!link(TOP "/one/sub/b", TOP "/one/c"));
	REQUIRE(pins_of(b.id) == 2);
	REQUIRE(!unlink(TOP "/one/sub/b"));
	REQUIRE(pins_of(b.id) == 1);
	/* Hidden by what is none. */
	REQUIRE(!mount("none", TOP "/one", "tmpfs", 0, NULL));
	REQUIRE(pins_of(a.id) == 2 && pins_of(b.id) == 1);
	REQUIRE(!umount2(TOP, MNT_DETACH));
	REQUIRE(pins_of(a.id) == 0 && pins_of(b.id) == 0);
	return 0;
}

TEST_F(lib, bpffs_mounted_twice)
{
	EXPECT_EQ(0, in_child(mounted_twice(self->ifindex)));
	links_gone(self->ifindex);
}

TEST_HARNESS_MAIN
