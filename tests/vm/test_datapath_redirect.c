// SPDX-License-Identifier: GPL-2.0
/*
 * Redirects of every kind, to every kind of device. A redirect is asked for at
 * "b" (ingress) or at "a" (egress); whichever it is, nothing may reach "b"
 * itself, and the packet has to meet the programs of the target.
 */
#include "datapath.h"

FIXTURE(redirect) {
	int delivered;	/* to device b */
};

FIXTURE_VARIANT(redirect) {
	int type;
};

FIXTURE_VARIANT_ADD(redirect, ingress) { .type = INGRESS };
FIXTURE_VARIANT_ADD(redirect, egress) { .type = EGRESS };

FIXTURE_SETUP(redirect)
{
	scene_pair();
	dev_pair("c", "d", -1);
	self->delivered = packet_socket("b", DP_PROTO);
}

FIXTURE_TEARDOWN(redirect)
{
}

/* Where the packet shows up. */
enum place {
	DELIVERED,	/* received by that device, behind its programs */
	SENT,		/* sent by that device, behind its programs */
	WIRE,		/* on the other end of tun device "t" */
};

TEST_F(redirect, targets)
{
	static const struct {
		const char *target;
		__u64 flags;
		enum place place;
		const char *dev;
	} rows[] = {
		{ "c", 0,		DELIVERED,	"d" },
		{ "c", BPF_F_INGRESS,	DELIVERED,	"c" },
		{ "u", 0,		SENT,		"u" },
		{ "u", BPF_F_INGRESS,	DELIVERED,	"u" },
		{ "i", BPF_F_INGRESS,	DELIVERED,	"i" },
		{ "t", 0,		WIRE,		"t" },
		{ "t", BPF_F_INGRESS,	DELIVERED,	"t" },
	};
	struct prog redirect = prog_load("redirect");
	struct prog in = prog_step(), out = prog_step();
	unsigned int i;
	int wire;

	ip("link add name u type dummy\n"
	   "link set dev u up\n"
	   "link add name i type ifb\n"
	   "link set dev i up\n");
	wire = dev_tun("t");
	attach(scene_dev(variant->type), variant->type, &redirect);
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		bool ingress = rows[i].flags == BPF_F_INGRESS;
		bool l3 = rows[i].target[0] == 't';
		struct frame frame = test_frame("b", "a"), got = {};
		int place = -1, start = l3 ? ETH_HLEN : 0;
		int before = row_begin(_metadata);
		int len = frame.len - start;

		forget(&redirect);
		forget(&in);
		forget(&out);
		redirect.dp->ifindex = dev_index(rows[i].target);
		redirect.dp->flags = rows[i].flags;
		attach(rows[i].target, INGRESS, &in);
		attach(rows[i].target, EGRESS, &out);
		if (rows[i].place != WIRE)
			place = packet_socket(rows[i].dev,
					      rows[i].place == SENT ?
					      ETH_P_ALL : DP_PROTO);

		EXPECT_EQ(0, packet_send("a", &frame));
		if (rows[i].place == WIRE) {
			EXPECT_EQ(1, wire_count(wire, 1, &got));
		} else {
			EXPECT_TRUE(packet_recv(place, &got, NULL, NULL,
						WAIT_MS));
		}
		EXPECT_EQ(len, got.len);
		EXPECT_EQ(0, memcmp(frame.bytes + start, got.bytes, len));
		EXPECT_EQ(0, packet_count(self->delivered, 0));
		EXPECT_EQ(1, redirect.dp->packets);
		EXPECT_EQ(TCX_REDIRECT, redirect.dp->ret);
		/* Only the target's programs of that direction. */
		EXPECT_EQ(ingress, in.dp->packets);
		EXPECT_EQ(!ingress, out.dp->packets);
		EXPECT_EQ(len, ingress ? in.dp->len : out.dp->len);
		EXPECT_EQ(dev_index(rows[i].target), ingress ?
			  in.dp->ifindex_seen : out.dp->ifindex_seen);
		row_end(_metadata, before, "from %s to %s, flags %llu",
			direction[variant->type], rows[i].target, rows[i].flags);
		close(place);
		detach(rows[i].target, INGRESS, &in);
		detach(rows[i].target, EGRESS, &out);
	}
}

