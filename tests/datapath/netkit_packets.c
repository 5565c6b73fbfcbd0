// SPDX-License-Identifier: GPL-2.0
/* What packets meet that a netkit device sends, and that stay on its pair. */
#include "netkit_scenario.h"

static const int types[] = { NK_PRIMARY, NK_PEER };

static const char *sender_of(int type)
{
	return type == NK_PRIMARY ? "p" : "q";
}

static const char *receiver_of(int type)
{
	return type == NK_PRIMARY ? "q" : "p";
}

/* As it is with a device in L3 mode, whose address is 0. */
static struct frame nk_frame(int mode, const char *dst, const char *src)
{
	struct frame frame = test_frame(dst, src);

	if (mode == NETKIT_BACKPORT_L3)
		memset(frame.bytes, 0, 2 * ETH_ALEN);
	return frame;
}

/* Each verdict, under each policy, in each mode and direction; none: nothing is
 * attached.
 */
static void verdicts(void)
{
	static const int codes[] = { -1, 0, 1, 2, 3, 4, 7, 8, 99, -2 };
	static const __u32 policies[] = { 0, 2 };
	struct prog prog = prog_view(-1);
	unsigned int mode, i, j, t;

	for (mode = 0; mode < 2; mode++)
		for (t = 0; t < ARRAY_SIZE(types); t++)
			for (i = 0; i < ARRAY_SIZE(policies); i++) {
				const char *from = sender_of(types[t]);
				const char *to = receiver_of(types[t]);
				struct nk_attr attrs[] = {
					{ NETKIT_BACKPORT_POLICY, policies[i] },
					{ NETKIT_BACKPORT_PEER_POLICY,
					  policies[i] },
					{}
				};
				struct frame frame;

				watch_reset();
				ns_new();
				nk_scene(mode, 0, attrs);
				frame = nk_frame(mode, to, from);
				place(to, DP_PROTO);
				counters("p");
				counters("q");
				drops(DP_PROTO);
				step("l%d,%s,%u,none", mode + 2,
				     nk_end_name(types[t]), policies[i]);
				frame_observe(from, &frame);
				nk_attach("p", types[t], &prog);
				watch("prog", &prog);
				for (j = 0; j < ARRAY_SIZE(codes); j++) {
					step("l%d,%s,%u,%d", mode + 2,
					     nk_end_name(types[t]), policies[i],
					     codes[j]);
					prog.dp->verdict = codes[j];
					frame_observe(from, &frame);
				}
				nk_detach("p", types[t], &prog);
				watch_reset();
				place(to, DP_PROTO);
				step("l%d,%s,%u,detached", mode + 2,
				     nk_end_name(types[t]), policies[i]);
				frame_observe(from, &frame);
			}
}

/* Several programs: how far a packet comes, and what the policy has to say when
 * all of them say "next".
 */
static void chain(void)
{
	static const int codes[][3] = {
		{ -1, -1, -1 }, { -1, -1, 0 }, { -1, 0, 2 }, { 0, 2, 2 },
		{ -1, -1, 2 }, { -1, 2, 0 }, { 3, -1, 0 }, { -1, 99, 0 },
		{ -1, -1, 7 },
	};
	static const struct nk_attr attrs[] = {
		{ NETKIT_BACKPORT_POLICY, 2 }, {}
	};
	struct prog prog[3];
	unsigned int i, j;
	char name[8];

	nk_scene(NETKIT_BACKPORT_L2, 0, attrs);
	place("q", DP_PROTO);
	counters("p");
	drops(DP_PROTO);
	for (i = 0; i < 3; i++) {
		prog[i] = prog_view(-1);
		prog[i].dp->id = i + 1;
		nk_attach("p", NK_PRIMARY, &prog[i]);
		snprintf(name, sizeof(name), "prog%u", i);
		watch(name, &prog[i]);
	}
	for (i = 0; i < ARRAY_SIZE(codes); i++) {
		for (j = 0; j < 3; j++)
			prog[j].dp->verdict = codes[i][j];
		step("%d,%d,%d", codes[i][0], codes[i][1], codes[i][2]);
		send_observe("q", "p");
	}
}

