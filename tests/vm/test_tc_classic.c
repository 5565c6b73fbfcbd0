// SPDX-License-Identifier: GPL-2.0
/*
 * tcx and classic tc on one device: who gets which packet, what classic tc's
 * own statistics then say, and that nobody who looks at tc sees tcx. The
 * netfilter hook differs where docs/differences.md says so: there classic tc comes first on
 * ingress, and TCX_PASS skips it in neither direction.
 */
#include "datapath.h"
#include "module.h"
#include "tc_net.h"

FIXTURE(classic) {
	bool netfilter;
	const char *dev;
	unsigned int len;	/* of the test's packet, as tc counts it */
	int at_b, at_d, at_f;
};

FIXTURE_VARIANT(classic) {
	int type;
};

FIXTURE_VARIANT_ADD(classic, ingress) { .type = INGRESS };
FIXTURE_VARIANT_ADD(classic, egress) { .type = EGRESS };

/* Classic tc redirects to c, and so to d; tcx to e, and so to f. */
FIXTURE_SETUP(classic)
{
	self->netfilter = hook_is_netfilter();
	scene_pair();
	dev_pair("c", "d", -1);
	dev_pair("e", "f", -1);
	self->dev = scene_dev(variant->type);
	self->len = variant->type == EGRESS ? 100 : 100 - ETH_HLEN;
	self->at_b = packet_socket("b", DP_PROTO);
	self->at_d = packet_socket("d", DP_PROTO);
	self->at_f = packet_socket("f", DP_PROTO);
}

FIXTURE_TEARDOWN(classic)
{
}

enum outcome { PASSES, DROPS, GOES_TO_D, COPIED_TO_D };

/* D, Q and F stand for the device, the qdisc's options, and where its filters
 * are. The action that counts is the first one shown.
 */
struct setup {
	const char *name;
	const char *qdisc;	/* NULL: none */
	const char *filters;
	enum outcome outcome;
	unsigned int hits;	/* of the first action, per packet */
	bool ingress_only;
	bool block;		/* filters are in block 10 */
	bool unentered;		/* nothing in chain 0: the kernel does not go in */
	bool all_verdicts;
};

/* skip_hw: Linux 5.10 reads out of bounds where it offers the device a filter with
 * an action that is pipe, continue or reclassify (tc_setup_flow_action()).
 */