/* An ifb device sends back what it got, to where it came from, if the kernel
 * has noted that on the packet. Kernels differ there (6.12 does for a redirect
 * by a program, 6.1 does not): classic tc on the same kernel is the reference.
 */
TEST_F(redirect, through_ifb)
{
	struct prog redirect = prog_load("redirect"), out = prog_step();
	const char *dev = scene_dev(variant->type);
	int want;

	ip("link add name i type ifb\n"
	   "link set dev i up\n");
	redirect.dp->ifindex = dev_index("i");
	tc_hook(dev);
	tc_filter(dev, variant->type, &redirect);
	send_test_frame("b", "a");
	EXPECT_EQ(1, seen(&redirect, 1));
	usleep(50000);	/* through a tasklet of the device */
	want = packet_count(self->delivered, 0);
	tc_unhook(dev);

	attach("i", EGRESS, &out);
	attach(dev, variant->type, &redirect);
	send_test_frame("b", "a");
	EXPECT_EQ(2, seen(&redirect, 2));
	usleep(50000);
	EXPECT_EQ(want, packet_count(self->delivered, want));
	EXPECT_EQ(1, out.dp->packets);
}

/* A program of the target decides about the packet like about any other. */
TEST_F(redirect, target_drops)
{
	struct prog redirect = prog_load("redirect");
	struct prog drop = prog_verdict(TCX_DROP);
	int c = packet_socket("c", DP_PROTO), d = packet_socket("d", DP_PROTO);

	attach("c", INGRESS, &drop);
	attach("c", EGRESS, &drop);
	attach(scene_dev(variant->type), variant->type, &redirect);
	redirect.dp->ifindex = dev_index("c");
	EXPECT_EQ(0, send_test_frame("b", "a"));
	redirect.dp->flags = BPF_F_INGRESS;
	EXPECT_EQ(0, send_test_frame("b", "a"));
	EXPECT_EQ(2, seen(&drop, 2));
	EXPECT_EQ(0, packet_count(c, 0));
	EXPECT_EQ(0, packet_count(d, 0));
}

TEST_F(redirect, impossible)
{
	enum { MISSING = 99999 };
	static const struct {
		const char *program;
		const char *target;
		__u64 flags;
		int ret;
	} rows[] = {
		{ "redirect",		NULL,	0,		TCX_REDIRECT },
		{ "redirect",		NULL,	BPF_F_INGRESS,	TCX_REDIRECT },
		{ "redirect",		"g",	0,		TCX_REDIRECT },
		{ "redirect",		"g",	BPF_F_INGRESS,	TCX_REDIRECT },
		/* Flags that the helper does not know: it says drop. */
		{ "redirect",		"c",	2,		TCX_DROP },
		{ "redirect_peer",	"c",	1,		TCX_DROP },
		{ "redirect_neigh",	"c",	1,		TCX_DROP },
		{ "redirect_peer",	NULL,	0,		TCX_REDIRECT },
		/* Its peer is in the same namespace; it has none. */
		{ "redirect_peer",	"c",	0,		TCX_REDIRECT },
		{ "redirect_peer",	"u",	0,		TCX_REDIRECT },
		/* Neither IPv4 nor IPv6. */
		{ "redirect_neigh",	"c",	0,		TCX_REDIRECT },
		{ "redirect_neigh",	NULL,	0,		TCX_REDIRECT },
	};
	const char *dev = scene_dev(variant->type);
	int c = packet_socket("c", DP_PROTO), d = packet_socket("d", DP_PROTO);
	unsigned int i;

	ip("link add name u type dummy\n"
	   "link set dev u up\n"
	   "link add name g type dummy\n"); /* it is down */
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct prog prog = prog_load(rows[i].program);
		int err = variant->type == EGRESS && rows[i].ret == TCX_DROP ?
			  -ENOBUFS : 0;
		int before = row_begin(_metadata);

		prog.dp->ifindex = rows[i].target ? dev_index(rows[i].target) :
						    MISSING;
		prog.dp->flags = rows[i].flags;
		attach(dev, variant->type, &prog);
		EXPECT_EQ(err, send_test_frame("b", "a"));
		EXPECT_EQ(1, seen(&prog, 1));
		EXPECT_EQ(rows[i].ret, prog.dp->ret);
		EXPECT_EQ(0, packet_count(self->delivered, 0));
		row_end(_metadata, before, "row %u: %s", i, rows[i].program);
		detach(dev, variant->type, &prog);
		prog_free(&prog);
	}
	EXPECT_EQ(0, packet_count(c, 0));
	EXPECT_EQ(0, packet_count(d, 0));
}

