// SPDX-License-Identifier: GPL-2.0
/*
 * What programs do to packets, and what they write beside them; packets of
 * unusual form.
 */
#include "scenario.h"

#include <stddef.h>

#include <linux/net_tstamp.h>
#include <linux/tcp.h>
#include <linux/virtio_net.h>

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
		{ "pull", 0 }, { "poke", 20 },
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

/* A TCP segment of 4000 bytes to be cut by 1000, with most of it in pages. */
static int send_gso(const char *dev, int payload, int gso_size)
{
	struct {
		struct virtio_net_hdr vnet;
		struct ethhdr eth;
		struct iphdr ip;
		struct tcphdr tcp;
		unsigned char data[8000];
	} __attribute__((packed)) packet = {};
	struct sockaddr_ll addr = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_IP),
		.sll_ifindex = dev_index(dev),
		.sll_halen = ETH_ALEN,
	};
	int fd = socket(AF_PACKET, SOCK_RAW, 0), on = 1, ret = 0, i;
	int headers = ETH_HLEN + sizeof(packet.ip) + sizeof(packet.tcp);

	if (setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &on, sizeof(on)))
		fail("PACKET_VNET_HDR: %m");
	packet.vnet.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
	packet.vnet.gso_type = gso_size ? VIRTIO_NET_HDR_GSO_TCPV4 : 0;
	packet.vnet.gso_size = gso_size;
	packet.vnet.hdr_len = headers;
	packet.vnet.csum_start = ETH_HLEN + sizeof(packet.ip);
	packet.vnet.csum_offset = offsetof(struct tcphdr, check);
	dev_mac(packet.eth.h_dest, "b");
	dev_mac(packet.eth.h_source, dev);
	packet.eth.h_proto = htons(ETH_P_IP);
	packet.ip.version = 4;
	packet.ip.ihl = 5;
	packet.ip.ttl = 64;
	packet.ip.protocol = IPPROTO_TCP;
	packet.ip.tot_len = htons(headers - ETH_HLEN + payload);
	packet.ip.saddr = inet_addr("10.0.0.1");
	packet.ip.daddr = inet_addr("10.0.0.2");
	packet.ip.check = ip_checksum(&packet.ip, sizeof(packet.ip));
	packet.tcp.source = htons(7);
	packet.tcp.dest = htons(7);
	packet.tcp.doff = 5;
	packet.tcp.ack = 1;
	for (i = 0; i < payload; i++)
		packet.data[i] = i;
	memcpy(addr.sll_addr, packet.eth.h_dest, ETH_ALEN);
	if (sendto(fd, &packet, sizeof(packet.vnet) + headers + payload, 0,
		   (void *)&addr, sizeof(addr)) < 0)
		ret = -errno;
	close(fd);
	return ret;
}

static void gso(void)
{
	static const struct {
		const char *program;
		int arg;
		__u64 flags;
		int verdict;
		const char *target;
	} rows[] = {
		{ "view", 0, 0, -1 }, { "view", 0, 0, 2 }, { "pull", 0, 0, -1 },
		{ "pull_arg", 100, 0, -1 }, { "poke", 20, 0, -1 },
		{ "change_tail", -100, 0, -1 }, { "change_head", 14, 0, -1 },
		{ "adjust_room_mode", 20, BPF_F_ADJ_ROOM_ENCAP_L3_IPV4, -1 },
		{ "adjust_room_mode", 20, 0, -1 },
		{ "adjust_room_mode", 20, BPF_F_ADJ_ROOM_FIXED_GSO, -1 },
		{ "change_proto", ETH_P_IPV6, 0, -1 },
		{ "vlan_push", 5, 0, -1 },
		{ "redirect", 0, 0, 0, "c" }, { "redirect", 0, 1, 0, "c" },
		{ "redirect", 0, 0, 0, "u" }, { "redirect", 0, 0, 0, "t" },
		{ "clone_redirect", 0, 0, -1, "c" },
		{ "redirect", 0, 0, 0, "v" },
	};
	static const int sizes[][2] = { { 4000, 1000 }, { 1400, 0 } };
	unsigned int i, j, k;

	for (i = 0; i < ARRAY_SIZE(types); i++) {
		const char *dev = scene_dev(types[i]);
		int wire;

		scene_pair();
		dev_pair("c", "d", -1);
		ip("link add name u address 02:00:00:00:00:75 type dummy\n"
		   "link set dev u up\n"
		   "link add link c name v type vlan id 5\n"
		   "link set dev v up\n");
		wire = dev_tun("t");
		for (j = 0; j < ARRAY_SIZE(rows); j++) {
			struct prog prog = prog_load(rows[j].program);
			struct prog next = prog_view(TCX_NEXT);

			prog.dp->arg = rows[j].arg;
			prog.dp->flags = rows[j].flags;
			prog.dp->verdict = rows[j].verdict;
			prog.px->mode = BPF_ADJ_ROOM_MAC;
			prog.dp->proto = ETH_P_IP;
			next.dp->proto = 0;
			if (rows[j].target)
				prog.dp->ifindex = dev_index(rows[j].target);
			attach(dev, types[i], &prog);
			attach(dev, types[i], &next);
			watch("prog", &prog);
			watch("next", &next);
			place_named("b:all", "b", ETH_P_ALL);
			place("b", ETH_P_IP);
			place("c", ETH_P_IP);
			place("d", ETH_P_IP);
			place_named("d:all", "d", ETH_P_ALL);
			place_named("u:all", "u", ETH_P_ALL);
			place_fd("wire", dup(wire), true);
			for (k = 0; k < ARRAY_SIZE(sizes); k++) {
				step("%s,%s,%d,%llu,%d,%s,%d", direction[types[i]],
				     rows[j].program, rows[j].arg,
				     rows[j].flags, rows[j].verdict,
				     rows[j].target ?: "", sizes[k][0]);
				say("send", "%s",
				    result(send_gso("a", sizes[k][0],
						    sizes[k][1])));
				observe();
			}
			watch_reset();
			detach(dev, types[i], &prog);
			detach(dev, types[i], &next);
			prog_free(&prog);
			prog_free(&next);
		}
	}
}

