// SPDX-License-Identifier: GPL-2.0
/* Redirects to the peer of a device, in its namespace. */
#include "scenario.h"

#ifndef PACKET_ORIGDEV
#define PACKET_ORIGDEV	9
#endif

static const int types[] = { INGRESS, EGRESS };

static void packet_origdev(int fd)
{
	int on = 1;

	if (setsockopt(fd, SOL_PACKET, PACKET_ORIGDEV, &on, sizeof(on)))
		fail("PACKET_ORIGDEV: %m");
}

/* Of the next packet: the device that a packet socket names. */
static void say_from(const char *watcher, int fd)
{
	struct sockaddr_ll from = {};
	socklen_t len = sizeof(from);
	char bytes[256];

	if (recvfrom(fd, bytes, sizeof(bytes), MSG_DONTWAIT, (void *)&from,
		     &len) < 0)
		say(watcher, "nothing");
	else
		say(watcher, "from %s type=%d",
		    from.sll_ifindex == dev_index("e") ? "e" : "another",
		    from.sll_pkttype);
}

static void peer(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(types); i++) {
		struct prog prog, behind, m_in, m_out, e_out;
		int here, there, fd, fd2;

		watch_reset();
		there = ns_new();
		/* Lest e has the index that b has here. */
		for (fd = 0; fd < 6; fd++)
			ip("link add name j%d type dummy\n", fd);
		scene_pair();
		here = ns_open();
		dev_pair("m", "e", there);
		prog = prog_load("redirect_peer");
		behind = prog_view(TCX_NEXT);
		m_in = prog_view(TCX_NEXT);
		m_out = prog_view(TCX_NEXT);
		e_out = prog_view(TCX_NEXT);
		prog.dp->ifindex = dev_index("m");
		attach(scene_dev(types[i]), types[i], &prog);
		attach("m", INGRESS, &m_in);
		attach("m", EGRESS, &m_out);
		watch("prog", &prog);
		watch("m:ingress", &m_in);
		watch("m:egress", &m_out);
		place("b", DP_PROTO);
		counters("m");
		ns_enter(there);
		attach("e", INGRESS, &behind);
		attach("e", EGRESS, &e_out);
		watch("e:ingress", &behind);
		watch("e:egress", &e_out);
		place("e", DP_PROTO);
		place_named("e:tap", "e", ETH_P_ALL);
		counters("e");
		ns_enter(here);
		drops(DP_PROTO);
		step("%s", direction[types[i]]);
		send_observe("b", "a");
		step("%s,drop", direction[types[i]]);
		behind.dp->verdict = TCX_DROP;
		send_observe("b", "a");
		step("%s,pass", direction[types[i]]);
		behind.dp->verdict = TCX_PASS;
		send_observe("b", "a");

		/* Which device a packet socket is told of. */
		step("%s,names", direction[types[i]]);
		watch_reset();
		ns_enter(there);
		fd = packet_socket("e", DP_PROTO);
		fd2 = packet_socket("e", DP_PROTO);
		packet_origdev(fd2);
		ns_enter(here);
		send_test_frame("b", "a");
		settle();
		ns_enter(there);
		say_from("plain", fd);
		say_from("origdev", fd2);
		close(fd);
		close(fd2);
		ns_enter(here);
		/* The far end is down. */
		step("%s,down", direction[types[i]]);
		ns_enter(there);
		ip("link set dev e down\n");
		ns_enter(here);
		watch("prog", &prog);
		place("b", DP_PROTO);
		send_observe("b", "a");
	}
}

