// SPDX-License-Identifier: GPL-2.0
/*
 * What becomes of others on the host when programs are attached and detached,
 * and when devices and the module go: packets that wait in somebody's NFQUEUE,
 * and netfilter's hooks on a device, of which there may be 1024. See
 * docs/others.md.
 *
 * needs: nft
 */
#include <netinet/in.h>

#include "kselftest_harness.h"

#include "link.h"
#include "module.h"
#include "nfqueue.h"
#include "nft_chains.h"
#include "packet.h"
#include "point.h"

#define QUEUE		7
#define PORT		9
#define WAITING		5
#define CYCLES		1100	/* more than netfilter has places for */

/* A namespace in which UDP packets wait in a queue. Requests come from children,
 * so that the module can be unloaded.
 */
FIXTURE(queue) {
	bool netfilter;
	struct point in, out;
	int queue;	/* its owner's fd */
	int receiver;
	int prog;
};

static int udp_receiver(struct sockaddr_in *addr)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	*addr = (struct sockaddr_in) {
		.sin_family = AF_INET,
		.sin_port = htons(PORT),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	return bind(fd, (void *)addr, sizeof(*addr)) ? -errno : fd;
}

static int udp_received(int fd)
{
	int count = 0, tries;
	char byte;

	for (tries = 0; count < WAITING && tries < 50; tries++) {
		while (recv(fd, &byte, 1, 0) == 1)
			count++;
		sleep_ms(20);
	}
	return count;
}

/* Has the same number waiting as at the beginning. */
static int queue_fill(const struct sockaddr_in *addr)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), i;

	for (i = 0; i < WAITING; i++)
		if (sendto(fd, "x", 1, 0, (void *)addr, sizeof(*addr)) != 1)
			return -errno;
	close(fd);
	return nfq_waiting(QUEUE);
}

FIXTURE_SETUP(queue)
{
	struct sockaddr_in addr;

	self->netfilter = in_child(hook_is_netfilter());
	ASSERT_GE(point_new(&self->in), 0);
	self->out = (struct point){ self->in.ifindex, BPF_TCX_EGRESS };
	ASSERT_EQ(0, bpffs_new());
	self->prog = cls_load();
	ASSERT_GT(self->prog, 0);
	ip("link set lo up");
	run_with("nft -f -",
		 "table inet waits {\n"
		 "chain out { type filter hook output priority 0;\n"
		 "udp dport 9 queue num 7\n"
		 "}\n"
		 "}\n");
	self->queue = nfq_open(QUEUE);
	ASSERT_GT(self->queue, 0);
	self->receiver = udp_receiver(&addr);
	ASSERT_GT(self->receiver, 0);
	ASSERT_EQ(WAITING, queue_fill(&addr));
}

FIXTURE_TEARDOWN(queue)
{
}

/* The packets that wait are no dead ones. */
#define expect_waiting_reach_receiver() do {				\
	EXPECT_EQ(0, nfq_accept(self->queue, QUEUE, WAITING));		\
	EXPECT_EQ(WAITING, udp_received(self->receiver));		\
	EXPECT_EQ(0, nfq_waiting(QUEUE));				\
} while (0)

/* A request that a child issues, and that must succeed. */
#define child_ok(what) EXPECT_EQ(0, in_child(-(what)))

TEST_F(queue, programs_come_and_go)
{
	int i;

	for (i = 0; i < 3; i++) {
		child_ok(point_attach(&self->in, self->prog));
		EXPECT_EQ(WAITING, nfq_waiting(QUEUE));
		child_ok(point_attach(&self->out, self->prog));
		child_ok(point_detach(&self->in, self->prog));
		EXPECT_EQ(WAITING, nfq_waiting(QUEUE));
		child_ok(point_detach(&self->out, self->prog));
		EXPECT_EQ(WAITING, nfq_waiting(QUEUE));
	}
	expect_waiting_reach_receiver();
}

static int links_come_and_go(const struct point *in, const struct point *out,
			     int prog)
{
	int one = point_link(in, prog), two = point_link(out, prog);

	if (one < 0 || two < 0 || tcx_link_detach(one))
		return -1;
	close(one);
	close(two);
	return 0;
}

TEST_F(queue, links_come_and_go)
{
	int i;

	for (i = 0; i < 3; i++) {
		child_ok(links_come_and_go(&self->in, &self->out, self->prog));
		EXPECT_EQ(WAITING, nfq_waiting(QUEUE));
	}
	expect_waiting_reach_receiver();
}

/* What is refused must not cost others anything either. */
TEST_F(queue, refused)
{
	EXPECT_EQ(ESTALE, in_child(-sys_prog_attach(self->in.ifindex,
						    BPF_TCX_INGRESS, self->prog,
						    0, 0, 0, 9)));
	EXPECT_EQ(ENOENT, in_child(-sys_prog_attach(self->in.ifindex,
						    BPF_TCX_INGRESS, self->prog,
						    BPF_F_BEFORE, 0,
						    self->prog, 0)));
	EXPECT_EQ(ENOENT, in_child(-point_detach(&self->in, self->prog)));
	EXPECT_EQ(WAITING, nfq_waiting(QUEUE));
	expect_waiting_reach_receiver();
}