/* Whose packet it is: what a program and the receiver make of its address. */
static void addresses(void)
{
	static const struct {
		const char	*name;
		unsigned char	mac[ETH_ALEN];
	} rows[] = {
		{ "q", { 2, 0, 0, 0, 0, 'q' } },
		{ "p", { 2, 0, 0, 0, 0, 'p' } },
		{ "nobody", { 2, 0, 0, 0, 0, 'z' } },
		{ "zero", {} },
		{ "group", { 1, 0, 0x5e, 0, 0, 1 } },
		{ "all", { 255, 255, 255, 255, 255, 255 } },
	};
	unsigned int mode, i;

	for (mode = 0; mode < 2; mode++) {
		struct prog prog, in;

		watch_reset();
		ns_new();
		nk_scene(mode, 0, NULL);
		prog = prog_view(-1);
		in = prog_view(-1);
		nk_attach("p", NK_PRIMARY, &prog);
		attach("q", INGRESS, &in);
		watch("prog", &prog);
		watch("q:ingress", &in);
		place("q", DP_PROTO);
		for (i = 0; i < ARRAY_SIZE(rows); i++) {
			struct frame frame = test_frame("q", "p");

			memcpy(frame.bytes, rows[i].mac, ETH_ALEN);
			step("l%u,%s", mode + 2, rows[i].name);
			frame_observe("p", &frame);
		}
	}
}

static int send_marked(const char *dev, const struct frame *frame)
{
	struct sockaddr_ll addr = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(DP_PROTO),
		.sll_ifindex = dev_index(dev),
		.sll_halen = ETH_ALEN,
	};
	int fd = socket(AF_PACKET, SOCK_RAW, 0), mark = 0x77, prio = 5, ret = 0;

	memcpy(addr.sll_addr, frame->bytes, ETH_ALEN);
	if (setsockopt(fd, SOL_SOCKET, SO_MARK, &mark, sizeof(mark)) ||
	    setsockopt(fd, SOL_SOCKET, SO_PRIORITY, &prio, sizeof(prio)))
		fail("SO_MARK: %m");
	if (sendto(fd, frame->bytes, frame->len, 0, (void *)&addr,
		   sizeof(addr)) < 0)
		ret = -errno;
	close(fd);
	return ret;
}

/* Mark and priority go to another namespace only if they are not scrubbed, and
 * each end has its own say. A delivery time, which tcx on egress sets, is shown
 * by the program of the pair.
 */
static void scrub(void)
{
	struct prog prog = prog_load("view_tstamp");
	struct prog in = prog_load("view_tstamp");
	struct prog stamp = prog_load("write_tstamp");
	unsigned int xnet, how, t;

	stamp.px->tstamp = 1000000000;
	for (xnet = 0; xnet < 2; xnet++)
		for (how = 0; how < 4; how++) {
			const struct nk_attr attrs[] = {
				{ NETKIT_BACKPORT_SCRUB, how & 1 },
				{ NETKIT_BACKPORT_PEER_SCRUB, how >> 1 },
				{}
			};
			int there, here;

			/* Here it plays no part. */
			if (!xnet && how != 0 && how != 3)
				continue;
			there = ns_new();
			here = ns_new();
			if (!xnet)
				there = here;
			nk_scene(NETKIT_BACKPORT_L2, xnet ? there : 0, attrs);
			for (t = 0; t < ARRAY_SIZE(types); t++) {
				const char *from = sender_of(types[t]);
				const char *to = receiver_of(types[t]);
				struct frame frame = test_frame(to, from);
				int of_from = types[t] == NK_PRIMARY ? here :
								       there;
				int of_to = types[t] == NK_PRIMARY ? there :
								     here;

				watch_reset();
				ns_enter(here);
				nk_attach("p", types[t], &prog);
				ns_enter(of_to);
				watch("prog", &prog);
				watch("in", &in);
				attach(to, INGRESS, &in);
				place(to, DP_PROTO);
				ns_enter(of_from);
				step("%s,%d%d,%s", xnet ? "there" : "here",
				     how & 1, how >> 1, nk_end_name(types[t]));
				say("send", "%s", result(send_marked(from,
								     &frame)));
				observe();
				step("%s,%d%d,%s,stamp",
				     xnet ? "there" : "here", how & 1,
				     how >> 1, nk_end_name(types[t]));
				attach(from, EGRESS, &stamp);
				say("send", "%s", result(send_marked(from,
								     &frame)));
				observe();
			}
		}
}

/* An end that is down, or has no packet to give. */
static void down(void)
{
	struct frame frame = test_frame("q", "p");
	struct prog prog;

	nk_scene(NETKIT_BACKPORT_L2, 0, NULL);
	prog = prog_view(-1);
	nk_attach("p", NK_PRIMARY, &prog);
	watch("prog", &prog);
	place("q", DP_PROTO);
	counters("q");
	step("up");
	frame_observe("p", &frame);
	ip("link set dev q down\n");
	nk_wait_state("p", "lowerlayerdown");
	step("q down");
	frame_observe("p", &frame);
	ip("link set dev q up\n"
	   "link set dev p down\n");
	step("p down");
	frame_observe("p", &frame);
	ip("link set dev p up\n");
	nk_wait_state("p", "up");
	step("up again");
	frame_observe("p", &frame);
}