/* From here to there and back, so many times. */
static void peer_rounds(void)
{
	static const int limits[] = { 1, 2, 3, 50, 500 };
	struct prog first, there_prog, back;
	int here, there;
	unsigned int i;

	there = ns_new();
	scene_pair();
	here = ns_open();
	dev_pair("c", "d", there);
	dev_pair("y", "x", there);
	first = prog_load("redirect_peer");
	first.dp->ifindex = dev_index("c");
	back = prog_load("redirect_peer");
	back.dp->ifindex = dev_index("c");
	attach("b", INGRESS, &first);
	attach("y", INGRESS, &back);
	watch("b:prog", &first);
	watch("y:prog", &back);
	place("b", DP_PROTO);
	place("y", DP_PROTO);
	ns_enter(there);
	there_prog = prog_load("redirect_peer");
	there_prog.dp->ifindex = dev_index("x");
	attach("d", INGRESS, &there_prog);
	watch("d:prog", &there_prog);
	place("d", DP_PROTO);
	ns_enter(here);
	drops(DP_PROTO);
	for (i = 0; i < ARRAY_SIZE(limits); i++) {
		step("%d", limits[i]);
		there_prog.dp->limit = limits[i];
		send_observe("b", "a");
	}
	/* The next one may go as far as the first. */
	step("1,after");
	there_prog.dp->limit = 1;
	send_observe("b", "a");
	/* There, and delivered when it is back here. */
	step("back");
	detach("y", INGRESS, &back);
	there_prog.dp->limit = 0;
	send_observe("b", "a");
}

/* Each flag means drop. Linux 7.3 has one: what a kernel does not know is for
 * it to refuse.
 */
static void peer_flags(void)
{
	__u64 refused, told;
	unsigned int i, bit;

	for (i = 0; i < ARRAY_SIZE(types); i++) {
		struct prog prog;

		scene_pair();
		dev_pair("c", "d", -1);
		prog = prog_load("redirect_peer");
		prog.dp->ifindex = dev_index("c");
		attach(scene_dev(types[i]), types[i], &prog);
		watch("prog", &prog);
		place("b", DP_PROTO);
		place("c", DP_PROTO);
		place("d", DP_PROTO);
		step("%s", direction[types[i]]);
		for (bit = 0, refused = 0, told = 0; bit < 64; bit++) {
			prog.dp->flags = 1ULL << bit;
			prog.dp->ret = 0;
			if (send_test_frame("b", "a") == -ENOBUFS)
				told |= 1ULL << bit;
			wait_for(prog.dp->packets > bit);
			if (prog.dp->ret == TCX_DROP)
				refused |= 1ULL << bit;
		}
		say("flags", "refused %llx, sender told %llx", refused, told);
		observe();
	}
}

/* Into a container with IPv4, by redirect_peer: a ping's way, as CNIs do it. */
static void peer_ip(void)
{
	struct prog prog;
	struct frame frame;
	int here, there, fd;
	struct sockaddr_in addr = {
		.sin_family = AF_INET,
		.sin_port = htons(7),
	};

	there = ns_new();
	scene_pair();
	here = ns_open();
	dev_pair("m", "e", there);
	prog = prog_load("redirect_peer");
	prog.dp->proto = ETH_P_IP;
	prog.dp->ifindex = dev_index("m");
	attach("b", INGRESS, &prog);
	watch("prog", &prog);
	ns_enter(there);
	ip("addr add 10.1.0.2/24 dev e\n"
	   "route add default dev e\n");
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	if (bind(fd, (void *)&addr, sizeof(addr)))
		fail("bind: %m");
	ns_enter(here);
	step("udp");
	frame_eth(&frame, "e", "a", ETH_P_IP);
	frame_udp4(&frame, "10.1.0.2", "10.8.0.1", 50);
	frame_observe("a", &frame);
	say("socket", "%s", result(recv(fd, &frame, sizeof(frame),
					MSG_DONTWAIT) < 0 ? -errno : 50));
	/* To another host's MAC address. */
	step("udp to other");
	frame_eth(&frame, "b", "a", ETH_P_IP);
	frame_udp4(&frame, "10.1.0.2", "10.8.0.1", 50);
	frame_observe("a", &frame);
	say("socket", "%s", result(recv(fd, &frame, sizeof(frame),
					MSG_DONTWAIT) < 0 ? -errno : 50));
}

const struct scenario peer_scenarios[] = {
	{ "peer", peer },
	{ "peer_rounds", peer_rounds },
	{ "peer_flags", peer_flags },
	{ "peer_ip", peer_ip },
	{}
};
