// SPDX-License-Identifier: GPL-2.0
/*
 * What a return code does, and who comes first: tcx, classic tc, nftables, XDP,
 * packet sockets.
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

static void many_programs(void)
{
	enum { N = 63 };
	unsigned int i, j, n;

	for (i = 0; i < ARRAY_SIZE(types); i++) {
		struct prog progs[N];
		unsigned long sum = 0;

		scene_pair();
		place("b", DP_PROTO);
		for (j = 0; j < N; j++) {
			progs[j] = prog_verdict(TCX_NEXT);
			progs[j].dp->id = 1 + j % 15;
			attach(scene_dev(types[i]), types[i], &progs[j]);
		}
		step("%s", direction[types[i]]);
		send_observe("b", "a");
		for (j = 0, n = 0; j < N; j++) {
			n += progs[j].dp->packets;
			sum = sum * 31 + progs[j].dp->mark;
		}
		say("progs", "saw %u marks #%lx", n, sum);
		for (j = 0; j < N; j++)
			prog_free(&progs[j]);
	}
}

static void say_classic(const char *dev, int type)
{
	char command[128];
	long packets, dropped;

	snprintf(command, sizeof(command), "tc -s qdisc show dev %s clsact", dev);
	packets = number_from(command, "bytes ");
	dropped = number_from(command, "dropped ");
	say("clsact", "%ld packets, %ld dropped", packets, dropped);
}

/* Each code of tcx with each of classic tc after it. */
static void classic(void)
{
	static const int tcx_codes[] = { -1, 0, 2, 7, 1, 3, 4, 99 };
	static const int tc_codes[] = { -1, 0, 2, 3, 4, 8, 7, 99 };
	unsigned int i, j, k;

	for (i = 0; i < ARRAY_SIZE(types); i++) {
		struct prog tcx, last;
		const char *dev = scene_dev(types[i]);

		scene_pair();
		tcx = prog_verdict(0);
		last = prog_verdict(0);
		tcx.dp->id = 1;
		last.dp->id = 2;
		tc_hook(dev);
		attach(dev, types[i], &tcx);
		tc_filter(dev, types[i], &last);
		watch("tcx", &tcx);
		watch("tc", &last);
		place("b", DP_PROTO);
		drops(DP_PROTO);
		for (j = 0; j < ARRAY_SIZE(tcx_codes); j++) {
			for (k = 0; k < ARRAY_SIZE(tc_codes); k++) {
				/* One code of tc will do for most of tcx. */
				if (j > 1 && k > 2)
					break;
				step("%s,%d+%d", direction[types[i]],
				     tcx_codes[j], tc_codes[k]);
				tcx.dp->verdict = tcx_codes[j];
				last.dp->verdict = tc_codes[k];
				send_observe("b", "a");
			}
		}
		step("%s,statistics", direction[types[i]]);
		say_classic(dev, types[i]);
	}
}

/* What tcx writes beside the packet is what classic tc finds there, or the
 * other way round; filters other than cls_bpf, chains, several priorities.
 */
