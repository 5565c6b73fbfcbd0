// SPDX-License-Identifier: GPL-2.0
/*
 * netkit_backport as a module: when it can go, what it refuses and why, how it
 * comes by itself. What its devices and programs do is in tests/datapath.
 *
 * kmod: other_netkit
 */
#include <linux/membarrier.h>
#include <sched.h>
#include <sys/sysinfo.h>
#include <time.h>

#include "kselftest_harness.h"

#include "credentials.h"
#include "kmod.h"
#include "link.h"
#include "module.h"
#include "netkit.h"
#include "point.h"

#define NETKIT	"netkit_backport"

static int netkit_load(const char *args)
{
	return module_load_named(NETKIT, args);
}

static int netkit_try_unload(void)
{
	return syscall(SYS_delete_module, NETKIT, O_NONBLOCK) ? -errno : 0;
}

/* Devices that died a moment ago are waited for by the module itself; namespaces
 * that die do so in a worker.
 */
static int netkit_unload(void)
{
	int tries, ret = 0;

	for (tries = 0; tries < 500; tries++) {
		ret = netkit_try_unload();
		if (ret != -EWOULDBLOCK)
			return ret;
		sleep_ms(20);
	}
	return ret;
}

static bool netkit_loaded(void)
{
	return !access("/sys/module/" NETKIT, F_OK);
}

/* The feature bit, asked for by a child, which does not keep the device open. */
static int feature(void)
{
	struct tcx_backport_info info = {};

	return sys_ioctl(TCX_BACKPORT_INFO, &info) ? 2 :
	       !!(info.features & TCX_BACKPORT_FEAT_NETKIT);
}

/* Of bpf(2) itself, whatever the run's interface. */
static int bpf_link(int ifindex, int type, int prog)
{
	union sys_attr attr = {
		.link_create.prog_fd = prog,
		.link_create.target_ifindex = ifindex,
		.link_create.attach_type = type,
	};

	return sys_bpf(BPF_LINK_CREATE, &attr, 64);
}

FIXTURE(module) {
	int home;
	int prog;
};

FIXTURE_SETUP(module)
{
	self->home = netns_new();
	ASSERT_GE(self->home, 0);
	self->prog = cls_load();
	ASSERT_GT(self->prog, 0);
	ASSERT_EQ(0, module_references_settle());
	ASSERT_EQ(0, netkit_load("need_bpf_syscall=0"));
}

FIXTURE_TEARDOWN(module)
{
	if (netkit_loaded())
		EXPECT_EQ(0, netkit_unload());
}

#define no(what)	EXPECT_EQ(EINVAL, in_child(-(what)))

TEST_F(module, absent)
{
	struct sys_query q = {};
	int types[] = { NK_PRIMARY, NK_PEER }, i;

	EXPECT_EQ(1, in_child(feature()));
	ASSERT_EQ(0, netkit_unload());
	EXPECT_EQ(0, in_child(feature()));
	for (i = 0; i < 2; i++) {
		no(sys_prog_attach(1, types[i], self->prog, 0, 0, 0, 0));
		no(sys_prog_detach(1, types[i], self->prog, 0, 0, 0));
		no(sys_prog_query(1, types[i], &q));
		no(sys_link_create(1, types[i], self->prog, 0, 0, 0));
		no(bpf_link(-1, types[i], self->prog));
	}
	/* What a probe takes for a yes. */
	ASSERT_EQ(0, netkit_load("need_bpf_syscall=0"));
	for (i = 0; i < 2; i++)
		EXPECT_EQ(ENODEV, in_child(-sys_link_create(-1, types[i],
							    self->prog, 0, 0,
							    0)));
}

TEST_F(module, held_by_devices)
{
	int i;

	EXPECT_EQ(-EWOULDBLOCK, module_try_unload());
	for (i = 0; i < 3; i++) {
		ASSERT_EQ(0, nk_pair("p", "q", 0, NULL));
		EXPECT_EQ(-EWOULDBLOCK, netkit_try_unload());
		EXPECT_EQ(-EWOULDBLOCK, module_try_unload());
		ASSERT_EQ(0, link_del(if_nametoindex(i & 1 ? "p" : "q")));
		ASSERT_EQ(0, netkit_try_unload());
		ASSERT_EQ(0, netkit_load("need_bpf_syscall=0"));
	}
}

TEST_F(module, held_in_another_namespace)
{
	int there = netns_new();

	ASSERT_EQ(0, netns_enter(self->home));
	ASSERT_EQ(0, nk_pair("p", "q", there, NULL));
	close(there);
	EXPECT_EQ(0, netkit_unload());
	EXPECT_EQ(0, if_nametoindex("p"));
}

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec + now.tv_nsec / 1e9;
}

