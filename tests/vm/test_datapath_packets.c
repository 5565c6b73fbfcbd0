// SPDX-License-Identifier: GPL-2.0
/*
 * Packets of many kinds: forwarded, large, non-linear, changed in length and
 * in headers by the programs.
 */
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "datapath.h"

/* What helpers that change a packet's length make of it, and that the packet
 * then goes on with its L2 header where the kernel looks for it.
 */

FIXTURE(change) {
	int tap;	/* on b, before its programs */
	int delivered;	/* to b, after them */
};

FIXTURE_VARIANT(change) {
	int type;
};

FIXTURE_VARIANT_ADD(change, ingress) { .type = INGRESS };
FIXTURE_VARIANT_ADD(change, egress) { .type = EGRESS };

FIXTURE_SETUP(change)
{
	scene_pair();
	self->tap = packet_socket("b", ETH_P_ALL);
	self->delivered = packet_socket("b", DP_PROTO);
}

FIXTURE_TEARDOWN(change)
{
}

TEST_F(change, length)
{
	static const struct {
		const char *program;
		int arg;
		int vlan;	/* of the packet after the program; -1: none */
		int head;	/* bytes that are new before it */
		int len;
	} rows[] = {
		{ "pull",	 0,	-1,	0,	100 },
		{ "change_tail", 50,	-1,	0,	150 },
		{ "change_tail", -40,	-1,	0,	60 },
		{ "change_head", 14,	-1,	14,	114 },
		{ "vlan_push",	 5,	5,	0,	100 },
	};
	const char *dev = scene_dev(variant->type);
	struct prog next = prog_step();
	unsigned int i;

	next.dp->proto = 0;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		int fd = variant->type == EGRESS ? self->tap : self->delivered;
		struct frame sent = test_frame("b", "a"), got = {};
		struct prog prog = prog_load(rows[i].program);
		int before = row_begin(_metadata), vlan, keep;

		keep = rows[i].len - rows[i].head;
		if (keep > sent.len)
			keep = sent.len;
		prog.dp->arg = rows[i].arg;
		forget(&next);
		attach(dev, variant->type, &prog);
		attach(dev, variant->type, &next);
		EXPECT_EQ(0, packet_send("a", &sent));
		EXPECT_TRUE(packet_recv(fd, &got, &vlan, NULL, WAIT_MS));
		EXPECT_EQ(0, prog.dp->ret);
		EXPECT_EQ(rows[i].len, got.len);
		/* A tag that no VLAN device wants does not outlive ingress. */
		EXPECT_EQ(variant->type == EGRESS ? rows[i].vlan : -1, vlan);
		EXPECT_EQ(0, memcmp(got.bytes + rows[i].head, sent.bytes, keep));
		/* The next program sees it like that already. */
		EXPECT_EQ(1, next.dp->packets);
		EXPECT_EQ(rows[i].len, next.dp->len);
		EXPECT_EQ(rows[i].vlan >= 0, next.dp->vlan_present);
		row_end(_metadata, before, "%s %d", rows[i].program,
			rows[i].arg);
		detach(dev, variant->type, &prog);
		detach(dev, variant->type, &next);
		prog_free(&prog);
		packet_count(self->tap, 0);
		packet_count(self->delivered, 0);
	}
}

/* Put on by one end and taken off by the other. */
TEST_F(change, vlan_tags)
{
	struct prog push = prog_load("vlan_push"), pop = prog_load("vlan_pop");
	struct prog push2 = prog_load("vlan_push"), pop2 = prog_load("vlan_pop");
	struct frame sent = test_frame("b", "a"), got;
	struct prog between = prog_step();
	int vlan;

	push.dp->arg = 5;
	push2.dp->arg = 6;
	push2.dp->proto = pop.dp->proto = pop2.dp->proto = 0;
	between.dp->proto = 0;
	attach("a", EGRESS, &push);
	if (variant->type == INGRESS) {
		attach("b", INGRESS, &pop);
	} else {
		/* One in the skb, the other one in the packet. */
		attach("a", EGRESS, &push2);
		attach("b", INGRESS, &between);
		attach("b", INGRESS, &pop);
		attach("b", INGRESS, &pop2);
	}
	ASSERT_EQ(0, packet_send("a", &sent));
	ASSERT_TRUE(packet_recv(self->delivered, &got, &vlan, NULL, WAIT_MS));
	EXPECT_EQ(-1, vlan);
	EXPECT_EQ(sent.len, got.len);
	EXPECT_EQ(0, memcmp(sent.bytes, got.bytes, sent.len));
	EXPECT_EQ(0, pop.dp->ret);
	if (variant->type == EGRESS) {
		EXPECT_EQ(1, between.dp->vlan_present);
		EXPECT_EQ(6, between.dp->vlan_tci & 0xfff);
		EXPECT_EQ(ETH_P_8021Q, between.dp->eth_type);
		EXPECT_EQ(sent.len + 4, between.dp->len);
	}
}