static void classic_filters(void)
{
	static const struct {
		const char *name, *filters;
	} rows[] = {
		{ "none", "" },
		{ "matchall-drop", "filter add dev %s %s matchall action drop\n" },
		{ "fw-mark", "filter add dev %s %s prio 1 protocol all handle 7 fw action drop\n" },
		{ "u32-chain",
		  "filter add dev %s %s prio 1 protocol all chain 0 matchall action goto chain 5\n"
		  "filter add dev %s %s prio 1 protocol all chain 5 matchall action drop\n" },
		{ "skbedit", "filter add dev %s %s prio 1 protocol all matchall action skbedit mark 9 priority 1:2 pipe\n" },
		{ "reclassify",
		  "filter add dev %s %s prio 1 protocol all handle 7 fw action skbedit mark 8 reclassify\n"
		  "filter add dev %s %s prio 2 protocol all handle 8 fw action drop\n" },
		{ "trap", "filter add dev %s %s prio 1 protocol all matchall action trap\n" },
	};
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(types); i++) {
		const char *dev = scene_dev(types[i]);
		const char *dir = direction[types[i]];

		for (j = 0; j < ARRAY_SIZE(rows); j++) {
			struct prog tcx, behind;

			scene_pair();
			tcx = prog_load("set");
			tcx.dp->set_mark = 7;
			behind = prog_view(TCX_NEXT);
			tc_hook(dev);
			tc(rows[j].filters, dev, dir, dev, dir);
			attach(dev, types[i], &tcx);
			attach(dev, types[i], &behind);
			watch("tcx", &tcx);
			watch("tcx2", &behind);
			place("b", DP_PROTO);
			drops(DP_PROTO);
			step("%s,%s", dir, rows[j].name);
			send_observe("b", "a");
			say_classic(dev, types[i]);
		}
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
				/* nftables drops; tcx drops; nobody does. */
				prog.dp->verdict = TCX_NEXT;
				say("send1", "%s",
				    result(packet_send_with("a", &frame,
							    SOL_SOCKET,
							    SO_MARK, 1)));
				prog.dp->verdict = TCX_DROP;
				say("send2", "%s",
				    result(packet_send("a", &frame)));
				prog.dp->verdict = TCX_PASS;
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

/* What classic tc sends elsewhere meets tcx there. */
static void classic_redirects(void)
{
	static const struct {
		const char *mirred;	/* NULL: cls_bpf */
		__u64 flags;
	} rows[] = {
		{ "egress redirect" }, { "ingress redirect" },
		{ "egress mirror" }, { "ingress mirror" },
		{ NULL, 0 }, { NULL, BPF_F_INGRESS },
	};
	unsigned int i, j, drop;

	for (i = 0; i < ARRAY_SIZE(types); i++) {
		const char *dev = scene_dev(types[i]);

		for (j = 0; j < ARRAY_SIZE(rows); j++) {
			struct prog redirect, in, out, drop_all;

			scene_pair();
			dev_pair("c", "d", -1);
			redirect = prog_load("redirect");
			in = prog_view(TCX_NEXT);
			out = prog_view(TCX_NEXT);
			tc_hook(dev);
			if (rows[j].mirred) {
				tc("filter add dev %s %s protocol 0x88b5 matchall action mirred %s dev c\n",
				   dev, direction[types[i]], rows[j].mirred);
			} else {
				redirect.dp->ifindex = dev_index("c");
				redirect.dp->flags = rows[j].flags;
				tc_filter(dev, types[i], &redirect);
			}
			attach("c", INGRESS, &in);
			attach("c", EGRESS, &out);
			watch("c:ingress", &in);
			watch("c:egress", &out);
			place("b", DP_PROTO);
			place("c", DP_PROTO);
			place("d", DP_PROTO);
			drops(DP_PROTO);
			counters("c");
			for (drop = 0; drop < 2; drop++) {
				step("%s,%s%llu,%s", direction[types[i]],
				     rows[j].mirred ?: "bpf ", rows[j].flags,
				     drop ? "drop" : "next");
				in.dp->verdict = drop ? TCX_DROP : TCX_NEXT;
				out.dp->verdict = in.dp->verdict;
				send_observe("b", "a");
			}
			/* A tcx program before the redirect. */
			step("%s,%s%llu,dropped before", direction[types[i]],
			     rows[j].mirred ?: "bpf ", rows[j].flags);
			drop_all = prog_verdict(TCX_DROP);
			attach(dev, types[i], &drop_all);
			watch("drop", &drop_all);
			send_observe("b", "a");
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
		prog.dp->set_mark = 0xcafe;
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
	{ "classic", classic, true },
	{ "classic_filters", classic_filters, true },
	{ "classic_redirects", classic_redirects, true },
	{ "nft_order", nft_order },
	{ "nft_redirected", nft_redirected },
	{ "xdp", xdp },
	{ "taps", taps },
	{}
};