/* What one program writes beside the packet, and who finds it: the next one,
 * the bridge's other port, the queue that sends it, another namespace.
 */
static void fields(void)
{
	static const int codes[] = { -1, 0, 3, 99 };
	unsigned int i, j, k;

	for (i = 0; i < ARRAY_SIZE(types); i++) {
		struct prog set, next, c_out, d_in;
		int here, there;

		watch_reset();
		there = ns_new();
		scene_pair();
		here = ns_open();
		dev_pair("c", "d", there);
		ip("link add name x address 02:00:00:00:00:78 type bridge mcast_snooping 0\n"
		   "link set dev x up\n"
		   "link set dev b master x\n"
		   "link set dev c master x\n");
		set = prog_load("set");
		set.dp->set_mark = 0x12345678;
		set.dp->set_priority = 0x10002;
		set.dp->set_tc_index = 0x4321;
		set.dp->set_tc_classid = 0xabcd1234;
		set.dp->set_queue_mapping = 3;
		for (k = 0; k < DP_CBS; k++)
			set.dp->set_cb[k] = 0xcb000000 + k;
		next = prog_view(TCX_PASS);
		c_out = prog_view(TCX_NEXT);
		d_in = prog_view(TCX_NEXT);
		attach(scene_dev(types[i]), types[i], &set);
		attach(scene_dev(types[i]), types[i], &next);
		attach("c", EGRESS, &c_out);
		ns_enter(there);
		attach("d", INGRESS, &d_in);
		watch("d:ingress", &d_in);
		place("d", DP_PROTO);
		ns_enter(here);
		watch("set", &set);
		watch("next", &next);
		watch("c:egress", &c_out);
		queues(DP_PROTO);
		for (j = 0; j < ARRAY_SIZE(codes); j++) {
			struct frame frame = test_frame("d", "a");

			step("%s,%d", direction[types[i]], codes[j]);
			set.dp->verdict = codes[j];
			say("send", "%s",
			    result(packet_send_with("a", &frame, SOL_SOCKET,
						    SO_PRIORITY, 4)));
			settle();
			say("cb", "%x %x %x %x %x", next.dp->cb[0],
			    next.dp->cb[1], next.dp->cb[2], next.dp->cb[3],
			    next.dp->cb[4]);
			observe();
		}
	}
}

