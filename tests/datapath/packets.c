// SPDX-License-Identifier: GPL-2.0
/* What programs do to packets; packets of unusual form. */
#include "scenario.h"

#include <bpf/libbpf.h>
#include <linux/if_link.h>

static const int types[] = { INGRESS, EGRESS };

static void modify(void)
{
	static const struct {
		const char *program;
		int arg;
		__u64 flags;
		__u32 mode;
		int proto;
	} rows[] = {
		{ "pull", 0 }, { "poke", 20 }, { "store", 90 },
		{ "change_tail", 50 }, { "change_tail", -40 },
		{ "change_tail", -99 }, { "change_tail", 3000 },
		{ "change_head", 14 }, { "change_head", 0 },
		{ "change_head", 300 },
		{ "change_type", PACKET_OTHERHOST }, { "change_type", 7 },
		{ "vlan_push", 5 }, { "vlan_pop", 0 },
		{ "adjust_room", 8, 0, 0, ETH_P_IP },
		{ "adjust_room", -8, 0, 0, ETH_P_IP },
		{ "adjust_room", 8, 0, 0, DP_PROTO },
		{ "adjust_room_mode", 20, 0, BPF_ADJ_ROOM_MAC, ETH_P_IP },
		{ "adjust_room_mode", -20, 0, BPF_ADJ_ROOM_MAC, ETH_P_IP },
		{ "adjust_room_mode", 20, BPF_F_ADJ_ROOM_ENCAP_L3_IPV4,
		  BPF_ADJ_ROOM_MAC, ETH_P_IP },
		{ "adjust_room_mode", 28, BPF_F_ADJ_ROOM_ENCAP_L3_IPV4 |
		  BPF_F_ADJ_ROOM_ENCAP_L4_UDP, BPF_ADJ_ROOM_MAC, ETH_P_IP },
		{ "change_proto", ETH_P_IPV6, 0, 0, ETH_P_IP },
		{ "change_proto", ETH_P_IP, 0, 0, ETH_P_IPV6 },
		{ "change_proto", ETH_P_IPV6, 0, 0, ETH_P_IPV6 },
	};
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(types); i++) {
		const char *dev = scene_dev(types[i]);

		scene_pair();
		for (j = 0; j < ARRAY_SIZE(rows); j++) {
			int proto = rows[j].proto ?: DP_PROTO;
			struct prog prog = prog_load(rows[j].program);
			struct prog next = prog_view(TCX_NEXT);
			struct frame frame;

			prog.dp->arg = rows[j].arg;
			prog.dp->flags = rows[j].flags;
			prog.px->mode = rows[j].mode;
			prog.dp->proto = proto;
			next.dp->proto = 0;
			attach(dev, types[i], &prog);
			attach(dev, types[i], &next);
			watch("prog", &prog);
			watch("next", &next);
			place_named("b:all", "b", ETH_P_ALL);
			place("b", proto);
			frame_eth(&frame, "b", "a", proto);
			if (proto == ETH_P_IP)
				frame_udp4(&frame, "10.0.0.2", "10.0.0.1", 50);
			else if (proto == ETH_P_IPV6)
				frame_udp6(&frame, "fd09::2", "fd09::1", 50);
			else
				frame_fill(&frame, 100);
			step("%s,%s,%d,%llu,%04x", direction[types[i]],
			     rows[j].program, rows[j].arg, rows[j].flags, proto);
			frame_observe("a", &frame);
			watch_reset();
			detach(dev, types[i], &prog);
			detach(dev, types[i], &next);
			prog_free(&prog);
			prog_free(&next);
		}
	}
}

/* A program that moves the packet's data finds metadata of XDP before it, and
 * what the next program finds there shows where the kernel has put the limits.
 * On the way to "b" somebody else holds a clone, which each of these helpers has
 * to part from.
 */
