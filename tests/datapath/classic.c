// SPDX-License-Identifier: GPL-2.0
/*
 * Classic tc beside tcx. It has a part of its own here: no cls_bpf transcript.
 */
#include "scenario.h"

static const int types[] = { INGRESS, EGRESS };

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
		tc_hook_ensure(dev);
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
			tc_hook_ensure(dev);
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
			tc_hook_ensure(dev);
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

/* Classic tc comes and goes beside tcx, and then tcx goes. */
static void clsact(void)
{
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(types); i++) {
		const char *dev = scene_dev(types[i]);
		struct prog tcx, filter;

		scene_pair();
		tcx = prog_view(TCX_NEXT);
		filter = prog_view(TCX_NEXT);
		attach(dev, types[i], &tcx);
		watch("tcx", &tcx);
		watch("tc", &filter);
		place("b", DP_PROTO);
		for (j = 0; j < 3; j++) {
			step("%s,%u,tcx", direction[types[i]], j);
			send_observe("b", "a");
			step("%s,%u,clsact", direction[types[i]], j);
			tc_hook_ensure(dev);
			send_observe("b", "a");
			step("%s,%u,filter", direction[types[i]], j);
			tc_filter(dev, types[i], &filter);
			send_observe("b", "a");
			tc_unhook(dev);
		}
		step("%s,clsact gone", direction[types[i]]);
		send_observe("b", "a");
		step("%s,tcx gone", direction[types[i]]);
		tc_hook_ensure(dev);
		tc_filter(dev, types[i], &filter);
		detach(dev, types[i], &tcx);
		send_observe("b", "a");
	}
}

const struct scenario classic_scenarios[] = {
	{ "classic", classic, true },
	{ "classic_filters", classic_filters, true },
	{ "classic_redirects", classic_redirects, true },
	{ "clsact", clsact, true },
	{}
};
