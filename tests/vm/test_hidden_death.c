// SPDX-License-Identifier: GPL-2.0
/*
 * Devices whose death somebody keeps from us: a notifier that ends the chain at
 * NETDEV_UNREGISTER, before or after us, once or several times. The device goes
 * nevertheless, the links become defunct, and what is done to them meanwhile has
 * no consequences.
 *
 * kmod: stop_chain
 */
#include "kselftest_harness.h"

#include "kmod.h"
#include "link.h"
#include "point.h"

#define DEVICE	"doomed"
#define LINKS	6
#define LONG	120

FIXTURE(hidden) {
	bool native;
	struct point in, out;
	int home;
	int links;		/* on the host at the beginning */
	int progs[LINKS + 2];	/* the last two: for whatever a case needs */
	__u32 ids[LINKS + 2];
	int fds[LINKS];		/* of the links, but for the last two */
	pid_t deleter;
};

/* The notifier's priority; and how many events it hides from us or from others,
 * one a second while somebody who was not told has a reference to the device. With
 * the ordinary priority the kernel's own have been told.
 */
FIXTURE_VARIANT(hidden) {
	int priority, times;
	bool waits;
};

FIXTURE_VARIANT_ADD(hidden, ordinary) {
	.priority = 0, .times = 1,
};

FIXTURE_VARIANT_ADD(hidden, before_ordinary) {
	.priority = 1, .times = 4, .waits = true,
};

FIXTURE_VARIANT_ADD(hidden, before_all) {
	.priority = INT_MAX, .times = 4, .waits = true,
};

static const char *pin(int i)
{
	static char path[64];

	snprintf(path, sizeof(path), BPFFS "/%d", i);
	return path;
}

/* Links with even numbers on ingress, the others on egress. In a child, so that
 * nobody keeps the module's device open: the pins are what remains.
 */
static int links_make(const struct point *in, const struct point *out,
		      const int *progs)
{
	int i, fd;

	for (i = 0; i < LINKS; i++) {
		fd = point_link(i % 2 ? out : in, progs[i]);
		if (fd < 0)
			return fd;
		if (obj_pin(fd, pin(i)))
			return -EIO;
	}
	return 0;
}

FIXTURE_SETUP(hidden)
{
	char args[32];
	int i;

	self->native = !module_loaded();
	kmod_unload("stop_chain");
	/* It has to be there first. */
	if (!self->native) {
		ASSERT_EQ(0, module_references_settle());
		ASSERT_EQ(0, module_unload());
	}
	snprintf(args, sizeof(args), "priority=%d", variant->priority);
	ASSERT_EQ(0, kmod_load("stop_chain", args));
	if (!self->native)
		ASSERT_EQ(0, module_load());

	self->home = netns_new();
	ASSERT_GE(self->home, 0);
	self->in = (struct point){ dummy_add(DEVICE), BPF_TCX_INGRESS };
	ASSERT_GT(self->in.ifindex, 0);
	self->out = (struct point){ self->in.ifindex, BPF_TCX_EGRESS };
	ASSERT_EQ(0, bpffs_new());
	self->links = links_count();
	for (i = 0; i < LINKS + 2; i++) {
		self->progs[i] = cls_load();
		ASSERT_GT(self->progs[i], 0);
		self->ids[i] = prog_id(self->progs[i]);
	}
	ASSERT_EQ(0, in_child(-links_make(&self->in, &self->out, self->progs)));
	for (i = 0; i < LINKS - 2; i++) {
		self->fds[i] = obj_get(pin(i));
		ASSERT_GT(self->fds[i], 0);
		ASSERT_EQ(self->in.ifindex,
			  (int)tcx_link_info(self->fds[i]).ifindex);
	}
}

FIXTURE_TEARDOWN(hidden)
{
	/* The device may still be waited for, were something wrong. */
	kmod_param_set("stop_chain", "times", "0");
	kmod_unload("stop_chain");
}

static int hidden_so_far(void)
{
	char value[32];

	return kmod_param_get("stop_chain", "stopped", value, sizeof(value)) > 0 ?
	       atoi(value) : -1;
}

/* The child keeps no link alive. */
static void delete_device(int ifindex)
{
	int fd;

	for (fd = 3; fd < 100; fd++)
		close(fd);
	_exit(-link_del(ifindex));
}

/* Until the kernel waits for the device, whose death has been hidden. */
#define hide_and_wait() do {						\
	char __times[16];						\
	int __tries;							\
									\
	snprintf(__times, sizeof(__times), "%d", variant->times);	\
	ASSERT_EQ(0, kmod_param_set("stop_chain", "device", DEVICE));	\
	ASSERT_EQ(0, kmod_param_set("stop_chain", "times", __times));	\
	self->deleter = fork();						\
	if (!self->deleter)						\
		delete_device(self->in.ifindex);			\
	for (__tries = 0; hidden_so_far() < 1 && __tries < 500; __tries++) \
		sleep_ms(10);						\
	ASSERT_EQ(1, hidden_so_far());					\
	ASSERT_EQ(0, if_nametoindex(DEVICE));				\
} while (0)