static void moved(void)
{
	static const struct {
		const char *program;
		int arg;
	} rows[] = {
		{ "view" }, { "store", 60 }, { "clone_redirect" },
		{ "change_head", 14 }, { "change_head", 300 },
		{ "change_tail", 50 }, { "change_tail", -40 },
		{ "vlan_push", 5 }, { "pull" },
		{ "adjust_room", 8 }, { "adjust_room", -8 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct prog xdp, prog, next, last;
		struct frame frame;

		scene_pair();
		dev_pair("c", "d", -1);
		xdp = prog_load("xdp_meta");
		xdp.dp->verdict = XDP_PASS;
		xdp.dp->set_mark = 0xcafe1234;
		prog = prog_load(rows[i].program);
		prog.dp->proto = ETH_P_IP;
		prog.dp->arg = rows[i].arg;
		prog.dp->ifindex = dev_index("c");
		next = prog_view(TCX_NEXT);
		next.dp->proto = 0;
		last = prog_view(TCX_NEXT);
		last.dp->proto = 0;
		if (bpf_xdp_attach(dev_index("b"), xdp.fd, XDP_FLAGS_SKB_MODE,
				   NULL))
			fail("XDP");
		attach("b", INGRESS, &prog);
		attach("b", INGRESS, &next);
		attach("b", INGRESS, &last);
		watch("prog", &prog);
		watch("next", &next);
		watch("last", &last);
		place_named("b:all", "b", ETH_P_ALL);
		place("d", ETH_P_IP);
		frame_eth(&frame, "b", "a", ETH_P_IP);
		frame_udp4(&frame, "10.0.0.2", "10.0.0.1", 50);
		step("%s,%d", rows[i].program, rows[i].arg);
		frame_observe("a", &frame);
	}
}

/* What one program does to a packet, another one undoes, at the same end or at
 * the other: in the order of the table.
 */
static void undone(void)
{
	static const struct {
		const char *name;
		int proto;
		struct {
			const char *program;
			int arg, type;
		} progs[5];
	} rows[] = {
		{ "tag", DP_PROTO, {
			{ "vlan_push", 5, EGRESS },
			{ "vlan_pop", 0, INGRESS } } },
		/* One in the skb, the other one in the packet. */
		{ "tags", DP_PROTO, {
			{ "vlan_push", 5, EGRESS },
			{ "vlan_push", 6, EGRESS },
			{ "view", 0, INGRESS },
			{ "vlan_pop", 0, INGRESS },
			{ "vlan_pop", 0, INGRESS } } },
		{ "room", ETH_P_IP, {
			{ "adjust_room", 8, EGRESS },
			{ "view", 0, EGRESS },
			{ "adjust_room", -8, INGRESS } } },
		{ "room,here", ETH_P_IP, {
			{ "adjust_room", 8, INGRESS },
			{ "view", 0, INGRESS },
			{ "adjust_room", -8, INGRESS } } },
	};
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct prog progs[ARRAY_SIZE(rows[i].progs)];
		struct frame frame;

		scene_pair();
		for (j = 0; j < ARRAY_SIZE(progs) && rows[i].progs[j].program;
		     j++) {
			int type = rows[i].progs[j].type;
			char name[16];

			progs[j] = prog_load(rows[i].progs[j].program);
			progs[j].dp->proto = 0;
			progs[j].dp->arg = rows[i].progs[j].arg;
			attach(scene_dev(type), type, &progs[j]);
			snprintf(name, sizeof(name), "prog%u", j);
			watch(name, &progs[j]);
		}
		place("b", rows[i].proto);
		frame_eth(&frame, "b", "a", rows[i].proto);
		if (rows[i].proto == ETH_P_IP)
			frame_udp4(&frame, "10.0.0.2", "10.0.0.1", 50);
		else
			frame_fill(&frame, 100);
		step("%s", rows[i].name);
		frame_observe("a", &frame);
	}
}

/* Tags in the frame's bytes: one, two, a priority tag, one cut short. */
static void vlan_frames(void)
{
	static const struct {
		const char *name;
		int len;
		unsigned char tags[8];
	} rows[] = {
		{ "one", 4, { 0, 5, 0x88, 0xb5 } },
		{ "two", 8, { 0, 5, 0x81, 0, 0, 6, 0x88, 0xb5 } },
		{ "priority", 4, { 0x60, 0, 0x88, 0xb5 } },
	};
	static const char *const programs[] = { "view", "vlan_push", "vlan_pop" };
	unsigned int i, j, k, qinq;

	for (i = 0; i < ARRAY_SIZE(types); i++) {
		for (k = 0; k < ARRAY_SIZE(programs); k++) {
			struct prog prog, next, in;

			scene_pair();
			prog = prog_load(programs[k]);
			prog.dp->proto = 0;
			prog.dp->arg = 9;
			next = prog_view(TCX_NEXT);
			next.dp->proto = 0;
			in = prog_view(TCX_NEXT);
			in.dp->proto = 0;
			ip("link add link b name f type vlan id 5\n"
			   "link set dev f up\n");
			attach(scene_dev(types[i]), types[i], &prog);
			attach(scene_dev(types[i]), types[i], &next);
			attach("f", INGRESS, &in);
			watch("prog", &prog);
			watch("next", &next);
			watch("f:ingress", &in);
			place_named("b:all", "b", ETH_P_ALL);
			place("f", DP_PROTO);
			for (j = 0; j < ARRAY_SIZE(rows); j++) {
				for (qinq = 0; qinq < 2; qinq++) {
					struct frame frame;

					frame_eth(&frame, "b", "a", qinq ?
						  ETH_P_8021AD : ETH_P_8021Q);
					memcpy(frame.bytes + frame.len,
					       rows[j].tags, rows[j].len);
					frame.len += rows[j].len;
					frame_fill(&frame, 104);
					step("%s,%s,%s,%d", direction[types[i]],
					     programs[k], rows[j].name, qinq);
					frame_observe("a", &frame);
				}
			}
		}
	}
}

static void pkt_types(void)
{
	static const unsigned char macs[][ETH_ALEN] = {
		{ 2, 0, 0, 0, 0, 'b' }, { 2, 0, 0, 0, 0, 'z' },
		{ 255, 255, 255, 255, 255, 255 }, { 1, 0, 94, 1, 2, 3 },
	};
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(types); i++) {
		struct prog prog;

		scene_pair();
		prog = prog_view(TCX_NEXT);
		attach(scene_dev(types[i]), types[i], &prog);
		watch("prog", &prog);
		place("b", DP_PROTO);
		for (j = 0; j < ARRAY_SIZE(macs); j++) {
			struct frame frame = test_frame("b", "a");

			memcpy(frame.bytes, macs[j], ETH_ALEN);
			step("%s,%u", direction[types[i]], j);
			frame_observe("a", &frame);
		}
	}
}

const struct scenario packet_scenarios[] = {
	{ "modify", modify },
	{ "moved", moved },
	{ "undone", undone },
	{ "vlan_frames", vlan_frames },
	{ "pkt_types", pkt_types },
	{}
};
