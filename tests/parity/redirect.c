// SPDX-License-Identifier: GPL-2.0
/* Redirects of every kind, to every kind of device. */
#include "parity.h"

#include <bpf/libbpf.h>

#ifndef PACKET_ORIGDEV
#define PACKET_ORIGDEV	9
#endif

static const int types[] = { INGRESS, EGRESS };

/* A device of each kind, and where its packets end up. Returns tun's wire. */
static int many_devices(void)
{
	int wire;

	dev_pair("c", "d", -1);
	dev_pair("p", "q", -1);
	dev_pair("s", "z", -1);
	dev_pair("e", "f", -1);
	ip("link add name u address 02:00:00:00:00:75 type dummy\n"
	   "link add name i address 02:00:00:00:00:69 type ifb\n"
	   "link add link e name v type vlan id 5\n"
	   "link add link e name m address 02:00:00:00:00:6d type macvlan mode bridge\n"
	   "link add name x address 02:00:00:00:00:78 type bridge mcast_snooping 0\n"
	   "link set dev p master x\n"
	   "link add name o address 02:00:00:00:00:6f type bond mode active-backup\n"
	   "link set dev s down\n"
	   "link set dev s master o\n"
	   "link set dev u up\n"
	   "link set dev i up\n"
	   "link set dev v up\n"
	   "link set dev m up\n"
	   "link set dev x up\n"
	   "link set dev o up\n"
	   "link add name g type dummy\n");	/* it stays down */
	wire = dev_tun("t");
	usleep(200000);	/* the bond and the bridge find their links */
	return wire;
}

static void targets(void)
{
	static const char *const targets[] = {
		"c", "u", "i", "t", "v", "m", "x", "o", "lo", "g",
	};
	static const char *const places[] = {
		"b", "c", "d", "u", "i", "t", "f", "q", "z", "x", "o", "lo",
	};
	unsigned int i, j, k, ingress;

	for (i = 0; i < ARRAY_SIZE(types); i++) {
		struct prog redirect, in, out;
		int wire;

		scene_pair();
		wire = many_devices();
		redirect = prog_load("redirect");
		in = prog_view(TCX_NEXT);
		out = prog_view(TCX_NEXT);
		attach(scene_dev(types[i]), types[i], &redirect);
		watch("redirect", &redirect);
		watch("in", &in);
		watch("out", &out);
		for (k = 0; k < ARRAY_SIZE(places); k++)
			place(places[k], DP_PROTO);
		place_fd("wire", wire, true);
		drops(DP_PROTO);
		for (j = 0; j < ARRAY_SIZE(targets); j++) {
			attach(targets[j], INGRESS, &in);
			attach(targets[j], EGRESS, &out);
			for (ingress = 0; ingress < 2; ingress++) {
				step("%s to %s,%s", direction[types[i]],
				     targets[j], ingress ? "ingress" : "egress");
				redirect.dp->ifindex = dev_index(targets[j]);
				redirect.dp->flags = ingress ? BPF_F_INGRESS : 0;
				send_observe("b", "a");
			}
			detach(targets[j], INGRESS, &in);
			detach(targets[j], EGRESS, &out);
		}
	}
}

/* The target's programs decide, too. */
static void target_decides(void)
{
	static const int codes[] = { 0, 2, 7, 99 };
	unsigned int i, j, ingress;

	for (i = 0; i < ARRAY_SIZE(types); i++) {
		struct prog redirect, on_c;

		scene_pair();
		dev_pair("c", "d", -1);
		redirect = prog_load("redirect");
		redirect.dp->ifindex = dev_index("c");
		on_c = prog_view(TCX_NEXT);
		attach(scene_dev(types[i]), types[i], &redirect);
		attach("c", INGRESS, &on_c);
		attach("c", EGRESS, &on_c);
		watch("c:prog", &on_c);
		place("b", DP_PROTO);
		place("c", DP_PROTO);
		place("d", DP_PROTO);
		counters("c");
		drops(DP_PROTO);
		for (j = 0; j < ARRAY_SIZE(codes); j++) {
			for (ingress = 0; ingress < 2; ingress++) {
				step("%s to %s,%d", direction[types[i]],
				     ingress ? "ingress" : "egress", codes[j]);
				on_c.dp->verdict = codes[j];
				redirect.dp->flags = ingress ? BPF_F_INGRESS : 0;
				send_observe("b", "a");
			}
		}
	}
}