/* Linux 7.3 has a flag for it. What a kernel does not know is for it to refuse:
 * each bit means drop, natively as well.
 */
TEST_F(redirect, peer_takes_no_flags)
{
	const char *dev = scene_dev(variant->type);
	int c = packet_socket("c", DP_PROTO), d = packet_socket("d", DP_PROTO);
	struct prog prog = prog_load("redirect_peer");
	int bit;

	prog.dp->ifindex = dev_index("c");
	attach(dev, variant->type, &prog);
	for (bit = 0; bit < 64; bit++) {
		prog.dp->flags = 1ULL << bit;
		EXPECT_EQ(variant->type == EGRESS ? -ENOBUFS : 0,
			  send_test_frame("b", "a"));
		EXPECT_EQ(bit + 1, seen(&prog, bit + 1));
		EXPECT_EQ(TCX_DROP, prog.dp->ret);
	}
	EXPECT_EQ(0, packet_count(self->delivered, 0));
	EXPECT_EQ(0, packet_count(c, 0));
	EXPECT_EQ(0, packet_count(d, 0));
	detach(dev, variant->type, &prog);
	prog_free(&prog);
}

TEST_F(redirect, clone)
{
	static const struct {
		__u64 flags;
		int verdict;
		const char *dev;	/* where the clone shows up */
		bool passes;		/* the original goes on */
	} rows[] = {
		{ 0,			TCX_PASS,	"d",	true },
		{ 0,			TCX_NEXT,	"d",	true },
		{ 0,			TCX_DROP,	"d",	false },
		{ BPF_F_INGRESS,	TCX_PASS,	"c",	true },
		{ BPF_F_INGRESS,	TCX_DROP,	"c",	false },
	};
	struct prog prog = prog_load("clone_redirect"), next = prog_step();
	const char *dev = scene_dev(variant->type);
	unsigned int i;

	prog.dp->ifindex = dev_index("c");
	attach(dev, variant->type, &prog);
	attach(dev, variant->type, &next);
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		int place = packet_socket(rows[i].dev, DP_PROTO);
		struct frame frame = test_frame("b", "a"), got = {};
		int before = row_begin(_metadata);

		prog.dp->flags = rows[i].flags;
		prog.dp->verdict = rows[i].verdict;
		forget(&next);
		packet_send("a", &frame);
		EXPECT_TRUE(packet_recv(place, &got, NULL, NULL, WAIT_MS));
		EXPECT_EQ(frame.len, got.len);
		EXPECT_EQ(0, memcmp(frame.bytes, got.bytes, frame.len));
		EXPECT_EQ(0, prog.dp->ret);
		EXPECT_EQ(rows[i].passes,
			  packet_count(self->delivered, rows[i].passes));
		/* The original is as it was for the next program. */
		EXPECT_EQ(rows[i].verdict == TCX_NEXT, next.dp->packets);
		if (rows[i].verdict == TCX_NEXT) {
			EXPECT_EQ(0, memcmp(frame.bytes, (void *)next.dp->head,
					    DP_HEAD));
		}
		row_end(_metadata, before, "row %u", i);
		close(place);
	}
}

