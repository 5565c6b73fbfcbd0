// SPDX-License-Identifier: GPL-2.0
/*
 * Netkit pairs that come, move, get programs and links, carry packets, and go, by
 * themselves or with their namespaces, from several processes at once; and somebody
 * who tries to unload the module all the while. A device that is there can be
 * attached to, whatever he does. In the end nothing holds either module, and no
 * sender waits for his buffer.
 *
 * CHURN_SECONDS: how long at least; on a slow machine until enough has happened.
 */
#include <linux/if_packet.h>
#include <linux/sockios.h>

#include "kselftest_harness.h"

#include "link.h"
#include "module.h"
#include "netkit.h"

#define NETKIT		"netkit_backport"
#define WORKERS		4

/* Shared: what each has done, and whether it was right. */
static struct shared {
	_Atomic bool stop;
	_Atomic unsigned long pairs, refused, packets, unloads, busy;
	_Atomic int wrong;
} *shared;

static bool wrong(const char *what, int ret)
{
	printf("# %s: %s\n", what, ret < 0 ? strerror(-ret) : "");
	fflush(stdout);
	shared->wrong++;
	return false;
}

static int send_some(int fd, int ifindex)
{
	int i, ret = 0;

	for (i = 0; i < 8; i++) {
		ret = traffic_send(fd, ifindex);
		/* A verdict, or a device that is down, is told. */
		if (ret && ret != -ENOBUFS && ret != -ENETDOWN && ret != -ENXIO)
			return ret;
		shared->packets++;
	}
	return 0;
}

/* All that the socket has sent is freed: the packets were not lost. */
static bool buffer_free(int fd)
{
	int left = 500, queued = -1;

	while (left-- && !ioctl(fd, SIOCOUTQ, &queued) && queued)
		sleep_ms(10);
	return !queued;
}

struct life {
	unsigned int seed;
	int here, there;
	int socks[2];		/* here, there */
	int progs[3];
};

static int attach_some(struct life *l, int dev, int *link)
{
	int type = rand_r(&l->seed) & 1 ? NK_PEER : NK_PRIMARY, ret, i;

	*link = sys_link_create(dev, type, l->progs[0], 0, 0, 0);
	if (*link < 0)
		return *link;
	for (i = 1; i < 3; i++) {
		ret = sys_prog_attach(dev, i & 1 ? NK_PRIMARY : NK_PEER,
				      l->progs[i], BPF_F_BEFORE, 0, 0, 0);
		if (ret)
			return ret;
	}
	if (rand_r(&l->seed) % 2)
		ret = sys_prog_detach(dev, NK_PRIMARY, l->progs[1], 0, 0, 0);
	return ret;
}

/* One pair, from its beginning to its end. */
static bool pair_live(struct life *l)
{
	bool apart = rand_r(&l->seed) % 2;
	struct nk_attr attrs[] = {
		{ NETKIT_BACKPORT_MODE, rand_r(&l->seed) % 2 },
		{ NETKIT_BACKPORT_POLICY, rand_r(&l->seed) % 2 * 2 },
		{}
	};
	struct tcx_link_info info;
	int ret, p, q, link;

	ret = nk_pair("p", "q", apart ? l->there : 0, attrs);
	/* No such kind, or one that is on its way out. */
	if (ret == -EOPNOTSUPP) {
		shared->refused++;
		return true;
	}
	if (ret)
		return wrong("creating", ret);
	shared->pairs++;
	p = if_nametoindex("p");
	ret = attach_some(l, p, &link);
	if (ret)
		return wrong("attaching", ret);
	device_up(p);
	if (apart)
		netns_enter(l->there);
	q = if_nametoindex("q");
	device_up(q);
	if (send_some(l->socks[apart], q))
		return wrong("sending there", 0);
	if (rand_r(&l->seed) % 4 == 0)
		link_move(q, apart ? l->here : l->there);
	netns_enter(l->here);
	if (send_some(l->socks[0], p))
		return wrong("sending here", 0);
	tcx_link_update(link, l->progs[0]);
	if (rand_r(&l->seed) % 8 == 0)
		return !close(link);	/* the namespace has to do the rest */
	ret = link_del(p);
	if (ret)
		return wrong("deleting", ret);
	info = tcx_link_info(link);
	if (info.type != TCX_BACKPORT_LINK_TYPE_NETKIT || info.ifindex)
		return wrong("a defunct link", info.ifindex);
	if (tcx_link_update(link, l->progs[0]) != -ENOLINK)
		return wrong("updating a defunct link", 0);
	close(link);
	return true;
}

