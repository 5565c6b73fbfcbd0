// SPDX-License-Identifier: GPL-2.0
/*
 * Loading with hook=tc waits for filter requests whose qdisc was removed under
 * them, ten seconds at most, and tells of it. Meanwhile there is /dev/tcx: who
 * opens it does not wait, since all misc devices are opened under one mutex, and
 * a request waits until the module is there.
 *
 * kmod: held_qdisc
 */
#include <sys/ioctl.h>

#include "kselftest_harness.h"

#include "kmod.h"
#include "module.h"
#include "point.h"

#define TUN	"/dev/net/tun"

/* How long it takes to open a device. */
static long open_ms(const char *path, int *fd)
{
	long start = now_ms();

	*fd = open(path, O_RDWR | O_CLOEXEC);
	return *fd < 0 ? -errno : now_ms() - start;
}

FIXTURE(held) {
	struct point point;
	int log;
};

FIXTURE_SETUP(held)
{
	char name[IF_NAMESIZE];
	int tun;

	kmod_unload("held_qdisc");
	ASSERT_EQ(0, kmod_load("held_qdisc", ""));
	/* The driver is there from now on. */
	tun = tun_add("t", 0, IFF_TUN);
	ASSERT_GE(tun, 0);
	close(tun);
	ASSERT_GE(point_new(&self->point), 0);
	ASSERT_NE(NULL, if_indextoname(self->point.ifindex, name));
	ASSERT_EQ(0, qdisc_add(self->point.ifindex, "clsact"));
	ASSERT_EQ(0, kmod_param_set("held_qdisc", "device", name));
	ASSERT_EQ(0, qdisc_del(self->point.ifindex));
	ASSERT_EQ(0, module_unload());
	self->log = log_open();
	ASSERT_GE(self->log, 0);
}

FIXTURE_TEARDOWN(held)
{
	close(self->log);
	kmod_unload("held_qdisc");
	if (!module_loaded())
		module_load();
}

TEST_F(held, load)
{
	/* Far from ten seconds, and more than a busy host needs. */
	const long limit = 4000;
	struct tcx_backport_info info = {};
	int status, tries, fd, tun;
	char args[128];
	pid_t loader;

	snprintf(args, sizeof(args), "%s hook=tc", module_args());
	loader = fork();
	ASSERT_GE(loader, 0);
	if (!loader)
		_exit(!!module_load_with(args));
	for (tries = 0; access(TCX_BACKPORT_DEVICE, F_OK) && tries < 500;
	     tries++)
		sleep_ms(20);

	EXPECT_LT(open_ms(TCX_BACKPORT_DEVICE, &fd), limit);
	ASSERT_GE(fd, 0);
	EXPECT_LT(open_ms(TUN, &tun), limit);
	EXPECT_GE(tun, 0);
	/* All of that while it was being loaded. */
	EXPECT_EQ(0, waitpid(loader, &status, WNOHANG));
	EXPECT_EQ(0, ioctl(fd, TCX_BACKPORT_INFO, &info));
	EXPECT_TRUE(log_has(self->log, "under way for qdiscs that were removed"));
	ASSERT_EQ(loader, waitpid(loader, &status, 0));
	EXPECT_EQ(0, status);
	close(tun);
	close(fd);
	ASSERT_EQ(0, module_unload());
}

TEST_HARNESS_MAIN