/* The kernel fills in the L2 header, and nothing else changes. */
TEST_F(redirect, neigh)
{
	struct prog prog = prog_load("redirect_neigh"), out = prog_step();
	struct frame frame, got, want;
	int d, v6;

	write_file("/proc/sys/net/ipv6/conf/c/disable_ipv6", "0");
	ip("addr add 10.9.0.1/24 dev c\n"
	   "neigh add 10.9.0.2 lladdr 02:00:00:00:00:64 dev c\n"
	   "addr add fd09::1/64 dev c nodad\n"
	   "neigh add fd09::2 lladdr 02:00:00:00:00:64 dev c\n");
	prog.dp->ifindex = dev_index("c");
	attach(scene_dev(variant->type), variant->type, &prog);
	attach("c", EGRESS, &out);
	for (v6 = 0; v6 <= 1; v6++) {
		int proto = v6 ? ETH_P_IPV6 : ETH_P_IP;
		int before = row_begin(_metadata);

		d = packet_socket("d", proto);
		/* Its own business must not be counted: IPv6 has some. */
		prog.dp->proto = proto;
		out.dp->proto = proto;
		frame_eth(&frame, "b", "a", proto);
		if (v6)
			frame_udp6(&frame, "fd09::2", "fd08::1", 50);
		else
			frame_udp4(&frame, "10.9.0.2", "10.8.0.1", 50);
		want = frame;
		dev_mac(want.bytes, "d");
		dev_mac(want.bytes + ETH_ALEN, "c");
		EXPECT_EQ(0, packet_send("a", &frame));
		do {
			memset(&got, 0, sizeof(got));
			if (!packet_recv(d, &got, NULL, NULL, WAIT_MS))
				break;
		} while (v6 && got.bytes[ETH_HLEN + 6] != IPPROTO_UDP);
		EXPECT_EQ(want.len, got.len);
		EXPECT_EQ(0, memcmp(want.bytes, got.bytes, want.len));
		EXPECT_EQ(1, prog.dp->packets);
		EXPECT_LE(1, out.dp->packets);
		row_end(_metadata, before, "IPv%d", v6 ? 6 : 4);
		forget(&prog);
		forget(&out);
		close(d);
	}
}

/* Without bound for the programs, but the kernel has one. */
TEST_F(redirect, loop)
{
	struct prog prog = prog_load("redirect");
	const char *dev = scene_dev(variant->type);

	prog.dp->ifindex = dev_index(dev);
	if (variant->type == INGRESS) {
		/* Each time through the backlog: endless, if one lets it. */
		prog.dp->flags = BPF_F_INGRESS;
		prog.dp->limit = 50;
	}
	attach(dev, variant->type, &prog);
	EXPECT_EQ(0, send_test_frame("b", "a"));
	if (variant->type == INGRESS) {
		EXPECT_EQ(1, packet_count(self->delivered, 1));
		EXPECT_EQ(51, prog.dp->packets);
	} else {
		/* XMIT_RECURSION_LIMIT, 8, is the deepest one allowed. */
		EXPECT_EQ(0, packet_count(self->delivered, 0));
		EXPECT_EQ(10, prog.dp->packets);
		/* It left nothing behind. */
		detach(dev, variant->type, &prog);
		EXPECT_EQ(0, send_test_frame("b", "a"));
		EXPECT_EQ(1, packet_count(self->delivered, 1));
	}
}

/* On egress there is no peer to go to; that is the packet's end. */
TEST_F(redirect, peer)
{
	struct prog prog = prog_load("redirect_peer"), behind = prog_step();
	struct prog c_in = prog_step(), c_out = prog_step();
	bool ingress = variant->type == INGRESS;
	struct frame frame = test_frame("b", "a"), got;
	int here = ns_open(), there = ns_new(), e;

	ns_enter(here);
	dev_pair("m", "e", there);
	prog.dp->ifindex = dev_index("m");
	attach(scene_dev(variant->type), variant->type, &prog);
	attach("m", INGRESS, &c_in);
	attach("m", EGRESS, &c_out);
	ns_enter(there);
	attach("e", INGRESS, &behind);
	e = packet_socket("e", DP_PROTO);
	ns_enter(here);

	EXPECT_EQ(0, packet_send("a", &frame));
	EXPECT_EQ(1, seen(&prog, 1));
	EXPECT_EQ(ingress, packet_recv(e, &got, NULL, NULL,
				       ingress ? WAIT_MS : SETTLE_MS));
	EXPECT_EQ(1, prog.dp->packets);
	EXPECT_EQ(TCX_REDIRECT, prog.dp->ret);
	EXPECT_EQ(0, packet_count(self->delivered, 0));
	EXPECT_EQ(ingress, behind.dp->packets);
	/* It goes from b to e directly. */
	EXPECT_EQ(0, c_in.dp->packets);
	EXPECT_EQ(0, c_out.dp->packets);
	if (!ingress)
		return;
	EXPECT_EQ(frame.len, got.len);
	EXPECT_EQ(0, memcmp(frame.bytes, got.bytes, frame.len));
	EXPECT_EQ(frame.len, behind.dp->len);
	EXPECT_EQ(DP_PROTO, behind.dp->eth_type);
	ns_enter(there);
	EXPECT_EQ(dev_index("e"), behind.dp->ifindex_seen);
	ns_enter(here);

	behind.dp->verdict = TCX_DROP;
	EXPECT_EQ(0, send_test_frame("b", "a"));
	EXPECT_EQ(2, seen(&behind, 2));
	EXPECT_EQ(0, packet_count(e, 0));
}