static bool world_live(struct life *l)
{
	bool good = true, freed;
	int i, rounds = 1 + rand_r(&l->seed) % 8;

	l->there = netns_new();
	devices_silent();
	l->socks[1] = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	l->here = netns_new();
	devices_silent();
	l->socks[0] = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	for (i = 0; i < rounds && good && !shared->stop; i++) {
		/* What a round has left is the namespace's. */
		if (if_nametoindex("p"))
			break;
		good = pair_live(l);
	}
	freed = buffer_free(l->socks[0]) && buffer_free(l->socks[1]);
	if (!freed)
		wrong("a sender's buffer is not free", 0);
	for (i = 0; i < 2; i++)
		close(l->socks[i]);
	close(l->there);
	close(l->here);
	return good && freed;
}

static int worker(unsigned int nth)
{
	struct life l = { .seed = nth };
	int i;

	for (i = 0; i < 3; i++)
		l.progs[i] = verdict_load(BPF_PROG_TYPE_SCHED_CLS,
					  i == 1 ? TCX_NEXT : TCX_PASS);
	if (l.progs[2] < 0)
		return 1;
	while (!shared->stop && world_live(&l))
		;
	return 0;
}

/* Having gone once, it lets a pair come to life before it goes again: on a slow
 * machine there would be hardly any.
 */
static int unloader(void)
{
	unsigned long pairs = 0;
	int ret;

	while (!shared->stop) {
		ret = syscall(SYS_delete_module, NETKIT, O_NONBLOCK) ? -errno :
								       0;
		if (!ret) {
			shared->unloads++;
			pairs = shared->pairs;
		} else if (ret == -EWOULDBLOCK || ret == -EBUSY) {
			shared->busy++;
		} else if (ret != -ENOENT) {
			wrong("unloading", ret);
		}
		sleep_ms(20);
		ret = module_load_named(NETKIT, "need_bpf_syscall=0");
		if (ret && ret != -EEXIST && ret != -EBUSY)
			wrong("loading", ret);
		do
			sleep_ms(30);
		while (shared->unloads && shared->pairs == pairs &&
		       !shared->stop);
	}
	return 0;
}

static bool enough(void)
{
	return shared->pairs > 10 && shared->packets > 100 &&
	       shared->busy + shared->unloads > 5;
}

FIXTURE(churn) {
};

FIXTURE_SETUP(churn)
{
}

FIXTURE_TEARDOWN(churn)
{
}

TEST_F_TIMEOUT(churn, pairs, 7200)
{
	long seconds = env_number("CHURN_SECONDS", 8);
	pid_t pids[WORKERS + 1];
	int i, status, tries;

	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, (void *)shared);
	/* Whoever asks for a device may bring it back. */
	ASSERT_EQ(0, system("mkdir -p /etc/modprobe.d && echo options netkit_backport need_bpf_syscall=0 >/etc/modprobe.d/netkit.conf"));
	ASSERT_EQ(0, module_load_named(NETKIT, "need_bpf_syscall=0"));
	for (i = 0; i <= WORKERS; i++) {
		fflush(NULL);
		pids[i] = fork();
		if (!pids[i])
			_exit(i < WORKERS ? worker(i + 1) : unloader());
	}
	for (i = 0; i < seconds * 100 && !shared->wrong; i++) {
		if (i >= seconds * 10 && enough())
			break;
		sleep_ms(100);
	}
	shared->stop = true;
	for (i = 0; i <= WORKERS; i++) {
		waitpid(pids[i], &status, 0);
		EXPECT_EQ(0, status);
	}
	printf("# %lu pairs, %lu refused, %lu packets, unloaded %lu times, refused %lu times\n",
	       shared->pairs, shared->refused, shared->packets,
	       shared->unloads, shared->busy);
	fflush(stdout);
	EXPECT_EQ(0, shared->wrong);
	EXPECT_TRUE(enough());
	unlink("/etc/modprobe.d/netkit.conf");
	/* Namespaces die by and by. */
	for (tries = 0, status = -1; tries < 3000 && status; tries++) {
		status = syscall(SYS_delete_module, NETKIT, O_NONBLOCK) &&
			 errno != ENOENT;
		if (status)
			sleep_ms(20);
	}
	EXPECT_EQ(0, status);
}

TEST_HARNESS_MAIN