static const struct setup setups[] = {
	{ "no qdisc" },
	{ "clsact without filters", "clsact" },
	{ "ingress without filters", "ingress", .ingress_only = true },
	{ "pass", "clsact",
	  "filter add F matchall action pass\n",
	  PASSES, 1, .all_verdicts = true },
	{ "ok, then drop which is not reached", "clsact",
	  "filter add F pref 1 matchall action ok\n"
	  "filter add F pref 2 matchall action drop\n",
	  PASSES, 1 },
	{ "drop", "clsact",
	  "filter add F matchall action drop\n",
	  DROPS, 1, .all_verdicts = true },
	{ "ingress qdisc, drop", "ingress",
	  "filter add F matchall action drop\n",
	  DROPS, 1, .ingress_only = true },
	{ "ingress qdisc, pass", "ingress",
	  "filter add F matchall action pass\n",
	  PASSES, 1, .ingress_only = true },
	{ "pipe to the end of the actions", "clsact",
	  "filter add F matchall skip_hw action pipe\n",
	  PASSES, 1 },
	{ "pipe, then drop", "clsact",
	  "filter add F matchall skip_hw action pipe action drop\n",
	  DROPS, 1 },
	{ "continue, no more filters", "clsact",
	  "filter add F matchall skip_hw action continue\n",
	  PASSES, 1 },
	{ "continue, then drop", "clsact",
	  "filter add F pref 1 matchall skip_hw action continue\n"
	  "filter add F pref 2 matchall action drop\n",
	  DROPS, 1 },
	{ "mirred redirect", "clsact",
	  "filter add F matchall action mirred egress redirect dev c\n",
	  GOES_TO_D, 1 },
	{ "mirred mirror", "clsact",
	  "filter add F matchall action mirred egress mirror dev c\n",
	  COPIED_TO_D, 1 },
	{ "flower matches", "clsact",
	  "filter add F pref 1 flower dst_mac 02:00:00:00:00:62 action drop\n"
	  "filter add F pref 2 matchall action pass\n",
	  DROPS, 1 },
	{ "flower does not match", "clsact",
	  "filter add F pref 1 flower dst_mac 02:00:00:00:00:7a action drop\n",
	  PASSES, 0 },
	/* What classic tc keeps beside the packet a program has overwritten: it
	 * must not say that the packet has been through conntrack.
	 */
	{ "flower, not tracked", "clsact",
	  "filter add F pref 1 flower ct_state -trk action drop\n",
	  DROPS, 1 },
	{ "u32 matches", "clsact",
	  "filter add F pref 1 protocol 0x88b5 u32 match u32 0 0 action drop\n",
	  DROPS, 1 },
	{ "another protocol's filter", "clsact",
	  "filter add F pref 1 protocol ip matchall action drop\n",
	  PASSES, 0 },
	{ "goto chain, drop there", "clsact",
	  "filter add F pref 1 matchall action goto chain 5\n"
	  "filter add F pref 1 chain 5 matchall action drop\n",
	  DROPS, 1 },
	{ "goto chain, nothing matches there", "clsact",
	  "filter add F pref 1 matchall action goto chain 5\n"
	  "filter add F pref 1 chain 5 flower dst_mac 02:00:00:00:00:7a action drop\n"
	  "filter add F pref 2 matchall action drop\n",
	  PASSES, 1 },
	{ "goto chain, redirect there", "clsact",
	  "filter add F pref 1 matchall action goto chain 5\n"
	  "filter add F pref 1 chain 5 matchall action mirred egress redirect dev c\n",
	  GOES_TO_D, 1 },
	{ "chain 5 alone is not entered", "clsact",
	  "filter add F pref 1 chain 5 matchall action drop\n",
	  PASSES, 0, .unentered = true },
	{ "reclassify meets an earlier filter", "clsact",
	  "filter add F pref 2 matchall skip_hw action skbedit mark 1 reclassify\n"
	  "filter add F pref 1 protocol 0x88b5 handle 1 fw action drop\n",
	  DROPS, 1 },
	{ "reclassify for ever is dropped", "clsact",
	  "filter add F matchall skip_hw action reclassify\n",
	  DROPS, 17 },
	{ "reclassify after goto chain begins at chain 0", "clsact",
	  "filter add F pref 2 matchall action goto chain 5\n"
	  "filter add F pref 1 chain 5 matchall skip_hw action skbedit mark 1 reclassify\n"
	  "filter add F pref 1 protocol 0x88b5 handle 1 fw action drop\n",
	  DROPS, 1 },
	{ "shared block, pass", "Q 10 clsact",
	  "filter add F matchall action pass\n",
	  PASSES, 1, .block = true },
	{ "shared block, goto chain, drop", "Q 10 clsact",
	  "filter add F pref 1 matchall action goto chain 3\n"
	  "filter add F pref 1 chain 3 matchall action drop\n",
	  DROPS, 1, .block = true },
};

static void substitute(char *out, size_t size, const char *in,
		       int type, const char *where)
{
	const char *text;
	size_t len = 0;

	for (; *in && len < size - 1; in++) {
		char one[2] = { *in };

		text = one;
		if (!strncmp(in, "F ", 2))
			text = where;
		else if (!strncmp(in, "Q ", 2))
			text = type == EGRESS ? "egress_block" : "ingress_block";
		len += snprintf(out + len, size - len, "%s", text);
	}
	out[len < size ? len : size - 1] = '\0';
}

/* All that tc tells of the device. Lines about what it does not have are
 * refused, hence -force; the refusals are part of the answer.
 */