/* From here to there and back again, by redirect_peer alone. Natively a packet
 * may go any number of rounds; the netfilter hook, which nests them on the
 * stack, allows a few and then drops the packet.
 */
FIXTURE(rounds) {
	struct prog first, there, back;
	int delivered[2];	/* there, and back here */
};

FIXTURE_SETUP(rounds)
{
	int here, there;

	scene_pair();
	here = ns_open();
	there = ns_new();
	ns_enter(here);
	dev_pair("c", "d", there);
	dev_pair("y", "x", there);
	self->first = prog_load("redirect_peer");
	self->first.dp->ifindex = dev_index("c");
	self->back = prog_load("redirect_peer");
	self->back.dp->ifindex = dev_index("c");
	attach("b", INGRESS, &self->first);
	attach("y", INGRESS, &self->back);
	self->delivered[1] = packet_socket("y", DP_PROTO);
	ns_enter(there);
	self->there = prog_load("redirect_peer");
	self->there.dp->ifindex = dev_index("x");
	attach("d", INGRESS, &self->there);
	self->delivered[0] = packet_socket("d", DP_PROTO);
	ns_enter(here);
}

FIXTURE_TEARDOWN(rounds)
{
}

TEST_F(rounds, two)
{
	detach("y", INGRESS, &self->back);
	EXPECT_EQ(0, send_test_frame("b", "a"));
	EXPECT_EQ(1, packet_count(self->delivered[1], 1));
	EXPECT_EQ(0, packet_count(self->delivered[0], 0));
	EXPECT_EQ(1, self->first.dp->packets);
	EXPECT_EQ(1, self->there.dp->packets);
}

TEST_F(rounds, many)
{
	bool bounded = hook_is_netfilter();

	self->there.dp->limit = 500;
	EXPECT_EQ(0, send_test_frame("b", "a"));
	EXPECT_EQ(!bounded, packet_count(self->delivered[0], !bounded));
	EXPECT_EQ(0, packet_count(self->delivered[1], 0));
	if (bounded) {
		EXPECT_GE(16, self->there.dp->packets);
	} else {
		EXPECT_EQ(501, self->there.dp->packets);
	}

	/* The next one may go as far as the first. */
	forget(&self->there);
	self->there.dp->limit = 1;
	EXPECT_EQ(0, send_test_frame("b", "a"));
	EXPECT_EQ(1, packet_count(self->delivered[0], 1));
	EXPECT_EQ(2, self->there.dp->packets);
}

/* A device without an L2 header. */

FIXTURE(l3) {
	struct prog prog;
	struct frame packet;
	int wire;	/* of device t */
	int delivered;	/* to device t */
};

FIXTURE_SETUP(l3)
{
	one_cpu();
	ns_new();
	self->wire = dev_tun("t");
	self->delivered = packet_socket("t", ETH_P_IP);
	frame_udp4(&self->packet, "10.0.0.2", "10.0.0.1", 50);
	self->prog = prog_step();
	self->prog.dp->proto = 0;
}

FIXTURE_TEARDOWN(l3)
{
}