/* It was nobody's fault that it took so long but stop_chain's. */
#define expect_device_gone() do {					\
	int __status = -1, __tries, __gone = 0;				\
									\
	for (__tries = 0; !__gone && __tries < 1000; __tries++) {	\
		__gone = waitpid(self->deleter, &__status, WNOHANG);	\
		sleep_ms(20);						\
	}								\
	EXPECT_EQ(self->deleter, __gone);				\
	EXPECT_EQ(0, __status);						\
	EXPECT_EQ(variant->times, hidden_so_far());			\
} while (0)

/* Still in the middle of it, so that what was done before was done there. */
#define expect_still_waiting() do {					\
	if (variant->waits)						\
		EXPECT_EQ(0, waitpid(self->deleter, NULL, WNOHANG));	\
} while (0)

#define expect_defunct(i) do {						\
	struct tcx_link_info __info = tcx_link_info(self->fds[i]);	\
									\
	EXPECT_EQ(0, __info.ifindex);					\
	EXPECT_EQ(self->ids[i], __info.prog_id);			\
	EXPECT_EQ(-ENOLINK, tcx_link_update(self->fds[i],		\
					    self->progs[LINKS]));	\
	EXPECT_EQ(0, tcx_link_detach(self->fds[i]));			\
} while (0)

static void others_take_its_memory(void)
{
	char name[IFNAMSIZ];
	int i;

	for (i = 0; i < 16; i++) {
		snprintf(name, sizeof(name), "heir%d", i);
		dummy_add(name);
	}
}

/* Link 0 is updated while it is hidden, 1 detached, 2 closed and unpinned, 3 left
 * alone; of 4 and 5 there are pins only, and 4's goes meanwhile.
 */
TEST_F_TIMEOUT(hidden, links, LONG)
{
	int i;

	hide_and_wait();
	EXPECT_EQ(-ENOLINK, tcx_link_update(self->fds[0], self->progs[LINKS]));
	EXPECT_EQ(0, tcx_link_detach(self->fds[1]));
	close(self->fds[2]);
	EXPECT_EQ(0, unlink(pin(2)));
	EXPECT_EQ(0, unlink(pin(4)));
	expect_still_waiting();
	expect_device_gone();

	others_take_its_memory();
	expect_defunct(0);
	expect_defunct(1);
	expect_defunct(3);
	for (i = 0; i < LINKS; i++)
		close(self->progs[i]);
	for (i = 0; i < LINKS - 2; i++)
		close(self->fds[i]);
	EXPECT_TRUE(prog_gone(self->ids[2]));
	EXPECT_TRUE(prog_gone(self->ids[4]));
	EXPECT_TRUE(prog_alive(self->ids[5]));
	for (i = 0; i < LINKS; i++)
		unlink(pin(i));
	for (i = 0; i < LINKS; i++)
		EXPECT_TRUE(prog_gone(self->ids[i]));
	EXPECT_EQ(self->links, links_settle(self->links));
	if (!self->native)
		EXPECT_EQ(0, module_references_settle());
}

/* Without an owner they go with the device. */
TEST_F_TIMEOUT(hidden, programs, LONG)
{
	int i, fd = self->progs[LINKS + 1];

	EXPECT_EQ(0, in_child(-point_attach(&self->in, fd)));
	close(fd);
	hide_and_wait();
	EXPECT_EQ(ENODEV, in_child(-point_detach(&self->in, 0)));
	expect_device_gone();
	EXPECT_TRUE(prog_gone(self->ids[LINKS + 1]));
	for (i = 0; i < LINKS - 2; i++)
		expect_defunct(i);
}

/* All links leave meanwhile, so that nothing is attached any more and the module
 * may go, while the kernel waits for the device.
 */
TEST_F_TIMEOUT(hidden, module_unloaded, LONG)
{
	int i;

	if (self->native)
		SKIP(return, "there is no module to unload");
	hide_and_wait();
	for (i = 0; i < LINKS; i++)
		EXPECT_EQ(0, unlink(pin(i)));
	for (i = 0; i < LINKS - 2; i++)
		close(self->fds[i]);
	EXPECT_EQ(0, module_references_settle());
	expect_still_waiting();
	EXPECT_EQ(0, module_unload());
	expect_device_gone();
	ASSERT_EQ(0, module_load());
}

/* Nobody deletes the device, its namespace goes. */
TEST_F_TIMEOUT(hidden, namespace_dies, LONG)
{
	int tries;

	ASSERT_EQ(0, kmod_param_set("stop_chain", "device", DEVICE));
	ASSERT_EQ(0, kmod_param_set("stop_chain", "times", "1"));
	ASSERT_GE(netns_new(), 0);
	close(self->home);
	for (tries = 0; tcx_link_info(self->fds[0]).ifindex && tries < 500; tries++)
		sleep_ms(20);
	EXPECT_EQ(1, hidden_so_far());
	expect_defunct(0);
	expect_defunct(1);
	expect_defunct(2);
	expect_defunct(3);
}

TEST_HARNESS_MAIN