static char *all_there_is(const char *dev)
{
	int lines = memfd_create("lines", 0);
	char command[80], *text;

	dprintf(lines, "qdisc show\nfilter show dev %s ingress\n"
		"filter show dev %s egress\nchain show dev %s ingress\n"
		"chain show dev %s egress\nfilter show block 10\n"
		"chain show block 10\n", dev, dev, dev, dev);
	snprintf(command, sizeof(command),
		 "tc -d -force -batch /proc/self/fd/%d 2>&1 || :", lines);
	text = output_of(command);
	close(lines);
	if (!strstr(text, "qdisc noqueue"))
		fail("tc does not tell of the devices:\n%s", text);
	return text;
}

static const struct {
	int verdict;
	bool next;
} verdicts[] = {
	{ TCX_NEXT, true }, { TCX_PASS }, { TCX_DROP }, { TCX_REDIRECT },
	{ TC_ACT_RECLASSIFY, true }, { TC_ACT_GOTO_CHAIN | 5, true },
	/* These in some rows only. */
	{ TC_ACT_PIPE, true }, { TC_ACT_STOLEN, true },
	{ TC_ACT_QUEUED, true }, { TC_ACT_REPEAT, true },
	{ TC_ACT_TRAP, true }, { 99, true }, { -2, true },
	{ TC_ACT_JUMP | 1, true },
};

#define ROWS		ARRAY_SIZE(verdicts)
#define COMMON_ROWS	6

TEST_F_TIMEOUT(classic, order_and_statistics, 240)
{
	bool nf_first = self->netfilter && variant->type == INGRESS;
	struct prog redirect = prog_load("redirect");
	struct prog step = prog_step();
	unsigned int i, k;

	redirect.dp->ifindex = dev_index("e");
	for (i = 0; i < ARRAY_SIZE(setups); i++) {
		const struct setup *s = &setups[i];
		char where[64], qdisc[64], filters[1024];
		char *before_attach, *after_attach;
		struct tc_count want = {}, count, action;
		unsigned int classic = 0;
		bool counted = s->filters && !s->unentered;
		bool takes = s->outcome == DROPS || s->outcome == GOES_TO_D;
		unsigned int rows = s->all_verdicts ? ROWS : COMMON_ROWS;

		if (s->ingress_only && variant->type == EGRESS)
			continue;
		if (s->block)
			strcpy(where, "block 10 ");
		else
			snprintf(where, sizeof(where), "dev %s %s", self->dev,
				 direction[variant->type]);
		if (s->qdisc) {
			substitute(qdisc, sizeof(qdisc), s->qdisc,
				   variant->type, where);
			substitute(filters, sizeof(filters), s->filters ?: "",
				   variant->type, where);
			tc("qdisc add dev %s %s\n%s", self->dev, qdisc, filters);
		}
		before_attach = all_there_is(self->dev);
		attach(self->dev, variant->type, &step);
		after_attach = all_there_is(self->dev);
		EXPECT_STREQ(before_attach, after_attach);
		free(after_attach);

		for (k = 0; k < rows; k++) {
			int verdict = verdicts[k].verdict;
			bool stops = verdict == TCX_DROP ||
				     verdict == TCX_REDIRECT;
			bool tc_runs, tcx_runs, delivered, at_d, at_f;
			struct prog *prog = &step;
			int before = row_begin(_metadata);

			if (self->netfilter)
				tc_runs = nf_first || !stops;
			else
				tc_runs = verdicts[k].next;
			tcx_runs = !(nf_first && takes);
			delivered = !stops && !(tc_runs && takes);
			at_d = tc_runs && (s->outcome == GOES_TO_D ||
					   s->outcome == COPIED_TO_D);
			at_f = tcx_runs && verdict == TCX_REDIRECT;

			if (verdict == TCX_REDIRECT) {
				attach(self->dev, variant->type, &redirect);
				detach(self->dev, variant->type, &step);
				prog = &redirect;
			}
			forget(prog);
			prog->dp->verdict = verdict;
			send_test_frame("b", "a");
			if (tc_runs && counted) {
				want.packets++;
				want.bytes += self->len;
				want.drops += s->outcome == DROPS;
				classic++;
			}
			EXPECT_EQ(delivered,
				  packet_count(self->at_b, delivered));
			EXPECT_EQ(at_d, packet_count(self->at_d, at_d));
			EXPECT_EQ(at_f, packet_count(self->at_f, at_f));
			EXPECT_EQ(tcx_runs, prog->dp->packets);
			if (s->qdisc) {
				count = qdisc_count(self->dev);
				EXPECT_EQ(want.packets, count.packets);
				EXPECT_EQ(want.bytes, count.bytes);
				EXPECT_EQ(want.drops, count.drops);
			}
			if (verdict == TCX_REDIRECT) {
				attach(self->dev, variant->type, &step);
				detach(self->dev, variant->type, &redirect);
			}
			row_end(_metadata, before, "%s, verdict %d", s->name,
				verdict);
		}
		if (s->hits) {
			int before = row_begin(_metadata);

			action = action_count(where);
			EXPECT_EQ(classic * s->hits, action.packets);
			EXPECT_EQ(classic * s->hits * self->len, action.bytes);
			row_end(_metadata, before, "actions of %s", s->name);
		}

		/* Gone without a trace: what there is, is as it was. */
		detach(self->dev, variant->type, &step);
		after_attach = all_there_is(self->dev);
		EXPECT_STREQ(before_attach, after_attach);
		free(before_attach);
		free(after_attach);
		ASSERT_EQ(0, s->qdisc ? qdisc_del(dev_index(self->dev)) : 0);
	}
}

