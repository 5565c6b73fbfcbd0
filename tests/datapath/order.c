// SPDX-License-Identifier: GPL-2.0
/*
 * What a return code does, and who comes first: tcx, nftables, XDP, packet
 * sockets. Classic tc is in classic.c.
 *
 * needs: nft
 */
#include "scenario.h"

#include <limits.h>

#include <bpf/libbpf.h>
#include <linux/if_link.h>

static const int types[] = { INGRESS, EGRESS };

/* Every code that has a name in tc, and some that have none. */
static void verdict(void)
{
	static const int codes[] = {
		-1, 0, 2, 7, 1, 3, 4, 5, 6, 8, 9, 99, 256, 1 << 28,
		0x10000002, INT_MAX, INT_MIN, -2, -99,
	};
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(types); i++) {
		struct prog first, second;
		const char *dev = scene_dev(types[i]);

		scene_pair();
		first = prog_verdict(0);
		second = prog_verdict(TCX_PASS);
		attach(dev, types[i], &first);
		attach(dev, types[i], &second);
		watch("first", &first);
		watch("second", &second);
		place("b", DP_PROTO);
		counters("a");
		counters("b");
		drops(DP_PROTO);
		for (j = 0; j < ARRAY_SIZE(codes); j++) {
			step("%s,%d", direction[types[i]], codes[j]);
			first.dp->verdict = codes[j];
			send_observe("b", "a");
		}
		/* From the only program, hence the last one. */
		detach(dev, types[i], &second);
		for (j = 0; j < ARRAY_SIZE(codes); j++) {
			step("%s,%d,alone", direction[types[i]], codes[j]);
			first.dp->verdict = codes[j];
			send_observe("b", "a");
		}
	}
}

/* One program asks for a redirect, another one returns it. */
static void verdict_redirect_of_other(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(types); i++) {
		struct prog ask, ret;
		const char *dev = scene_dev(types[i]);

		scene_pair();
		dev_pair("c", "d", -1);
		ask = prog_load("ask_redirect");
		ask.dp->ifindex = dev_index("c");
		ret = prog_verdict(TCX_REDIRECT);
		attach(dev, types[i], &ask);
		attach(dev, types[i], &ret);
		watch("ask", &ask);
		watch("return", &ret);
		place("b", DP_PROTO);
		place("d", DP_PROTO);
		drops(DP_PROTO);
		step("%s", direction[types[i]]);
		send_observe("b", "a");
		/* It is used up: a second return has nothing to go by. */
		step("%s,again", direction[types[i]]);
		ask.dp->proto = 1;
		send_observe("b", "a");
	}
}

/* As many as there may be; each appends a digit to the mark. */
static void many_programs(void)
{
	enum { N = 63 };
	unsigned int i, j, once, packet;

	for (i = 0; i < ARRAY_SIZE(types); i++) {
		const char *dev = scene_dev(types[i]);
		struct prog progs[N], more;

		scene_pair();
		place("b", DP_PROTO);
		for (j = 0; j < N; j++) {
			progs[j] = prog_verdict(TCX_NEXT);
			progs[j].dp->id = 1 + j % 15;
			attach(dev, types[i], &progs[j]);
		}
		step("%s", direction[types[i]]);
		more = prog_verdict(TCX_NEXT);
		/* Classic tc knows no such limit. */
		if (!cls)
			say("one more", "%s",
			    result(sys_prog_attach(dev_index(dev), types[i],
						   more.fd, 0, 0, 0, 0)));
		for (packet = 0; packet < 3; packet++) {
			unsigned long sum = 0;

			step("%s,%u", direction[types[i]], packet);
			send_observe("b", "a");
			for (j = 0, once = 0; j < N; j++) {
				once += progs[j].dp->packets == 1;
				sum = sum * 31 + progs[j].dp->mark;
				forget(&progs[j]);
			}
			say("progs", "%u saw it once, marks #%lx", once, sum);
		}
		for (j = 0; j < N; j++)
			prog_free(&progs[j]);
		prog_free(&more);
	}
}

static void say_nft(void)
{
	say("nft", "saw %d", nft_count());
}

/* A chain of each priority, made before and after the attachment. 5.10 has
 * none on egress: nothing is attached there then, and that is what it shows.
 * First of all the priority that the netfilter hook has, which stays once there
 * was a program.
 */
static void nft_order(void)
{
	static const int priorities[] = { INT_MIN, -500, 0, 500, INT_MAX };
	unsigned int i, j, later;

	for (i = 0; i < ARRAY_SIZE(types); i++) {
		const char *dev = scene_dev(types[i]);
		struct prog prog;

		scene_pair();
		prog = prog_verdict(TCX_NEXT);
		for (j = 0; j < ARRAY_SIZE(priorities); j++) {
			for (later = 0; later < 2; later++) {
				struct frame frame = test_frame("b", "a");
				bool egress = types[i] == EGRESS;
				int priority = priorities[egress ? 4 - j : j];

				step("%s,%d,%s", direction[types[i]], priority,
				     later ? "later" : "earlier");
				if (egress && !nft_has_egress()) {
					say("nft", "no egress chains");
					continue;
				}
				if (later)
					attach(dev, types[i], &prog);
				nft_chain(dev, direction[types[i]], priority);
				if (!later)
					attach(dev, types[i], &prog);
				watch("tcx", &prog);
				place("b", DP_PROTO);
				drops(DP_PROTO);
				/* nftables drops; tcx drops; nobody does:
				 * their lengths tell which one arrives.
				 */
				prog.dp->verdict = TCX_NEXT;
				say("send1", "%s",
				    result(packet_send_with("a", &frame,
							    SOL_SOCKET,
							    SO_MARK, 1)));
				prog.dp->verdict = TCX_DROP;
				frame_fill(&frame, 101);
				say("send2", "%s",
				    result(packet_send("a", &frame)));
				prog.dp->verdict = TCX_PASS;
				frame_fill(&frame, 102);
				say("send3", "%s",
				    result(packet_send("a", &frame)));
				observe();
				say_nft();
				watch_reset();
				detach(dev, types[i], &prog);
			}
		}
	}
}