/* On another device with programs, the namespace of which is another one. */
TEST_F(queue, namespace_dies)
{
	struct point p = { .type = BPF_TCX_INGRESS };
	int home = netns_open(), away = netns_new(), id;

	ASSERT_GE(away, 0);
	p.ifindex = dummy_add("other");
	ASSERT_GT(p.ifindex, 0);
	child_ok(point_attach(&p, self->prog));
	ASSERT_EQ(0, netns_enter(home));
	close(away);
	id = prog_id(self->prog);
	close(self->prog);
	EXPECT_TRUE(prog_gone(id));
	EXPECT_EQ(WAITING, nfq_waiting(QUEUE));
	expect_waiting_reach_receiver();
}

/* With the netfilter hook it cannot be helped: README's table. */
TEST_F(queue, device_dies_with_program)
{
	child_ok(point_attach(&self->out, self->prog));
	ASSERT_EQ(0, link_del(self->in.ifindex));
	EXPECT_EQ(self->netfilter ? 0 : WAITING, nfq_waiting(QUEUE));
}

TEST_F(queue, device_dies_that_had_program)
{
	child_ok(point_attach(&self->in, self->prog));
	child_ok(point_detach(&self->in, self->prog));
	ASSERT_EQ(0, link_del(self->in.ifindex));
	EXPECT_EQ(self->netfilter ? 0 : WAITING, nfq_waiting(QUEUE));
}

TEST_F(queue, device_dies_without)
{
	ASSERT_EQ(0, link_del(self->in.ifindex));
	EXPECT_EQ(WAITING, nfq_waiting(QUEUE));
	expect_waiting_reach_receiver();
}

/* The same in the kernel's own house, on every kernel. */
TEST_F(queue, nftables_chain_of_a_device)
{
	run_with("nft -f -",
		 "table netdev t { chain c { type filter hook ingress device dev priority 0; }; }\n");
	EXPECT_EQ(WAITING, nfq_waiting(QUEUE));
	ASSERT_EQ(0, link_del(self->in.ifindex));
	EXPECT_EQ(0, nfq_waiting(QUEUE));
}

TEST_F(queue, module_unloaded)
{
	if (is_native())
		SKIP(return, "there is no module to unload");
	child_ok(point_attach(&self->in, self->prog));
	child_ok(point_detach(&self->in, self->prog));
	ASSERT_EQ(0, module_references_settle());
	ASSERT_EQ(0, module_unload());
	EXPECT_EQ(self->netfilter ? 0 : WAITING, nfq_waiting(QUEUE));
	ASSERT_EQ(0, module_load());
}

/*
 * Netfilter's hooks on a device.
 */
FIXTURE(hooks) {
	bool netfilter;
	struct point points[2];
	const char *names[2];
	int count;
	int prog;
};

FIXTURE_SETUP(hooks)
{
	self->netfilter = hook_is_netfilter();
	ASSERT_GE(point_new(&self->points[0]), 0);
	self->points[1] = (struct point){
		self->points[0].ifindex, BPF_TCX_EGRESS
	};
	self->names[0] = "ingress";
	self->names[1] = "egress";
	self->count = nft_has_egress() ? 2 : 1;
	self->prog = cls_load();
	ASSERT_GT(self->prog, 0);
	run_with("nft -f -", "table netdev t { }\n");
}

FIXTURE_TEARDOWN(hooks)
{
}

static int links_create_closed(const struct point *p, int prog)
{
	int fd = point_link(p, prog);

	if (fd < 0)
		return fd;
	close(fd);
	return 0;
}

/* However often programs come and go, they take one place. */
TEST_F_TIMEOUT(hooks, one_place, 240)
{
	int i, k;

	for (k = 0; k < self->count; k++) {
		const struct point *p = &self->points[k];
		const char *hook = self->names[k];

		for (i = 0; i < CYCLES; i++) {
			ASSERT_EQ(0, point_attach(p, self->prog));
			ASSERT_EQ(0, point_detach(p, self->prog));
		}
		EXPECT_EQ(0, chains("add", 0, HOOKS_MAX - 1, hook));
		EXPECT_EQ(self->netfilter,
			  !!chains("add", HOOKS_MAX, HOOKS_MAX + 1, hook));
		/* And that one they have. */
		EXPECT_EQ(0, point_attach(p, self->prog));
		EXPECT_EQ(0, point_detach(p, self->prog));
	}
}

/* No place for a program: the request fails whole, and the log says why. */
TEST_F_TIMEOUT(hooks, no_place, 240)
{
	int k, links = links_count();

	for (k = 0; k < self->count; k++) {
		const struct point *p = &self->points[k];
		int want = self->netfilter ? -E2BIG : 0;
		struct point_state state;
		int log;

		ASSERT_EQ(0, chains("add", 0, HOOKS_MAX, self->names[k]));
		log = log_open();
		EXPECT_EQ(want, point_attach(p, self->prog));
		if (!self->netfilter)
			EXPECT_EQ(0, point_detach(p, self->prog));
		EXPECT_EQ(want, links_create_closed(p, self->prog));
		EXPECT_EQ(self->netfilter, log_has(log, "dev: netfilter takes no hook"));
		close(log);
		state = point_query(p);
		EXPECT_EQ(0, state.ret);
		EXPECT_EQ(0, state.count);
		EXPECT_EQ(1, state.revision);
		EXPECT_EQ(links, links_settle(links));

		ASSERT_EQ(0, chains("delete", 0, 1, self->names[k]));
		EXPECT_EQ(0, point_attach(p, self->prog));
		expect_revision(p, 2);
		EXPECT_EQ(0, point_detach(p, self->prog));
	}
}

TEST_HARNESS_MAIN