static void impossible(void)
{
	enum { MISSING = 99999 };
	static const struct {
		const char *program, *target;
		__u64 flags;
	} rows[] = {
		{ "redirect", NULL, 0 }, { "redirect", NULL, BPF_F_INGRESS },
		{ "redirect", "c", 2 },
		{ "redirect_peer", "c", 1 }, { "redirect_neigh", "c", 1 },
		{ "redirect_peer", NULL, 0 }, { "redirect_peer", "c", 0 },
		{ "redirect_peer", "u", 0 }, { "redirect_neigh", "c", 0 },
		{ "redirect_neigh", NULL, 0 }, { "clone_redirect", NULL, 0 },
		{ "clone_redirect", "c", 2 }, { "clone_redirect", "g", 0 },
	};
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(types); i++) {
		scene_pair();
		dev_pair("c", "d", -1);
		ip("link add name u type dummy\n"
		   "link set dev u up\n"
		   "link add name g type dummy\n");
		for (j = 0; j < ARRAY_SIZE(rows); j++) {
			struct prog prog = prog_load(rows[j].program);

			prog.dp->ifindex = rows[j].target ?
				dev_index(rows[j].target) : MISSING;
			prog.dp->flags = rows[j].flags;
			attach(scene_dev(types[i]), types[i], &prog);
			watch("prog", &prog);
			place("b", DP_PROTO);
			place("c", DP_PROTO);
			place("d", DP_PROTO);
			drops(DP_PROTO);
			step("%s,%s,%s,%llu", direction[types[i]],
			     rows[j].program, rows[j].target ?: "none",
			     rows[j].flags);
			send_observe("b", "a");
			watch_reset();
			detach(scene_dev(types[i]), types[i], &prog);
			prog_free(&prog);
		}
	}
}

static void clones(void)
{
	static const int codes[] = { -1, 0, 2, 99 };
	unsigned int i, j, ingress;

	for (i = 0; i < ARRAY_SIZE(types); i++) {
		struct prog prog, next, in, out;

		scene_pair();
		dev_pair("c", "d", -1);
		prog = prog_load("clone_redirect");
		prog.dp->ifindex = dev_index("c");
		next = prog_view(TCX_NEXT);
		in = prog_view(TCX_NEXT);
		out = prog_view(TCX_NEXT);
		attach(scene_dev(types[i]), types[i], &prog);
		attach(scene_dev(types[i]), types[i], &next);
		attach("c", INGRESS, &in);
		attach("c", EGRESS, &out);
		watch("prog", &prog);
		watch("next", &next);
		watch("c:ingress", &in);
		watch("c:egress", &out);
		place("b", DP_PROTO);
		place("c", DP_PROTO);
		place("d", DP_PROTO);
		drops(DP_PROTO);
		for (j = 0; j < ARRAY_SIZE(codes); j++) {
			for (ingress = 0; ingress < 2; ingress++) {
				step("%s to %s,%d", direction[types[i]],
				     ingress ? "ingress" : "egress", codes[j]);
				prog.dp->verdict = codes[j];
				prog.dp->flags = ingress ? BPF_F_INGRESS : 0;
				send_observe("b", "a");
			}
		}
		/* What the target makes of it is the helper's result. */
		step("%s,target drops", direction[types[i]]);
		out.dp->verdict = TCX_DROP;
		prog.dp->flags = 0;
		send_observe("b", "a");
	}
}

/* Egress: the kernel's limit of nested sending. Ingress: each time through the
 * backlog, so the program sets the limit.
 */
