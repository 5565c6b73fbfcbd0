// SPDX-License-Identifier: GPL-2.0
/*
 * What a program's return code does to the packet and to the programs after
 * it, what a program sees of a packet, what it hands on, and what the world
 * learns of a dropped packet.
 */
#include <poll.h>
#include <sys/stat.h>

#include "datapath.h"
#include "drops.h"

/* 7: TCX_REDIRECT without having asked for one. */
static const struct {
	int verdict;
	bool next;	/* the next program runs */
	bool passes;	/* the packet goes on */
} verdicts[] = {
	{ TCX_NEXT,	true,	true },
	{ TCX_PASS,	false,	true },
	{ TCX_DROP,	false,	false },
	{ TCX_REDIRECT,	false,	false },
	/* Everything else ends the chain, and the packet goes on. These have
	 * names in classic tc, but not here: RECLASSIFY, PIPE, STOLEN, QUEUED,
	 * REPEAT, TRAP.
	 */
	{ 1,		false,	true },
	{ 3,		false,	true },
	{ 4,		false,	true },
	{ 5,		false,	true },
	{ 6,		false,	true },
	{ 8,		false,	true },
	{ 9,		false,	true },
	{ 99,		false,	true },
	{ 256,		false,	true },
	{ 1 << 28,	false,	true },
	{ 0x10000002,	false,	true },
	{ INT32_MAX,	false,	true },
	{ INT32_MIN,	false,	true },
	{ -2,		false,	true },
	{ -99,		false,	true },
};

FIXTURE(verdict) {
	int delivered;	/* to device b */
};

FIXTURE_VARIANT(verdict) {
	int type;
};

FIXTURE_VARIANT_ADD(verdict, ingress) { .type = INGRESS };
FIXTURE_VARIANT_ADD(verdict, egress) { .type = EGRESS };

FIXTURE_SETUP(verdict)
{
	scene_pair();
	self->delivered = packet_socket("b", DP_PROTO);
}

FIXTURE_TEARDOWN(verdict)
{
}

TEST_F(verdict, codes)
{
	struct prog first = prog_step(), second = prog_step();
	const char *dev = scene_dev(variant->type);
	unsigned int i;

	attach(dev, variant->type, &first);
	attach(dev, variant->type, &second);
	for (i = 0; i < ARRAY_SIZE(verdicts); i++) {
		int before = row_begin(_metadata), err;

		first.dp->verdict = verdicts[i].verdict;
		/* The last program's code counts like any other's. */
		second.dp->verdict = TCX_PASS;
		forget(&first);
		forget(&second);
		err = send_test_frame("b", "a");
		EXPECT_EQ(1, seen(&first, 1));
		EXPECT_EQ(verdicts[i].passes,
			  packet_count(self->delivered, verdicts[i].passes));
		EXPECT_EQ(1, first.dp->packets);
		EXPECT_EQ(verdicts[i].next, second.dp->packets);
		/* Only a drop on egress is told to the sender. */
		EXPECT_EQ(variant->type == EGRESS &&
			  verdicts[i].verdict == TCX_DROP ? -ENOBUFS : 0, err);
		row_end(_metadata, before, "with code %d", verdicts[i].verdict);
	}
}

/* The same codes from the only program, hence the last one. */
TEST_F(verdict, codes_of_last)
{
	struct prog prog = prog_step();
	unsigned int i;

	attach(scene_dev(variant->type), variant->type, &prog);
	for (i = 0; i < ARRAY_SIZE(verdicts); i++) {
		prog.dp->verdict = verdicts[i].verdict;
		send_test_frame("b", "a");
		EXPECT_EQ(i + 1, seen(&prog, i + 1));
		EXPECT_EQ(verdicts[i].passes,
			  packet_count(self->delivered, verdicts[i].passes))
			TH_LOG("with code %d", verdicts[i].verdict);
	}
	EXPECT_EQ(ARRAY_SIZE(verdicts), prog.dp->packets);
}

/* What one program asks for, a later one may return. */
TEST_F(verdict, redirect_asked_for_by_earlier)
{
	struct prog ask = prog_load("ask_redirect");
	struct prog ret = prog_verdict(TCX_REDIRECT);
	const char *dev = scene_dev(variant->type);
	int elsewhere;

	dev_pair("c", "d", -1);
	elsewhere = packet_socket("d", DP_PROTO);
	ask.dp->ifindex = dev_index("c");
	attach(dev, variant->type, &ask);
	attach(dev, variant->type, &ret);
	send_test_frame("b", "a");
	EXPECT_EQ(1, packet_count(elsewhere, 1));
	EXPECT_EQ(0, packet_count(self->delivered, 0));
	EXPECT_EQ(TCX_REDIRECT, ask.dp->ret);
}

