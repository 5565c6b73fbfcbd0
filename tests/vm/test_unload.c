// SPDX-License-Identifier: GPL-2.0
/*
 * The module stays as long as anything is attached or anybody is inside, and goes
 * at once when nothing is. Requests go through children, so that this process
 * does not keep the device open itself.
 */
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>

#include "kselftest_harness.h"

#include "module.h"
#include "netns.h"
#include "point.h"

#define WORKERS		4

FIXTURE(module) {
	int home;
	struct point point;
	int prog;
};

FIXTURE_SETUP(module)
{
	self->home = point_new(&self->point);
	ASSERT_GE(self->home, 0);
	self->prog = cls_load();
	ASSERT_GT(self->prog, 0);
	/* What earlier cases left in dying namespaces holds the module, too. */
	ASSERT_EQ(0, module_references_settle());
}

FIXTURE_TEARDOWN(module)
{
}

/* A request that a child issues, and that must succeed. */
#define child_ok(what) EXPECT_EQ(0, in_child(-(what)))

TEST_F(module, unload_and_load)
{
	int i;

	for (i = 0; i < 5; i++) {
		ASSERT_EQ(0, module_try_unload());
		EXPECT_NE(0, access(TCX_BACKPORT_DEVICE, F_OK));
		EXPECT_NE(0, access("/sys/module/" MODULE, F_OK));
		ASSERT_EQ(0, module_load());
		child_ok(point_attach(&self->point, self->prog));
		EXPECT_EQ(1, module_references());
		child_ok(point_detach(&self->point, self->prog));
		EXPECT_EQ(0, module_references());
	}
}

TEST_F(module, in_use_while_attached)
{
	struct point out = { self->point.ifindex, BPF_TCX_EGRESS };

	child_ok(point_attach(&self->point, self->prog));
	EXPECT_EQ(-EWOULDBLOCK, module_try_unload());
	child_ok(point_attach(&out, self->prog));
	child_ok(point_detach(&self->point, self->prog));
	EXPECT_EQ(-EWOULDBLOCK, module_try_unload());
	child_ok(point_query(&out).count != 1);
	child_ok(point_detach(&out, self->prog));
	EXPECT_EQ(0, module_references());
	ASSERT_EQ(0, module_try_unload());
	ASSERT_EQ(0, module_load());
}

TEST_F(module, in_use_while_open)
{
	int node;

	node = open(TCX_BACKPORT_DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_GE(node, 0);
	EXPECT_EQ(1, module_references());
	EXPECT_EQ(-EWOULDBLOCK, module_try_unload());
	close(node);
	ASSERT_EQ(0, module_try_unload());
	ASSERT_EQ(0, module_load());
}

TEST_F(module, free_after_refusal)
{
	EXPECT_EQ(ENODEV, in_child(-sys_prog_attach(IFINDEX_NONE,
						    BPF_TCX_INGRESS,
						    self->prog, 0, 0, 0, 0)));
	EXPECT_EQ(ESTALE, in_child(-sys_prog_attach(self->point.ifindex,
						    BPF_TCX_INGRESS,
						    self->prog, 0, 0, 0, 9)));
	EXPECT_EQ(0, module_references());
	ASSERT_EQ(0, module_try_unload());
	ASSERT_EQ(0, module_load());
}

TEST_F(module, free_after_device_removal)
{
	child_ok(point_attach(&self->point, self->prog));
	EXPECT_EQ(-EWOULDBLOCK, module_try_unload());
	ASSERT_EQ(0, link_del(self->point.ifindex));
	EXPECT_EQ(0, module_references_settle());
	ASSERT_EQ(0, module_try_unload());
	ASSERT_EQ(0, module_load());
}

TEST_F(module, free_after_namespace_death)
{
	child_ok(point_attach(&self->point, self->prog));
	ASSERT_GE(netns_new(), 0);
	close(self->home);
	EXPECT_EQ(0, module_references_settle());
	ASSERT_EQ(0, module_try_unload());
	ASSERT_EQ(0, module_load());
}

/* Devices and qdiscs are older than the module, or outlive it. */
TEST_F(module, devices_stay)
{
	struct point out = { self->point.ifindex, BPF_TCX_EGRESS };

	ASSERT_EQ(0, qdisc_add(self->point.ifindex, "clsact"));
	child_ok(point_attach(&self->point, self->prog));
	child_ok(point_detach(&self->point, self->prog));
	ASSERT_EQ(0, module_try_unload());
	EXPECT_EQ(0, qdisc_del(self->point.ifindex));
	EXPECT_EQ(0, qdisc_add(self->point.ifindex, "clsact"));
	ASSERT_EQ(0, module_load());
	/* A new module knows nothing of what the old one counted. */
	child_ok(point_query(&self->point).revision != 1);
	child_ok(point_attach(&out, self->prog));
	child_ok(point_detach(&out, self->prog));
	ASSERT_EQ(0, module_try_unload());
	EXPECT_EQ(0, link_del(self->point.ifindex));
	ASSERT_EQ(0, module_load());
}

/* Loading and unloading against requests: what gets the device open is served,
 * and the module goes as soon as nobody holds it. How often that is to be seen in
 * UNLOAD_SECONDS depends on the machine: unloading waits for grace periods, which
 * the workers draw out.
 */
#define UNLOAD_SECONDS	30

static void request_for_ever(const struct point *point)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		int prog = cls_load();
		/* A child each: the device is open only so long. */
		int ret = in_child(point_attach(point, prog) ?:
				   point_detach(point, prog));

		(void)ret;
		close(prog);
	}
}

TEST_F_TIMEOUT(module, unload_against_requests, 300)
{
	time_t end = time(NULL) + UNLOAD_SECONDS;
	int i, tries, gone = 0, status;
	pid_t pids[WORKERS];

	for (i = 0; i < WORKERS; i++) {
		pids[i] = fork();
		if (!pids[i])
			request_for_ever(&self->point);
	}
	for (tries = 0; gone < 10 && time(NULL) < end; tries++) {
		int ret = module_try_unload();

		if (!ret) {
			gone++;
			ASSERT_EQ(0, module_load());
		} else {
			ASSERT_EQ(-EWOULDBLOCK, ret);
		}
		sleep_ms(1);
	}
	TH_LOG("unloaded %d times in %d attempts", gone, tries);
	/* Grandchildren end by themselves; only the loops need an end. */
	for (i = 0; i < WORKERS; i++) {
		kill(pids[i], SIGKILL);
		ASSERT_EQ(pids[i], waitpid(pids[i], &status, 0));
	}
	EXPECT_LT(0, gone);
	EXPECT_EQ(0, module_references_settle());
	EXPECT_EQ(0, access(TCX_BACKPORT_DEVICE, F_OK));
}

TEST_HARNESS_MAIN