static void nft_redirected(void)
{
	static const struct {
		int chain;
		__u64 flags;
	} rows[] = {
		{ INGRESS, BPF_F_INGRESS },
		{ EGRESS, 0 },
	};
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(types); i++) {
		struct prog redirect;

		scene_pair();
		dev_pair("c", "d", -1);
		redirect = prog_load("redirect");
		redirect.dp->ifindex = dev_index("c");
		attach(scene_dev(types[i]), types[i], &redirect);
		watch("redirect", &redirect);
		place("c", DP_PROTO);
		place("d", DP_PROTO);
		for (j = 0; j < ARRAY_SIZE(rows); j++) {
			step("%s to %s chain", direction[types[i]],
			     direction[rows[j].chain]);
			if (rows[j].chain == EGRESS && !nft_has_egress()) {
				say("nft", "no egress chains");
				continue;
			}
			nft_chain("c", direction[rows[j].chain], 0);
			redirect.dp->flags = rows[j].flags;
			send_observe("b", "a");
			say_nft();
		}
	}
}

/* Generic XDP is before it all. */
static void xdp(void)
{
	static const struct {
		const char *program;
		int verdict, arg;
	} rows[] = {
		{ "xdp_verdict", XDP_PASS }, { "xdp_verdict", XDP_DROP },
		{ "xdp_verdict", XDP_ABORTED }, { "xdp_verdict", XDP_TX },
		{ "xdp_verdict", 99 }, { "xdp_meta", XDP_PASS },
		{ "xdp_head", XDP_TX, 0 }, { "xdp_tail", XDP_PASS, -40 },
		{ "xdp_redirect" },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct prog prog, in, a_in, c_out;
		int b;

		scene_pair();
		dev_pair("c", "d", -1);
		b = dev_index("b");
		prog = prog_load(rows[i].program);
		prog.dp->verdict = rows[i].verdict;
		prog.dp->arg = rows[i].arg;
		prog.dp->set_mark = 0xcafe1234;
		prog.dp->ifindex = dev_index("c");
		in = prog_view(TCX_NEXT);
		a_in = prog_view(TCX_NEXT);
		c_out = prog_view(TCX_NEXT);
		attach("b", INGRESS, &in);
		attach("a", INGRESS, &a_in);
		attach("c", EGRESS, &c_out);
		if (bpf_xdp_attach(b, prog.fd, XDP_FLAGS_SKB_MODE, NULL))
			fail("XDP");
		watch("b:ingress", &in);
		watch("a:ingress", &a_in);
		watch("c:egress", &c_out);
		place("b", DP_PROTO);
		place("d", DP_PROTO);
		step("%s,%d", rows[i].program, rows[i].verdict);
		send_observe("b", "a");
		say("xdp", "saw %llu ret=%d", prog.dp->packets, prog.dp->ret);
		bpf_xdp_detach(b, XDP_FLAGS_SKB_MODE, NULL);
	}
}

/* Taps see a packet before ingress and after egress; a program's changes are
 * not for those that saw it before.
 */
static void taps(void)
{
	static const struct {
		const char *program;
		int verdict, arg;
	} rows[] = {
		{ "step", TCX_NEXT }, { "step", TCX_DROP },
		{ "step", TCX_REDIRECT }, { "poke", TCX_PASS, 20 },
		{ "vlan_push", TCX_NEXT, 5 }, { "change_tail", TCX_NEXT, -20 },
	};
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(types); i++) {
		for (j = 0; j < ARRAY_SIZE(rows); j++) {
			struct prog prog;
			struct frame frame;

			scene_pair();
			prog = prog_load(rows[j].program);
			prog.dp->verdict = rows[j].verdict;
			prog.dp->arg = rows[j].arg;
			attach(scene_dev(types[i]), types[i], &prog);
			watch("prog", &prog);
			place_named("tap-a", "a", ETH_P_ALL);
			place_named("tap-b", "b", ETH_P_ALL);
			place("b", DP_PROTO);
			step("%s,%s,%d", direction[types[i]],
			     rows[j].program, rows[j].verdict);
			send_observe("b", "a");
			/* This socket goes round the qdisc, and tcx. */
			step("%s,%s,%d,bypass", direction[types[i]],
			     rows[j].program, rows[j].verdict);
			frame = test_frame("b", "a");
			say("send", "%s",
			    result(packet_send_with("a", &frame, SOL_PACKET,
						    PACKET_QDISC_BYPASS, 1)));
			observe();
		}
	}
}

const struct scenario order_scenarios[] = {
	{ "verdict", verdict },
	{ "verdict_redirect_of_other", verdict_redirect_of_other },
	{ "many_programs", many_programs },
	{ "nft_order", nft_order },
	{ "nft_redirected", nft_redirected },
	{ "xdp", xdp },
	{ "taps", taps },
	{}
};