/* How long a caller of the kernel waits for so many grace periods. */
static double grace_periods(int count)
{
	double start = seconds();

	while (count--)
		syscall(__NR_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0);
	return seconds() - start;
}

/* Whatever the machine: a change that waited would take as long. */
TEST_F(module, nobody_waits)
{
	int types[] = { NK_PRIMARY, NK_PEER }, changes = 0, p, i, t;
	double start, took, waited;

	if (get_nprocs() == 1)
		SKIP(return, "grace periods take no time on one CPU");
	ASSERT_EQ(0, nk_pair("p", "q", 0, NULL));
	p = if_nametoindex("p");
	waited = grace_periods(20);
	start = seconds();
	for (t = 0; t < 2; t++)
		for (i = 0; i < 10; i++, changes += 2) {
			ASSERT_EQ(0, sys_prog_attach(p, types[t], self->prog,
						     0, 0, 0, 0));
			ASSERT_EQ(0, sys_prog_detach(p, types[t], self->prog,
						     0, 0, 0));
		}
	took = seconds() - start;
	TH_LOG("%d changes took %.0f ms, 20 grace periods %.0f ms", changes,
	       took * 1000, waited * 1000);
	EXPECT_EQ(40, changes);
	EXPECT_LT(took, waited);
	EXPECT_EQ(0, link_del(p));
}

/* The shortest of ten: what the kernel waits for itself depends on when it begins. */
static double deletion(int prog)
{
	double shortest = 1e9, start, took;
	int types[] = { NK_PRIMARY, NK_PEER }, i, t, p;

	for (i = 0; i < 10; i++) {
		if (nk_pair("p", "q", 0, NULL))
			return 1e9;
		p = if_nametoindex("p");
		for (t = 0; prog && t < 2; t++)
			if (sys_prog_attach(p, types[t], prog, 0, 0, 0, 0))
				return 1e9;
		start = seconds();
		if (link_del(p))
			return 1e9;
		took = seconds() - start;
		if (took < shortest)
			shortest = took;
	}
	return shortest;
}

/* On a busy host one may look slow: again, then. What waits does so each time. */
TEST_F(module, deleted_with_programs)
{
	double period, empty, with;
	int tries = 5;

	if (get_nprocs() == 1)
		SKIP(return, "grace periods take no time on one CPU");
	period = grace_periods(20) / 20;
	do {
		empty = deletion(0);
		with = deletion(self->prog);
	} while (with >= empty + period * 0.75 && --tries);
	TH_LOG("deleted in %.1f ms, with programs in %.1f ms, a grace period is %.1f ms",
	       empty * 1000, with * 1000, period * 1000);
	EXPECT_LT(with, empty + period * 0.75);
}

/* Creations that fail hold nothing. */
TEST_F(module, refused_devices)
{
	struct nk_attr bad[] = { { NETKIT_BACKPORT_POLICY, 1 }, {} };

	EXPECT_EQ(-EINVAL, nk_pair("p", "q", 0, bad));
	EXPECT_EQ(-EEXIST, nk_pair("p", "lo", 0, NULL));
	EXPECT_EQ(-EEXIST, nk_pair("lo", "q", 0, NULL));
	EXPECT_EQ(0, if_nametoindex("q"));
	EXPECT_EQ(0, netkit_try_unload());
}

/* A link outlives its device, and the module that its family was in. */
TEST_F(module, defunct_link)
{
	int types[] = { NK_PRIMARY, NK_PEER }, links[2], i;
	struct tcx_link_info info;
	char text[512];

	ASSERT_EQ(0, nk_pair("p", "q", 0, NULL));
	for (i = 0; i < 2; i++) {
		links[i] = sys_link_create(if_nametoindex("p"), types[i],
					   self->prog, 0, 0, 0);
		ASSERT_GT(links[i], 0);
	}
	EXPECT_EQ(-EWOULDBLOCK, netkit_try_unload());
	ASSERT_EQ(0, link_del(if_nametoindex("p")));
	ASSERT_EQ(0, netkit_unload());
	EXPECT_EQ(-EWOULDBLOCK, module_try_unload());
	for (i = 0; i < 2; i++) {
		info = tcx_link_info(links[i]);
		EXPECT_EQ(TCX_BACKPORT_LINK_TYPE_NETKIT, info.type);
		EXPECT_EQ(types[i], info.attach_type);
		EXPECT_EQ(0, info.ifindex);
		ASSERT_EQ(0, fdinfo_read(links[i], text, sizeof(text), 512));
		EXPECT_NE(NULL, strstr(text, "link_type:\tnetkit\n"));
		EXPECT_NE(NULL, strstr(text, i ? "(peer)" : "(primary)"));
		EXPECT_EQ(-ENOLINK, tcx_link_update(links[i], self->prog));
		EXPECT_EQ(0, tcx_link_detach(links[i]));
		close(links[i]);
	}
}