/* Room after the network header, made by one end and used up by the other. */
TEST_F(change, adjust_room)
{
	struct prog grow = prog_load("adjust_room"), next = prog_step();
	struct prog shrink = prog_load("adjust_room");
	const char *dev = scene_dev(variant->type);
	int ip = packet_socket("b", ETH_P_IP);
	struct frame sent, got;

	frame_eth(&sent, "b", "a", ETH_P_IP);
	frame_udp4(&sent, "10.0.0.2", "10.0.0.1", 50);
	grow.dp->arg = 8;
	shrink.dp->arg = -8;
	grow.dp->proto = shrink.dp->proto = next.dp->proto = ETH_P_IP;
	attach(dev, variant->type, &grow);
	attach(dev, variant->type, &next);
	attach("b", INGRESS, &shrink);
	ASSERT_EQ(0, packet_send("a", &sent));
	ASSERT_TRUE(packet_recv(ip, &got, NULL, NULL, WAIT_MS));
	EXPECT_EQ(0, grow.dp->ret);
	EXPECT_EQ(0, shrink.dp->ret);
	EXPECT_EQ(sent.len + 8, next.dp->len);
	EXPECT_EQ(sent.len, got.len);
	EXPECT_EQ(0, memcmp(sent.bytes, got.bytes, sent.len));
}

/* A router between two hosts, to tell forwarded packets from local ones. */

FIXTURE(router) {
	int host[2], here;
	int receiver;	/* UDP socket of the second host */
};

FIXTURE_SETUP(router)
{
	struct sockaddr_in addr = {
		.sin_family = AF_INET,
		.sin_port = htons(7),
	};
	int i;

	one_cpu();
	self->host[0] = ns_new();
	self->host[1] = ns_new();
	self->here = ns_new();
	dev_pair("b", "a", self->host[0]);
	dev_pair("c", "d", self->host[1]);
	write_file("/proc/sys/net/ipv4/ip_forward", "1");
	ip("addr add 10.0.1.1/24 dev b\n"
	   "addr add 10.0.2.1/24 dev c\n");
	for (i = 0; i < 2; i++) {
		ns_enter(self->host[i]);
		ip("addr add 10.0.%d.2/24 dev %s\n"
		   "route add default via 10.0.%d.1\n",
		   i + 1, i ? "d" : "a", i + 1);
	}
	self->receiver = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	ASSERT_EQ(0, bind(self->receiver, (void *)&addr, sizeof(addr)));
	ns_enter(self->here);
}

FIXTURE_TEARDOWN(router)
{
}

static bool udp_arrives(int ns, int receiver)
{
	struct sockaddr_in addr = {
		.sin_family = AF_INET,
		.sin_port = htons(7),
		.sin_addr.s_addr = inet_addr("10.0.2.2"),
	};
	struct pollfd pfd = { .fd = receiver, .events = POLLIN };
	char text[6] = "";
	int fd;

	ns_enter(ns);
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	sendto(fd, "hello", 5, 0, (void *)&addr, sizeof(addr));
	close(fd);
	return poll(&pfd, 1, WAIT_MS) == 1 &&
	       recv(receiver, text, 5, 0) == 5 && !strcmp(text, "hello");
}

TEST_F(router, forwarded_and_local)
{
	struct prog set = prog_load("set"), out = prog_step();

	set.dp->proto = out.dp->proto = ETH_P_IP;
	set.dp->set_mark = 0x77;
	set.dp->set_tc_classid = 0x4455;
	set.dp->verdict = TCX_PASS;
	attach("b", INGRESS, &set);
	attach("c", EGRESS, &out);

	EXPECT_TRUE(udp_arrives(self->host[0], self->receiver));
	EXPECT_EQ(1, set.dp->packets);
	EXPECT_EQ(1, out.dp->packets);
	EXPECT_EQ(0x77, out.dp->mark);
	EXPECT_EQ(0x4455, out.dp->tc_index);
	ns_enter(self->here);
	EXPECT_EQ(dev_index("b"), out.dp->ingress_ifindex);
	EXPECT_EQ(dev_index("c"), out.dp->ifindex_seen);

	EXPECT_TRUE(udp_arrives(self->here, self->receiver));
	EXPECT_EQ(1, set.dp->packets);
	EXPECT_EQ(2, out.dp->packets);
	EXPECT_EQ(0, out.dp->mark);
	EXPECT_EQ(0, out.dp->tc_index);
	EXPECT_EQ(0, out.dp->ingress_ifindex);
}