/* Who subscribes to changes of links and tc hears nothing of tcx either, and ip
 * shows nothing.
 */
TEST_F(classic, no_notifications)
{
	const int groups[] = { RTNLGRP_LINK, RTNLGRP_TC, RTNLGRP_NOTIFY };
	char *without, *with;
	struct prog prog = prog_step();
	unsigned int i;
	char buffer[4096];
	int fd, link;

	tc_hook(self->dev);
	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
		    NETLINK_ROUTE);
	ASSERT_GE(fd, 0);
	ASSERT_EQ(0, bind(fd, (void *)&(struct sockaddr_nl){
			  .nl_family = AF_NETLINK }, sizeof(struct sockaddr_nl)));
	for (i = 0; i < ARRAY_SIZE(groups); i++) {
		ASSERT_EQ(0, setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP,
					&groups[i], sizeof(groups[i])));
	}
	without = output_of("ip -d link show");
	attach(self->dev, variant->type, &prog);
	link = sys_link_create(dev_index(self->dev), variant->type,
			       prog_step().fd, 0, 0, 0);
	EXPECT_GE(link, 0);
	with = output_of("ip -d link show");
	EXPECT_STREQ(without, with);
	free(without);
	free(with);
	close(link);
	detach(self->dev, variant->type, &prog);
	EXPECT_EQ(-1, recv(fd, buffer, sizeof(buffer), 0));
	EXPECT_EQ(EAGAIN, errno);

	/* It would have heard. */
	tc_unhook(self->dev);
	EXPECT_GT(recv(fd, buffer, sizeof(buffer), 0), 0);
}

/* A classid that classic tc gives is the packet's tc_index. It shows on the way
 * on: after egress at the peer, after ingress where a bridge sends it out.
 */
TEST_F(classic, tc_index)
{
	struct prog step = prog_step(), reader = prog_step();

	if (variant->type == INGRESS) {
		ip("link add name r type bridge\n"
		   "link set dev r up\n"
		   "link set dev b master r\n"
		   "link set dev c master r\n");
		attach("c", EGRESS, &reader);
	} else {
		attach("b", INGRESS, &reader);
	}
	tc_hook(self->dev);
	tc("filter add dev %s %s u32 match u32 0 0 flowid 1:7\n", self->dev,
	   direction[variant->type]);
	attach(self->dev, variant->type, &step);
	/* No more than the bridge needs to forward on its new port. */
	wait_for((send_test_frame("z", "a"), reader.dp->packets));
	forget(&reader);
	reader.dp->tc_index = 0;
	send_test_frame("z", "a");
	ASSERT_EQ(1, seen(&reader, 1));
	EXPECT_EQ(7, reader.dp->tc_index);
}