TEST_F(module, another_kind)
{
	int log = log_open();

	ASSERT_EQ(0, netkit_unload());
	ASSERT_EQ(0, kmod_load("other_netkit", ""));
	EXPECT_EQ(-EEXIST, netkit_load(""));
	EXPECT_TRUE(log_has(log, "there are devices of kind netkit already"));
	EXPECT_EQ(0, in_child(feature()));
	ASSERT_EQ(0, kmod_unload("other_netkit"));
	close(log);
}

/* bpf(2) and what clients make of it. Both modules come anew. */
FIXTURE(client) {
	int prog;
};

FIXTURE_SETUP(client)
{
	ASSERT_GE(netns_new(), 0);
	self->prog = cls_load();
	ASSERT_GT(self->prog, 0);
	ASSERT_EQ(0, module_references_settle());
	ASSERT_EQ(0, module_unload());
}

FIXTURE_TEARDOWN(client)
{
	if (netkit_loaded())
		EXPECT_EQ(0, netkit_unload());
	if (module_loaded())
		EXPECT_EQ(0, module_unload());
	EXPECT_EQ(0, module_load());
}

/* A CNI plugin makes a netkit pair where it can, on EOPNOTSUPP a veth pair; its
 * agent attaches by a link of bpf(2). Says which, or what went wrong.
 */
static int cni_like(int prog)
{
	int err = nk_pair("p", "q", 0, NULL), link;

	if (err == -EOPNOTSUPP) {
		err = veth_add("p", "q");
		if (err < 0)
			return 100;
		link_del(if_nametoindex("p"));
		return 'v';
	}
	if (err)
		return 101;
	link = bpf_link(if_nametoindex("p"), NK_PRIMARY, prog);
	if (link < 0)
		return 102;
	close(link);
	link_del(if_nametoindex("p"));
	return 'n';
}

TEST_F(client, comes_by_itself)
{
	/* As modprobe without any configuration loads both. */
	EXPECT_EQ(-EOPNOTSUPP, nk_pair("p", "q", 0, NULL));
	EXPECT_NE(NULL, strstr(nl_message(), "bpf_syscall=1"));
	EXPECT_TRUE(module_loaded());
	EXPECT_TRUE(netkit_loaded());
	EXPECT_EQ(0, if_nametoindex("q"));
	EXPECT_EQ('v', in_child(cni_like(self->prog)));
}

/* Somebody without any privilege, in a user and network namespace of his own. */
static int outsider(void)
{
	int err;

	if (become_nobody() || unshare(CLONE_NEWUSER | CLONE_NEWNET))
		return 200;
	err = nk_pair("p", "q", 0, NULL);
	return strstr(nl_message(), "bpf_syscall=1") ? -err : 201;
}

TEST_F(client, comes_for_anybody)
{
	EXPECT_EQ(EOPNOTSUPP, in_child(outsider()));
	EXPECT_TRUE(module_loaded());
	EXPECT_TRUE(netkit_loaded());
}

TEST_F(client, kept_out)
{
	ASSERT_EQ(0, system("mkdir -p /etc/modprobe.d && echo blacklist netkit_backport >/etc/modprobe.d/netkit.conf"));
	EXPECT_EQ(-EOPNOTSUPP, nk_pair("p", "q", 0, NULL));
	EXPECT_FALSE(netkit_loaded());
	EXPECT_FALSE(module_loaded());
	EXPECT_EQ(0, unlink("/etc/modprobe.d/netkit.conf"));
}

TEST_F(client, finds_netkit)
{
	ASSERT_EQ(0, module_load_with("bpf_syscall=1"));
	EXPECT_EQ('n', in_child(cni_like(self->prog)));
	/* The switch decides, at any time. */
	ASSERT_EQ(0, switch_to(false));
	EXPECT_EQ('v', in_child(cni_like(self->prog)));
	ASSERT_EQ(0, switch_to(true));
	EXPECT_EQ('n', in_child(cni_like(self->prog)));
	ASSERT_EQ(0, switch_to(false));
	ASSERT_EQ(0, file_write("/sys/module/" NETKIT "/parameters/need_bpf_syscall",
				"0"));
	EXPECT_EQ(0, nk_pair("p", "q", 0, NULL));
	EXPECT_EQ(0, link_del(if_nametoindex("p")));
}

TEST_HARNESS_MAIN