static void loops(void)
{
	struct prog prog, other;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(types); i++) {
		scene_pair();
		prog = prog_load("redirect");
		prog.dp->ifindex = dev_index(scene_dev(types[i]));
		if (types[i] == INGRESS) {
			prog.dp->flags = BPF_F_INGRESS;
			prog.dp->limit = 50;
		}
		attach(scene_dev(types[i]), types[i], &prog);
		watch("prog", &prog);
		place("b", DP_PROTO);
		drops(DP_PROTO);
		step("%s", direction[types[i]]);
		send_observe("b", "a");
		step("%s,after", direction[types[i]]);
		detach(scene_dev(types[i]), types[i], &prog);
		send_observe("b", "a");
	}
	/* a's egress to c's egress and back. */
	scene_pair();
	dev_pair("c", "d", -1);
	prog = prog_load("redirect");
	prog.dp->ifindex = dev_index("c");
	other = prog_load("redirect");
	other.dp->ifindex = dev_index("a");
	attach("a", EGRESS, &prog);
	attach("c", EGRESS, &other);
	watch("a:prog", &prog);
	watch("c:prog", &other);
	place("b", DP_PROTO);
	place("d", DP_PROTO);
	drops(DP_PROTO);
	step("two devices");
	send_observe("b", "a");

	/* b's ingress to a's ingress and back: 30 times by the limit. */
	scene_pair();
	prog = prog_load("redirect");
	prog.dp->ifindex = dev_index("a");
	prog.dp->flags = BPF_F_INGRESS;
	prog.dp->limit = 30;
	other = prog_load("redirect");
	other.dp->ifindex = dev_index("b");
	other.dp->flags = BPF_F_INGRESS;
	attach("b", INGRESS, &prog);
	attach("a", INGRESS, &other);
	watch("b:prog", &prog);
	watch("a:prog", &other);
	place("b", DP_PROTO);
	place("a", DP_PROTO);
	drops(DP_PROTO);
	step("ingress to ingress");
	send_observe("b", "a");

	/* Sent out by the far end's ingress again and again. */
	scene_pair();
	prog = prog_load("redirect");
	prog.dp->ifindex = dev_index("b");
	prog.dp->limit = 30;
	other = prog_load("redirect");
	other.dp->ifindex = dev_index("a");
	attach("b", INGRESS, &prog);
	attach("a", INGRESS, &other);
	watch("b:prog", &prog);
	watch("a:prog", &other);
	place("b", DP_PROTO);
	place("a", DP_PROTO);
	step("hairpin");
	send_observe("b", "a");

	/* Clones of clones: b's ingress clones to b's ingress, bounded. */
	scene_pair();
	prog = prog_load("clone_redirect");
	prog.dp->ifindex = dev_index("a");
	attach("a", EGRESS, &prog);
	watch("prog", &prog);
	place("b", DP_PROTO);
	step("clone egress to itself");
	send_observe("b", "a");
}

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
		send_test("b", "a");
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

static void neigh(void)
{
	unsigned int i, v6, k;

	for (i = 0; i < ARRAY_SIZE(types); i++) {
		scene_pair();
		dev_pair("c", "d", -1);
		write_file("/proc/sys/net/ipv6/conf/c/disable_ipv6", "0");
		ip("addr add 10.9.0.1/24 dev c\n"
		   "neigh add 10.9.0.2 lladdr 02:00:00:00:00:64 dev c\n"
		   "addr add fd09::1/64 dev c nodad\n"
		   "neigh add fd09::2 lladdr 02:00:00:00:00:64 dev c\n");
		usleep(100000);
		for (v6 = 0; v6 < 2; v6++) {
			int proto = v6 ? ETH_P_IPV6 : ETH_P_IP;

			/* By the packet's address; by the program's; one that
			 * leads nowhere; an EtherType that does not match.
			 */
			for (k = 0; k < 4; k++) {
				struct prog prog = prog_load(k % 2 ?
					"redirect_neigh_nh" : "redirect_neigh");
				struct prog out = prog_view(TCX_NEXT);
				struct frame frame;

				prog.dp->ifindex = dev_index("c");
				prog.dp->proto = proto;
				out.dp->proto = proto;
				/* The other family's neighbour for this
				 * packet: the kernel looks at it only.
				 */
				prog.px->family = (k == 3) == v6 ? AF_INET :
								   AF_INET6;
				inet_pton(prog.px->family,
					  prog.px->family == AF_INET ?
					  "10.9.0.2" : "fd09::2",
					  (void *)prog.px->nh);
				frame_eth(&frame, "b", "a", proto);
				if (v6)
					frame_udp6(&frame, k == 1 || k == 3 ?
						   "fd0a::7" : k == 2 ?
						   "fd77::9" : "fd09::2",
						   "fd08::1", 50);
				else
					frame_udp4(&frame, k == 1 || k == 3 ?
						   "10.10.0.7" : k == 2 ?
						   "10.77.0.9" : "10.9.0.2",
						   "10.8.0.1", 50);
				attach(scene_dev(types[i]), types[i], &prog);
				attach("c", EGRESS, &out);
				watch("prog", &prog);
				watch("c:egress", &out);
				place("b", proto);
				place("d", proto);
				step("%s,v%d,%s", direction[types[i]],
				     v6 ? 6 : 4,
				     k == 0 ? "packet's" : k == 1 ? "program's" :
				     k == 2 ? "nowhere" : "other family");
				frame_observe("a", &frame);
				watch_reset();
				detach(scene_dev(types[i]), types[i], &prog);
				detach("c", EGRESS, &out);
				prog_free(&prog);
				prog_free(&out);
			}
		}
	}
}