/* One block on the ingress of b and d and on the egress of a: its filters come
 * and go for all three, wherever there are programs.
 */
TEST_F(classic, one_block_of_many_devices)
{
	struct prog b = prog_step(), a = prog_step(), d = prog_step();
	const int with = variant->type == INGRESS;
	struct tc_count count;
	int round;

	tc("qdisc add dev b ingress_block 10 clsact\n"
	   "qdisc add dev d ingress_block 10 clsact\n"
	   "qdisc add dev a egress_block 10 clsact\n");
	for (round = 0; round < 4; round++) {
		/* Programs at one or the other, then at all. */
		if (round == 0)
			attach(with ? "b" : "a", variant->type, with ? &b : &a);
		if (round == 1)
			attach("d", INGRESS, &d);
		if (round == 2)
			attach(with ? "a" : "b", with ? EGRESS : INGRESS,
			       with ? &a : &b);
		if (round == 3)
			detach(with ? "b" : "a", variant->type, with ? &b : &a);
		forget(&a);
		forget(&b);
		forget(&d);
		send_test_frame("b", "a");
		EXPECT_EQ(1, packet_count(self->at_b, 1));
		tc("filter add block 10 pref 5 matchall action pass\n");
		send_test_frame("b", "a");
		send_test_frame("d", "c");
		EXPECT_EQ(1, packet_count(self->at_b, 1));
		EXPECT_EQ(1, packet_count(self->at_d, 1));
		count = action_count("block 10");
		/* a's egress, b's ingress, d's ingress */
		EXPECT_EQ(3, count.packets);
		EXPECT_EQ(100 + 2 * (100 - ETH_HLEN), count.bytes);

		tc("filter add block 10 pref 1 matchall action drop\n");
		send_test_frame("b", "a");
		send_test_frame("d", "c");
		EXPECT_EQ(0, packet_count(self->at_b, 0));
		EXPECT_EQ(0, packet_count(self->at_d, 0));
		count = action_count("block 10");
		EXPECT_EQ(2, count.packets);
		EXPECT_EQ(2, count.drops);

		tc("filter del block 10 pref 1\n"
		   "filter del block 10 pref 5\n");
		send_test_frame("b", "a");
		send_test_frame("d", "c");
		EXPECT_EQ(1, packet_count(self->at_b, 1));
		EXPECT_EQ(1, packet_count(self->at_d, 1));
		/* What a drops never reaches b. With the netfilter hook what
		 * b's and d's classic tc drops does not reach tcx.
		 */
		if (round == 2) {
			EXPECT_EQ(4, a.dp->packets);
			EXPECT_EQ(3, b.dp->packets);
		}
		EXPECT_EQ(!round ? 0 : self->netfilter ? 2 : 3,
			  d.dp->packets);
	}

	/* One leaves, the others stay. */
	tc("filter add block 10 pref 5 matchall action drop\n");
	tc("qdisc del dev d clsact\n");
	send_test_frame("d", "c");
	EXPECT_EQ(1, packet_count(self->at_d, 1));
	tc("qdisc add dev d ingress_block 10 clsact\n");
	send_test_frame("d", "c");
	EXPECT_EQ(0, packet_count(self->at_d, 0));
	detach("d", INGRESS, &d);
	send_test_frame("d", "c");
	EXPECT_EQ(0, packet_count(self->at_d, 0));
	ip("link del dev d\n");
	send_test_frame("b", "a");
	EXPECT_EQ(0, packet_count(self->at_b, 0));
	tc("filter del block 10 pref 5\n");
	send_test_frame("b", "a");
	EXPECT_EQ(1, packet_count(self->at_b, 1));
}

TEST_HARNESS_MAIN