/* TCP in large segments, between two namespaces. */

#define TCP_BYTES	(1 << 20)

FIXTURE(tcp) {
	int here, there;
	struct prog out, in;	/* a's egress, b's ingress */
};

FIXTURE_SETUP(tcp)
{
	self->there = ns_new();
	self->here = ns_new();
	dev_pair("a", "b", self->there);
	ip("addr add 10.0.0.1/24 dev a\n");
	self->out = prog_step();
	self->in = prog_step();
	self->out.dp->proto = self->in.dp->proto = ETH_P_IP;
	ns_enter(self->there);
	ip("addr add 10.0.0.2/24 dev b\n");
	attach("b", INGRESS, &self->in);
	ns_enter(self->here);
}

FIXTURE_TEARDOWN(tcp)
{
}

static unsigned char tcp_byte(unsigned int pos)
{
	return pos ^ pos >> 8 ^ pos >> 16;
}

/* The receiver's process: 0 if every byte came in its place. */
static int tcp_receive(int listener)
{
	static unsigned char buf[65536];
	unsigned int pos = 0;
	ssize_t len, i;
	int fd;

	fd = accept(listener, NULL, NULL);
	while ((len = recv(fd, buf, sizeof(buf), 0)) > 0)
		for (i = 0; i < len; i++, pos++)
			if (buf[i] != tcp_byte(pos))
				return 1;
	return len || pos != TCP_BYTES;
}

/* True if all data arrived intact. */
static bool tcp_transfer(int here, int there)
{
	static unsigned char buf[TCP_BYTES];
	struct sockaddr_in addr = {
		.sin_family = AF_INET,
		.sin_port = htons(7),
		.sin_addr.s_addr = inet_addr("10.0.0.2"),
	};
	int fd, listener, status, sent;
	pid_t receiver;

	for (sent = 0; sent < TCP_BYTES; sent++)
		buf[sent] = tcp_byte(sent);
	ns_enter(there);
	listener = socket(AF_INET, SOCK_STREAM, 0);
	if (bind(listener, (void *)&addr, sizeof(addr)) || listen(listener, 1))
		fail("TCP server: %m");
	fflush(NULL);
	receiver = fork();
	if (!receiver) {
		alarm(15);
		_exit(tcp_receive(listener));
	}
	close(listener);
	ns_enter(here);
	fd = socket(AF_INET, SOCK_STREAM, 0);
	if (connect(fd, (void *)&addr, sizeof(addr)))
		fail("TCP client: %m");
	for (sent = 0; sent < TCP_BYTES;) {
		int len = send(fd, buf + sent, TCP_BYTES - sent, MSG_NOSIGNAL);

		if (len <= 0)
			break;
		sent += len;
	}
	close(fd);
	waitpid(receiver, &status, 0);
	return WIFEXITED(status) && !WEXITSTATUS(status);
}

TEST_F(tcp, segments)
{
	attach("a", EGRESS, &self->out);
	ASSERT_TRUE(tcp_transfer(self->here, self->there));
	EXPECT_LT(1, self->out.dp->max_gso_segs);
	EXPECT_EQ(1448, self->out.dp->max_gso_size);
	EXPECT_LT(0, self->out.dp->nonlinear);
	/* What one end has sent, the other one has got, segment by segment. */
	EXPECT_TRUE(wait_for(self->in.dp->packets == self->out.dp->packets));
	EXPECT_EQ(self->out.dp->packets, self->in.dp->packets);
	EXPECT_EQ(self->out.dp->bytes, self->in.dp->bytes);
	EXPECT_EQ(self->out.dp->max_gso_segs, self->in.dp->max_gso_segs);
	EXPECT_LT(TCP_BYTES, self->in.dp->bytes);
	EXPECT_GT(TCP_BYTES / 1448, self->in.dp->packets);
}

TEST_F(tcp, pulled)
{
	struct prog pull = prog_load("pull");

	pull.dp->proto = ETH_P_IP;
	attach("a", EGRESS, &pull);
	attach("a", EGRESS, &self->out);
	ASSERT_TRUE(tcp_transfer(self->here, self->there));
	EXPECT_LT(0, pull.dp->nonlinear);
	EXPECT_EQ(0, pull.dp->ret);
	EXPECT_EQ(pull.dp->packets, self->out.dp->packets);
	EXPECT_EQ(0, self->out.dp->nonlinear);
	EXPECT_EQ(0, self->in.dp->nonlinear);
	EXPECT_LT(1, self->in.dp->max_gso_segs);
}

TEST_HARNESS_MAIN