/* A device without an L2 header. */
static void tun(void)
{
	static const struct {
		const char *program, *target;
		__u64 flags;
	} rows[] = {
		{ "view", NULL }, { "redirect", "c", 0 },
		{ "redirect", "c", BPF_F_INGRESS }, { "add_l2_redirect", "c", 0 },
		{ "add_l2_redirect", "c", BPF_F_INGRESS },
		{ "redirect", "w", 0 }, { "redirect", "w", BPF_F_INGRESS },
		{ "clone_redirect", "w", 0 }, { "clone_redirect", "c", 0 },
	};
	struct frame packet = {};
	int wire, wire2;
	unsigned int i, j;

	frame_udp4(&packet, "10.0.0.2", "10.0.0.1", 50);
	for (i = 0; i < ARRAY_SIZE(types); i++) {
		watch_reset();
		ns_new();
		wire = dev_tun("t");
		wire2 = dev_tun("w");
		dev_pair("c", "d", -1);
		for (j = 0; j < ARRAY_SIZE(rows); j++) {
			struct prog prog = prog_load(rows[j].program);
			struct prog next = prog_view(TCX_NEXT);
			int verdict;

			prog.dp->proto = 0;
			next.dp->proto = 0;
			if (rows[j].target)
				prog.dp->ifindex = dev_index(rows[j].target);
			prog.dp->flags = rows[j].flags;
			attach("t", types[i], &prog);
			attach("t", types[i], &next);
			watch("prog", &prog);
			watch("next", &next);
			place("t", ETH_P_IP);
			place("c", ETH_P_IP);
			place("d", ETH_P_IP);
			place("w", ETH_P_IP);
			place_fd("wire", dup(wire), true);
			place_fd("wire2", dup(wire2), true);
			for (verdict = TCX_NEXT; verdict <= TCX_DROP; verdict += 3) {
				step("%s,%s,%s,%llu,%d", direction[types[i]],
				     rows[j].program, rows[j].target ?: "none",
				     rows[j].flags, verdict);
				prog.dp->verdict = verdict;
				if (types[i] == EGRESS)
					say("send", "%s",
					    result(packet_send("t", &packet)));
				else
					say("send", "%zd",
					    write(wire, packet.bytes,
						  packet.len));
				observe();
			}
			watch_reset();
			detach("t", types[i], &prog);
			detach("t", types[i], &next);
			prog_free(&prog);
			prog_free(&next);
		}
	}
}

const struct scenario redirect_scenarios[] = {
	{ "targets", targets },
	{ "target_decides", target_decides },
	{ "impossible", impossible },
	{ "clone", clones },
	{ "loops", loops },
	{ "peer", peer },
	{ "peer_rounds", peer_rounds },
	{ "peer_ip", peer_ip },
	{ "neigh", neigh },
	{ "tun", tun },
	{}
};
