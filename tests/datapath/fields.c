// SPDX-License-Identifier: GPL-2.0
/* What programs write beside a packet, and who finds it. */
#include "scenario.h"

#include <linux/net_tstamp.h>

static const int types[] = { INGRESS, EGRESS };

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

const struct scenario field_scenarios[] = {
	{ "fields", fields },
	{ "queue", queue },
	{ "tstamp", tstamp },
	{}
};
