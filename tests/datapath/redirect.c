// SPDX-License-Identifier: GPL-2.0
/* Redirects of every kind, to every kind of device; those to a peer are in peer.c. */
#include "scenario.h"

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
		place_named("u:sent", "u", ETH_P_ALL);
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
	{ "neigh", neigh },
	{ "tun", tun },
	{}
};