TEST_F(l3, ingress)
{
	struct frame *packet = &self->packet, got;
	volatile struct dp_data *dp = self->prog.dp;

	attach("t", INGRESS, &self->prog);
	ASSERT_EQ(packet->len, write(self->wire, packet->bytes, packet->len));
	ASSERT_TRUE(packet_recv(self->delivered, &got, NULL, NULL, WAIT_MS));
	EXPECT_EQ(packet->len, got.len);
	EXPECT_EQ(0, memcmp(packet->bytes, got.bytes, packet->len));
	EXPECT_EQ(1, dp->packets);
	EXPECT_EQ(packet->len, dp->len);
	EXPECT_EQ(ETH_P_IP, dp->protocol);
	EXPECT_EQ(0, memcmp(packet->bytes, (void *)dp->head, DP_HEAD));
	dp->verdict = TCX_DROP;
	ASSERT_EQ(packet->len, write(self->wire, packet->bytes, packet->len));
	EXPECT_EQ(2, seen(&self->prog, 2));
	EXPECT_EQ(0, packet_count(self->delivered, 0));
}

TEST_F(l3, egress)
{
	struct frame *packet = &self->packet, got;
	volatile struct dp_data *dp = self->prog.dp;

	attach("t", EGRESS, &self->prog);
	ASSERT_EQ(0, packet_send("t", packet));
	ASSERT_EQ(1, wire_count(self->wire, 1, &got));
	EXPECT_EQ(packet->len, got.len);
	EXPECT_EQ(0, memcmp(packet->bytes, got.bytes, packet->len));
	EXPECT_EQ(1, dp->packets);
	EXPECT_EQ(packet->len, dp->len);
	EXPECT_EQ(ETH_P_IP, dp->protocol);
	EXPECT_EQ(0, memcmp(packet->bytes, (void *)dp->head, DP_HEAD));
	dp->verdict = TCX_DROP;
	EXPECT_EQ(-ENOBUFS, packet_send("t", packet));
	EXPECT_EQ(0, wire_count(self->wire, 0, NULL));
}

/* To a device with an L2 header only with one that the program wrote; to one
 * without, and to another namespace's, as it is.
 */
TEST_F(l3, redirect)
{
	static const struct {
		const char *program;
		const char *target;
		__u64 flags;
		bool d, w;	/* it arrives at d, at the other tun's wire */
	} rows[] = {
		{ "redirect",		"c",	0,		false,	false },
		{ "redirect",		"c",	BPF_F_INGRESS,	false,	false },
		{ "add_l2_redirect",	"c",	0,		true,	false },
		{ "redirect",		"w",	0,		false,	true },
	};
	struct frame *packet = &self->packet, got;
	int wire = dev_tun("w"), d;
	unsigned int i;

	dev_pair("c", "d", -1);
	d = packet_socket("d", ETH_P_IP);
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct prog prog = prog_load(rows[i].program);
		int before = row_begin(_metadata);

		prog.dp->proto = 0;
		prog.dp->ifindex = dev_index(rows[i].target);
		prog.dp->flags = rows[i].flags;
		attach("t", INGRESS, &prog);
		ASSERT_EQ(packet->len,
			  write(self->wire, packet->bytes, packet->len));
		EXPECT_EQ(1, seen(&prog, 1));
		EXPECT_EQ(rows[i].w, wire_count(wire, rows[i].w, &got));
		if (rows[i].w) {
			EXPECT_EQ(0, memcmp(packet->bytes, got.bytes,
					    packet->len));
		}
		EXPECT_EQ(rows[i].d, packet_recv(d, &got, NULL, NULL,
						 rows[i].d ? WAIT_MS : 0));
		if (rows[i].d) {
			EXPECT_EQ(packet->len + ETH_HLEN, got.len);
			EXPECT_EQ(0, memcmp(packet->bytes, got.bytes + ETH_HLEN,
					    packet->len));
		}
		row_end(_metadata, before, "%s to %s", rows[i].program, rows[i].target);
		detach("t", INGRESS, &prog);
		prog_free(&prog);
	}
	EXPECT_EQ(0, packet_count(self->delivered, 0));
}

TEST_HARNESS_MAIN