/* 63 programs, each sees what the one before has made of the mark. */
TEST_F(verdict, full_array)
{
	struct prog progs[TCX_BACKPORT_MAX_PROGS];
	const char *dev = scene_dev(variant->type);
	struct prog one_too_many = prog_step();
	__u32 want = 0;
	int i, n;

	for (i = 0; i < TCX_BACKPORT_MAX_PROGS; i++) {
		progs[i] = prog_step();
		progs[i].dp->id = 1 + i % 15;
		attach(dev, variant->type, &progs[i]);
	}
	EXPECT_EQ(-ERANGE, sys_prog_attach(dev_index(dev), variant->type,
					   one_too_many.fd, 0, 0, 0, 0));
	for (n = 1; n <= 3; n++) {
		send_test_frame("b", "a");
		EXPECT_EQ(1, packet_count(self->delivered, 1));
		for (i = 0, want = 0; i < TCX_BACKPORT_MAX_PROGS; i++) {
			EXPECT_EQ(n, progs[i].dp->packets)
				TH_LOG("program %d", i);
			EXPECT_EQ(want, progs[i].dp->mark)
				TH_LOG("program %d", i);
			want = want << 4 | progs[i].dp->id;
		}
	}
}

/* The bytes, lengths and indices that a program finds. */
TEST_F(verdict, view)
{
	struct frame frame = test_frame("b", "a");
	struct prog prog = prog_step();
	const char *dev = scene_dev(variant->type);
	volatile struct dp_data *dp = prog.dp;

	attach(dev, variant->type, &prog);
	ASSERT_EQ(0, packet_send("a", &frame));
	ASSERT_EQ(1, packet_count(self->delivered, 1));
	EXPECT_EQ(1, dp->packets);
	EXPECT_EQ(frame.len, dp->len);
	EXPECT_EQ(frame.len, dp->linear);
	EXPECT_EQ(0, dp->meta);
	EXPECT_EQ(DP_PROTO, dp->eth_type);
	EXPECT_EQ(DP_PROTO, dp->protocol);
	EXPECT_EQ(0, dp->vlan_present);
	EXPECT_EQ(0, memcmp(frame.bytes, (void *)dp->head, DP_HEAD));
	EXPECT_EQ(dev_index(dev), dp->ifindex_seen);
	EXPECT_EQ(variant->type == INGRESS ? dev_index(dev) : 0,
		  dp->ingress_ifindex);
	EXPECT_EQ(0, dp->mark);
	EXPECT_EQ(0, dp->tc_index);
}

/* What a program makes of the bytes reaches the next one, and the receiver;
 * somebody who listens in between is not affected.
 */
TEST_F(verdict, write)
{
	struct prog poke = prog_load("poke"), next = prog_step();
	const char *dev = scene_dev(variant->type);
	struct frame sent = test_frame("b", "a"), got, tapped;
	int tap = packet_socket("b", ETH_P_ALL);

	poke.dp->arg = 20;
	attach(dev, variant->type, &poke);
	attach(dev, variant->type, &next);
	ASSERT_EQ(0, packet_send("a", &sent));
	ASSERT_TRUE(packet_recv(self->delivered, &got, NULL, NULL, WAIT_MS));
	EXPECT_EQ(0xee, next.dp->head[20]);
	EXPECT_EQ(0xee, got.bytes[20]);
	got.bytes[20] = sent.bytes[20];
	EXPECT_EQ(sent.len, got.len);
	EXPECT_EQ(0, memcmp(sent.bytes, got.bytes, sent.len));
	ASSERT_TRUE(packet_recv(tap, &tapped, NULL, NULL, WAIT_MS));
	EXPECT_EQ(variant->type == EGRESS ? 0xee : sent.bytes[20],
		  tapped.bytes[20]);
}

/* What one program writes beside the packet, the next one finds. */
TEST_F(verdict, handed_on)
{
	struct prog set = prog_load("set"), next = prog_step();
	const char *dev = scene_dev(variant->type);
	volatile struct dp_data *dp = next.dp;
	int i;

	set.dp->set_mark = 0x12345678;
	set.dp->set_priority = 0x10002;
	set.dp->set_tc_index = 0x4321;
	set.dp->set_tc_classid = 0xabcd1234;
	set.dp->set_queue_mapping = 3;
	for (i = 0; i < DP_CBS; i++)
		set.dp->set_cb[i] = 0xcb000000 + i;
	attach(dev, variant->type, &set);
	attach(dev, variant->type, &next);
	send_test_frame("b", "a");
	ASSERT_EQ(1, packet_count(self->delivered, 1));
	EXPECT_EQ(0x12345678, dp->mark);
	EXPECT_EQ(0x10002, dp->priority);
	EXPECT_EQ(0x4321, dp->tc_index);
	EXPECT_EQ(0x1234, dp->tc_classid); /* it has 16 bits */
	EXPECT_EQ(3, dp->queue_mapping);
	for (i = 0; i < DP_CBS; i++) {
		EXPECT_EQ(0xcb000000 + i, dp->cb[i]);
	}
}