/* tcx and classic tc stand beside: egress before, ingress after. */
static void beside(void)
{
	unsigned int t;

	for (t = 0; t < ARRAY_SIZE(types); t++) {
		const char *from = sender_of(types[t]);
		const char *to = receiver_of(types[t]);
		struct prog out, prog, in, tc_out, tc_in;
		static const struct {
			const char *name;
			int out, prog, in;
		} rows[] = {
			{ "next", -1, -1, -1 }, { "egress pass", 0, -1, -1 },
			{ "egress drop", 2, -1, -1 }, { "drop", -1, 2, -1 },
			{ "ingress drop", -1, 0, 2 },
			{ "ingress pass", -1, 0, 0 },
		}, *row;

		watch_reset();
		ns_new();
		nk_scene(NETKIT_BACKPORT_L2, 0, NULL);
		out = prog_view(-1);
		prog = prog_view(-1);
		in = prog_view(-1);
		tc_out = prog_view(-1);
		tc_in = prog_view(-1);
		out.dp->id = 1;
		tc_out.dp->id = 2;
		prog.dp->id = 3;
		in.dp->id = 4;
		tc_in.dp->id = 5;
		tc_hook_ensure(from);
		tc_hook_ensure(to);
		tc_filter(from, EGRESS, &tc_out);
		tc_filter(to, INGRESS, &tc_in);
		attach(from, EGRESS, &out);
		attach(to, INGRESS, &in);
		nk_attach("p", types[t], &prog);
		watch("egress", &out);
		watch("tc egress", &tc_out);
		watch("prog", &prog);
		watch("ingress", &in);
		watch("tc ingress", &tc_in);
		place(to, DP_PROTO);
		counters(from);
		counters(to);
		for_each_row(row, rows) {
			out.dp->verdict = row->out;
			prog.dp->verdict = row->prog;
			in.dp->verdict = row->in;
			step("%s,%s", nk_end_name(types[t]), row->name);
			send_observe(to, from);
		}
	}
}

/* A program that changes the packet. */
static void changes(void)
{
	static const struct {
		const char	*name;
		int		arg;
	} rows[] = {
		{ "pull_arg", 40 }, { "change_tail", 60 }, { "change_tail", 900 },
		{ "change_head", 20 }, { "adjust_room", 20 }, { "vlan_push", 7 },
		{ "poke", 30 }, { "set", 0 }, { "clone_redirect", 0 },
		{ "change_type", 3 }, { "change_type", 0 },
	};
	struct prog next;
	unsigned int i;

	nk_scene(NETKIT_BACKPORT_L2, 0, NULL);
	ip("link add name d address 02:00:00:00:00:64 type dummy\n"
	   "link set dev d up\n");
	next = prog_view(-1);
	next.dp->proto = ETH_P_IP;
	nk_attach("p", NK_PRIMARY, &next);
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct prog prog = prog_load(rows[i].name);
		struct frame frame;
		int err;

		prog.dp->proto = ETH_P_IP;
		prog.dp->arg = rows[i].arg;
		prog.dp->set_mark = 0x99;
		prog.dp->set_priority = 3;
		prog.dp->ifindex = dev_index("d");
		err = sys_prog_attach(dev_index("p"), NK_PRIMARY, prog.fd,
				      BPF_F_BEFORE, 0, 0, 0);
		if (err)
			fail("attaching: %s", strerror(-err));
		watch_reset();
		watch("prog", &prog);
		watch("next", &next);
		place("q", ETH_P_IP);
		place("d", ETH_P_ALL);
		counters("q");
		step("%s,%d", rows[i].name, rows[i].arg);
		frame_eth(&frame, "q", "p", ETH_P_IP);
		frame_udp4(&frame, "10.0.0.2", "10.0.0.1", 200);
		frame_observe("p", &frame);
		nk_detach("p", NK_PRIMARY, &prog);
		prog_free(&prog);
	}
}

const struct scenario netkit_packet_scenarios[] = {
	{ "netkit_verdicts", verdicts, true },
	{ "netkit_chain", chain, true },
	{ "netkit_addresses", addresses, true },
	{ "netkit_scrub", scrub, true },
	{ "netkit_down", down, true },
	{ "netkit_beside", beside, true },
	{ "netkit_changes", changes, true },
	{}
};
