// SPDX-License-Identifier: GPL-2.0
/*
 * Who may put netkit devices where; and a kernel that has netkit itself.
 */
#include <sched.h>

#include "kselftest_harness.h"

#include "command.h"
#include "credentials.h"
#include "module.h"
#include "netkit.h"

#define NETKIT	"netkit_backport"

/* Devices that died a moment ago are waited for by the module itself; namespaces
 * that die do so in a worker.
 */
static int netkit_unload(void)
{
	int tries, ret = 0;

	for (tries = 0; tries < 500; tries++) {
		ret = syscall(SYS_delete_module, NETKIT, O_NONBLOCK) ?
		      -errno : 0;
		if (ret != -EWOULDBLOCK)
			return ret;
		sleep_ms(20);
	}
	return ret;
}

/* Who may put a peer where. */
FIXTURE(authority) {
	int home;
};

FIXTURE_SETUP(authority)
{
	self->home = netns_new();
	ASSERT_GE(self->home, 0);
	if (!is_native()) {
		ASSERT_EQ(0, module_references_settle());
		ASSERT_EQ(0, module_load_named(NETKIT, "need_bpf_syscall=0"));
	}
}

FIXTURE_TEARDOWN(authority)
{
	if (!is_native())
		EXPECT_EQ(0, netkit_unload());
}

/* Another user, in a user and network namespace of his own, makes a pair there,
 * and tries to put the peer of another into @elsewhere.
 */
static int outsider(int elsewhere)
{
	int err;

	if (become_nobody() || unshare(CLONE_NEWUSER | CLONE_NEWNET))
		return 200;
	err = nk_pair("p", "q", 0, NULL);
	if (err)
		return 201;
	/* Into one that is his own, too. */
	err = netns_open();
	if (nk_pair("r", "s", err, NULL))
		return 202;
	return -nk_pair("t", "u", elsewhere, NULL);
}

TEST_F(authority, peer_elsewhere)
{
	/* Linux 7.0 has this check. */
	bool allowed = is_native() && kernel_major() < 7;

	EXPECT_EQ(allowed ? 0 : EPERM, in_child(outsider(self->home)));
	/* What he has put here is there until his namespace is gone. */
	if (!allowed)
		EXPECT_EQ(0, if_nametoindex("u"));
}

/* Who may everything may put it anywhere. */
TEST_F(authority, root)
{
	int there = netns_new();

	ASSERT_EQ(0, netns_enter(self->home));
	EXPECT_EQ(0, nk_pair("p", "q", there, NULL));
	EXPECT_EQ(0, link_del(if_nametoindex("p")));
	/* From a container's namespace into the host's, as CNI plugins do. */
	ASSERT_EQ(0, netns_enter(there));
	EXPECT_EQ(0, nk_pair("p", "q", self->home, NULL));
	EXPECT_EQ(0, link_del(if_nametoindex("p")));
}

/* Without the capability, nobody makes a pair. */
static int powerless(void)
{
	return become_nobody() ? 200 : -nk_pair("p", "q", 0, NULL);
}

TEST_F(authority, powerless)
{
	EXPECT_EQ(EPERM, in_child(powerless()));
}

/* Packets leave the room that a device asks for, and an skb has 16 bits for where
 * its headers begin: who asks for more than an skb can have would write outside
 * of it. A pair is made by somebody with a user namespace, which is enough.
 */
static int room(int type, __u32 bytes)
{
	const struct nk_attr attrs[] = {
		{ NETKIT_BACKPORT_MODE, NETKIT_BACKPORT_L3 },
		{ type, bytes, 2 },
		{ },
	};
	int err;

	if (become_nobody() || unshare(CLONE_NEWUSER | CLONE_NEWNET))
		return 200;
	err = nk_pair("p", "q", 0, attrs);
	if (err)
		return -err;
	if (device_up(if_nametoindex("p")) || device_up(if_nametoindex("q")))
		return 201;
	/* What IPv6 sends by itself. */
	sleep_ms(1500);
	return link_del(if_nametoindex("p"));
}

TEST_F(authority, room)
{
	static const int types[] = {
		NETKIT_BACKPORT_HEADROOM, NETKIT_BACKPORT_TAILROOM,
	};
	const __u32 most = NETKIT_BACKPORT_ROOM_MAX;
	unsigned int i;

	if (is_native())
		SKIP(return, "without a bound");
	for (i = 0; i < 2; i++) {
		EXPECT_EQ(0, in_child(room(types[i], most)));
		EXPECT_EQ(ERANGE, in_child(room(types[i], most + 1)));
		EXPECT_EQ(ERANGE, in_child(room(types[i], 0xffff)));
	}
}

/* A bridge hands on what its other ports ask for, and a tunnel over the peer asks
 * for more than the peer: round and round, were there no bound.
 */
TEST_F(authority, room_in_a_circle)
{
	const struct nk_attr attrs[] = {
		{ NETKIT_BACKPORT_MODE, NETKIT_BACKPORT_L2 },
		{ NETKIT_BACKPORT_HEADROOM, NETKIT_BACKPORT_ROOM_MAX, 2 },
		{ },
	};
	struct nk_shown shown;

	if (is_native())
		SKIP(return, "without a bound");
	ASSERT_EQ(0, nk_pair("p", "q", 0, attrs));
	ip("link set dev q up");
	ip("link add br0 type bridge");
	ip("link set dev p master br0");
	ip("link add x type vxlan id 1 dev q dstport 4789");
	ip("link set dev x master br0");
	ASSERT_EQ(0, nk_show(if_nametoindex("p"), &shown));
	EXPECT_EQ(NETKIT_BACKPORT_ROOM_MAX,
		  shown.value[NETKIT_BACKPORT_HEADROOM]);
	EXPECT_EQ(0, link_del(if_nametoindex("x")));
	EXPECT_EQ(0, link_del(if_nametoindex("br0")));
	EXPECT_EQ(0, link_del(if_nametoindex("p")));
}

/* A kernel that has netkit. */
TEST(native_declined)
{
	int log, err;

	if (!is_native())
		SKIP(return, "no native netkit");
	log = log_open();
	err = module_load_named(NETKIT, "");
	if (err == -ENOENT) {
		close(log);
		SKIP(return, "the guest has no module");
	}
	EXPECT_EQ(-EEXIST, err);
	EXPECT_TRUE(log_has(log, "not needed: this kernel has netkit itself"));
	close(log);
}

TEST_HARNESS_MAIN