/* TCX_PASS, and nothing else, makes tc_index of tc_classid. On ingress it is
 * read after the redirect that a program of another device asks for.
 */
TEST_F(verdict, classid_becomes_tc_index)
{
	static const struct {
		int verdict;
		__u32 tc_index;
	} rows[] = {
		{ TCX_PASS,	0x5678 },	/* 16 bits of 0x12345678 */
		{ TCX_NEXT,	0x1111 },
		{ 3,		0x1111 },
	};
	struct prog set = prog_load("set"), reader = prog_step();
	unsigned int i;

	/* From b the bridge takes it to c: a second place to read. */
	if (variant->type == INGRESS) {
		dev_pair("c", "d", -1);
		ip("link add name x type bridge\n"
		   "link set dev x up\n"
		   "link set dev b master x\n"
		   "link set dev c master x\n");
		attach("c", EGRESS, &reader);
	} else {
		attach("b", INGRESS, &reader);
	}
	set.dp->set_tc_index = 0x1111;
	set.dp->set_tc_classid = 0x12345678;
	attach(scene_dev(variant->type), variant->type, &set);
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		set.dp->verdict = rows[i].verdict;
		reader.dp->tc_index = 0;
		send_test_frame("x", "a");
		EXPECT_EQ(i + 1, seen(&reader, i + 1));
		EXPECT_EQ(rows[i].tc_index, reader.dp->tc_index)
			TH_LOG("with code %d", rows[i].verdict);
	}
}

/* A tag that travels beside the packet and one that is in it. */
TEST_F(verdict, vlan)
{
	struct prog prog = prog_step(), inner = prog_step();
	const char *dev = scene_dev(variant->type);
	struct frame frame, got;
	int vlan;

	prog.dp->proto = 0;
	attach(dev, variant->type, &prog);
	ip("link add link a name e type vlan id 5\n"
	   "link set dev e up\n"
	   "link add link b name f type vlan id 5\n"
	   "link set dev f up\n");
	attach(variant->type == EGRESS ? "e" : "f", variant->type, &inner);
	vlan = packet_socket("f", DP_PROTO);

	/* By the VLAN device: the tag is in the skb on both sides. */
	frame = test_frame("b", "a");
	ASSERT_EQ(0, packet_send("e", &frame));
	ASSERT_TRUE(packet_recv(vlan, &got, NULL, NULL, WAIT_MS));
	EXPECT_EQ(0, memcmp(frame.bytes, got.bytes, frame.len));
	EXPECT_EQ(1, prog.dp->packets);
	EXPECT_EQ(1, prog.dp->vlan_present);
	EXPECT_EQ(5, prog.dp->vlan_tci & 0xfff);
	EXPECT_EQ(DP_PROTO, prog.dp->eth_type);
	EXPECT_EQ(frame.len, prog.dp->len);
	EXPECT_EQ(1, inner.dp->packets);
	EXPECT_EQ(0, inner.dp->vlan_present);
	EXPECT_EQ(frame.len, inner.dp->len);

	/* In the frame's bytes: the kernel takes it out on receipt, before the
	 * programs.
	 */
	forget(&prog);
	frame_eth(&frame, "b", "a", ETH_P_8021Q);
	memcpy(frame.bytes + frame.len, "\x00\x05\x88\xb5", 4);
	frame.len += 4;
	frame_fill(&frame, 104);
	ASSERT_EQ(0, packet_send("a", &frame));
	ASSERT_TRUE(packet_recv(vlan, &got, NULL, NULL, WAIT_MS));
	EXPECT_EQ(1, prog.dp->packets);
	EXPECT_EQ(variant->type == INGRESS, prog.dp->vlan_present);
	EXPECT_EQ(variant->type == INGRESS ? DP_PROTO : ETH_P_8021Q,
		  prog.dp->eth_type);
	EXPECT_EQ(variant->type == INGRESS ? 100 : 104, prog.dp->len);
}