/* Which queue a packet takes, and which class of a qdisc. */
static void queue(void)
{
	static const struct {
		__u32 queue, priority, classid, tc_index, mark;
	} rows[] = {
		/* Without one a packet's hash decides, which is random. */
		{ 1 }, { 3 }, { 4 }, { 9 },
		{ 1, 0x10001 }, { 1, 0x10003 }, { 1, 7 }, { 1, 0, 0x10002 },
		{ 2, 0x10001, 0, 5, 6 },
	};
	unsigned int i, pass;

	scene_pair();
	ip("link add name u address 02:00:00:00:00:75 numtxqueues 4 type dummy\n"
	   "link set dev u up\n");
	tc("qdisc add dev a root handle 1: prio bands 3\n");
	for (pass = 0; pass < 2; pass++) {
		struct prog set = prog_load("set");

		set.dp->verdict = pass ? TCX_PASS : TCX_NEXT;
		attach("u", EGRESS, &set);
		attach("a", EGRESS, &set);
		watch("set", &set);
		place("b", DP_PROTO);
		queues(DP_PROTO);
		for (i = 0; i < ARRAY_SIZE(rows); i++) {
			char command[64];
			int band;

			set.dp->set_queue_mapping = rows[i].queue;
			set.dp->set_priority = rows[i].priority;
			set.dp->set_tc_classid = rows[i].classid;
			set.dp->set_tc_index = rows[i].tc_index;
			set.dp->set_mark = rows[i].mark;
			step("u,%d,%u", set.dp->verdict, i);
			send_observe("b", "u");
			step("prio,%d,%u", set.dp->verdict, i);
			send_observe("b", "a");
			for (band = 1; band <= 3; band++) {
				char name[8];

				snprintf(command, sizeof(command),
					 "tc -s class show dev a classid 1:%d",
					 band);
				snprintf(name, sizeof(name), "band%d", band);
				say(name, "%ld", number_from(command, "bytes "));
			}
		}
		watch_reset();
		detach("u", EGRESS, &set);
		detach("a", EGRESS, &set);
	}
}

/* Delivery times. Only whether there is one is printed. */
static int send_txtime(const char *dev, bool set)
{
	struct sock_txtime txtime = { .clockid = CLOCK_MONOTONIC };
	char control[CMSG_SPACE(8)] = {};
	struct frame frame = test_frame("b", "a");
	struct iovec iov = { frame.bytes, frame.len };
	struct sockaddr_ll addr = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(DP_PROTO),
		.sll_ifindex = dev_index(dev),
		.sll_halen = ETH_ALEN,
	};
	struct msghdr msg = {
		.msg_name = &addr,
		.msg_namelen = sizeof(addr),
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *cmsg = (void *)control;
	int fd = socket(AF_PACKET, SOCK_RAW, 0), ret;
	struct timespec now;
	__u64 ns;

	if (setsockopt(fd, SOL_SOCKET, SO_TXTIME, &txtime, sizeof(txtime)))
		fail("SO_TXTIME: %m");
	clock_gettime(CLOCK_MONOTONIC, &now);
	ns = set ? now.tv_sec * 1000000000ull + now.tv_nsec : 0;
	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_TXTIME;
	cmsg->cmsg_len = CMSG_LEN(sizeof(ns));
	memcpy(CMSG_DATA(cmsg), &ns, sizeof(ns));
	ret = sendmsg(fd, &msg, 0) < 0 ? -errno : 0;
	close(fd);
	return ret;
}

static void tstamp(void)
{
	static const char *const programs[] = {
		"view_tstamp", "view_tstamp_type", "write_tstamp", "set_tstamp",
	};
	static const struct {
		__u64 time;
		__u32 type;
	} rows[] = { { 0, 0 }, { 12345, 1 } };
	unsigned int i, j, k, sent;

	for (i = 0; i < ARRAY_SIZE(types); i++) {
		for (j = 0; j < ARRAY_SIZE(programs); j++) {
			for (k = 0; k < ARRAY_SIZE(rows); k++) {
				struct prog prog, next, b_in;

				scene_pair();
				prog = prog_load(programs[j]);
				prog.px->tstamp = rows[k].time;
				prog.px->mode = rows[k].type;
				next = prog_load("view_tstamp");
				b_in = prog_load("view_tstamp_type");
				attach(scene_dev(types[i]), types[i], &prog);
				attach(scene_dev(types[i]), types[i], &next);
				attach("b", INGRESS, &b_in);
				watch("prog", &prog);
				watch("next", &next);
				watch("b:ingress", &b_in);
				place("b", DP_PROTO);
				for (sent = 0; sent < 2; sent++) {
					step("%s,%s,%llu,%u", direction[types[i]],
					     programs[j], rows[k].time, sent);
					say("send", "%s",
					    result(send_txtime("a", sent)));
					observe();
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
	{ "vlan_frames", vlan_frames },
	{ "gso", gso },
	{ "fields", fields },
	{ "queue", queue },
	{ "tstamp", tstamp },
	{ "pkt_types", pkt_types },
	{}
};