/* To whom the L2 header says the packet goes. */
TEST_F(verdict, pkt_type)
{
	static const struct {
		unsigned char mac[ETH_ALEN];
		__u32 pkt_type;
	} rows[] = {
		{ { 2, 0, 0, 0, 0, 'b' },		PACKET_HOST },
		{ { 2, 0, 0, 0, 0, 'z' },		PACKET_OTHERHOST },
		{ { 255, 255, 255, 255, 255, 255 },	PACKET_BROADCAST },
		{ { 1, 0, 94, 1, 2, 3 },		PACKET_MULTICAST },
	};
	struct prog prog = prog_step();
	unsigned int i;

	attach(scene_dev(variant->type), variant->type, &prog);
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct frame frame = test_frame("b", "a");

		memcpy(frame.bytes, rows[i].mac, ETH_ALEN);
		forget(&prog);
		ASSERT_EQ(0, packet_send("a", &frame));
		EXPECT_EQ(1, packet_count(self->delivered, 1));
		EXPECT_EQ(1, prog.dp->packets);
		/* Nobody has looked at it yet on egress. */
		EXPECT_EQ(variant->type == INGRESS ? rows[i].pkt_type : 0,
			  prog.dp->pkt_type);
	}
}

/* A drop monitor is told that it was tc, where the kernel has reasons. */
TEST_F(verdict, drop_reason)
{
	struct prog prog = prog_verdict(TCX_DROP);
	const char *want = variant->type == INGRESS ? "reason: TC_INGRESS" :
						      "reason: TC_EGRESS";
	char text[8192], *line;

	ASSERT_EQ(0, drops_watch("protocol == 0x88b5"));
	attach(scene_dev(variant->type), variant->type, &prog);
	send_test_frame("b", "a");
	EXPECT_EQ(1, seen(&prog, 1));
	EXPECT_EQ(0, packet_count(self->delivered, 0));
	ASSERT_GT(drops_read(text, sizeof(text)), 0);
	line = strstr(text, "kfree_skb: ");
	ASSERT_NE(NULL, line);
	/* 5.10 knows no reasons, but shows the packet. */
	if (strstr(line, "reason: ")) {
		EXPECT_NE(NULL, strstr(line, want))
			TH_LOG("%s", line);
	}
	line = strstr(line + 1, "kfree_skb: ");
	EXPECT_EQ(NULL, line)
		TH_LOG("freed twice: %s", line);
}

/* What UDP tells its user of a packet dropped on the way out or in. */

FIXTURE(udp) {
	int client;	/* connected to a port where nobody listens */
	struct prog prog;
};

FIXTURE_VARIANT(udp) {
	int type;
};

FIXTURE_VARIANT_ADD(udp, ingress) { .type = INGRESS };
FIXTURE_VARIANT_ADD(udp, egress) { .type = EGRESS };

FIXTURE_SETUP(udp)
{
	struct sockaddr_in server = {
		.sin_family = AF_INET,
		.sin_port = htons(7),
		.sin_addr.s_addr = inet_addr("10.0.0.2"),
	};
	int here, there;

	one_cpu();
	there = ns_new();
	here = ns_new();
	dev_pair("a", "b", there);
	ip("addr add 10.0.0.1/24 dev a\n"
	   "neigh add 10.0.0.2 lladdr 02:00:00:00:00:62 dev a\n");
	self->prog = prog_verdict(TCX_PASS);
	self->prog.dp->proto = ETH_P_IP;
	if (variant->type == EGRESS)
		attach("a", EGRESS, &self->prog);
	ns_enter(there);
	ip("addr add 10.0.0.2/24 dev b\n"
	   "neigh add 10.0.0.1 lladdr 02:00:00:00:00:61 dev b\n");
	if (variant->type == INGRESS)
		attach("b", INGRESS, &self->prog);
	ns_enter(here);
	self->client = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	ASSERT_EQ(0, connect(self->client, (void *)&server, sizeof(server)));
}

FIXTURE_TEARDOWN(udp)
{
}

/* 0, or a negative errno: that of send(), or what came back. */
static int udp_try(int fd)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	char c;

	if (send(fd, "hello", 5, 0) != 5)
		return -errno;
	if (poll(&pfd, 1, 100) == 1 && recv(fd, &c, 1, MSG_DONTWAIT) < 0)
		return -errno;
	return 0;
}

TEST_F(udp, drop)
{
	int on = 1;

	/* Passed, it finds a closed port, and that is told. */
	EXPECT_EQ(-ECONNREFUSED, udp_try(self->client));
	self->prog.dp->verdict = TCX_DROP;
	/* UDP keeps silent about a local drop unless asked. */
	EXPECT_EQ(0, udp_try(self->client));
	ASSERT_EQ(0, setsockopt(self->client, SOL_IP, IP_RECVERR, &on,
				sizeof(on)));
	EXPECT_EQ(variant->type == EGRESS ? -ENOBUFS : 0,
		  udp_try(self->client));
	/* A redirect to nowhere is a loss on the wire, for all he knows. */
	self->prog.dp->verdict = TCX_REDIRECT;
	EXPECT_EQ(0, udp_try(self->client));
	EXPECT_EQ(4, self->prog.dp->packets);
}

TEST_HARNESS_MAIN
