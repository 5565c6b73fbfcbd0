// SPDX-License-Identifier: GPL-2.0
/*
 * Who comes first: tcx, nftables, classic tc, XDP. Here the netfilter hook
 * differs from native tcx; each difference has a row or an expectation of its
 * own, so that it cannot vanish, or grow, unnoticed.
 *
 * needs: nft
 */
#include <limits.h>
#include <sys/utsname.h>
#include <linux/if_link.h>

#include "datapath.h"

FIXTURE(order) {
	bool netfilter;
	int delivered;	/* to device b */
};

FIXTURE_VARIANT(order) {
	int type;
};

FIXTURE_VARIANT_ADD(order, ingress) { .type = INGRESS };
FIXTURE_VARIANT_ADD(order, egress) { .type = EGRESS };

FIXTURE_SETUP(order)
{
	self->netfilter = hook_is_netfilter();
	scene_pair();
	self->delivered = packet_socket("b", DP_PROTO);
}

FIXTURE_TEARDOWN(order)
{
}

/* Linux has netfilter's egress hook since 5.16: there is no chain to compare with
 * before, and that must be why.
 */
static bool has_egress(struct __test_metadata *_metadata)
{
	unsigned int major = 0, minor = 0;
	struct utsname uts;
	bool has = nft_has_egress();

	uname(&uts);
	sscanf(uts.release, "%u.%u", &major, &minor);
	EXPECT_EQ(major * 1000 + minor >= 5016, has);
	return has;
}

/* Ingress: tcx first; egress: nftables first, whatever the chain's priority.
 * The netfilter hook has the lowest and the highest one, which a chain may
 * have too: then it depends on who was there first. That priority's turn comes
 * first, since the hook stays once the device has had a program.
 */
TEST_F(order, nftables)
{
	static const int priorities[] = { INT_MIN, -500, 0, 500, INT_MAX };
	const char *dev = scene_dev(variant->type);
	struct frame frame = test_frame("b", "a");
	struct prog prog = prog_step();
	unsigned int i;
	int later;

	if (variant->type == EGRESS && !has_egress(_metadata))
		return;
	for (i = 0; i < 2 * ARRAY_SIZE(priorities); i++) {
		bool nft_first = variant->type == EGRESS;
		int priority = priorities[nft_first ? 4 - i / 2 : i / 2];
		int before = row_begin(_metadata);

		later = i % 2;	/* the chain comes after the program */
		if (self->netfilter) {
			if (nft_first && priority == INT_MAX)
				nft_first = later;
			if (!nft_first && variant->type == INGRESS &&
			    priority == INT_MIN)
				nft_first = later;
		}
		forget(&prog);
		if (later)
			attach(dev, variant->type, &prog);
		nft_chain(dev, direction[variant->type], priority);
		if (!later)
			attach(dev, variant->type, &prog);

		/* nftables drops; tcx drops; nobody drops. */
		prog.dp->verdict = TCX_NEXT;
		packet_send_with("a", &frame, SOL_SOCKET, SO_MARK, 1);
		prog.dp->verdict = TCX_DROP;
		packet_send("a", &frame);
		EXPECT_EQ(0, packet_count(self->delivered, 0));
		prog.dp->verdict = TCX_PASS;
		packet_send("a", &frame);
		EXPECT_EQ(1, packet_count(self->delivered, 1));
		EXPECT_EQ(nft_first ? 2 : 3, prog.dp->packets);
		EXPECT_EQ(nft_first ? 3 : 2, nft_count());
		row_end(_metadata, before, "priority %d, chain %s", priority,
			later ? "later" : "earlier");
		detach(dev, variant->type, &prog);
	}
}

/* What a tcx program redirects to another device's egress is natively hidden
 * from nftables there; with the netfilter hook it is not.
 */
TEST_F(order, redirected_meets_nftables)
{
	struct prog redirect = prog_load("redirect");
	int c, d;

	dev_pair("c", "d", -1);
	c = packet_socket("c", DP_PROTO);
	d = packet_socket("d", DP_PROTO);
	redirect.dp->ifindex = dev_index("c");
	attach(scene_dev(variant->type), variant->type, &redirect);

	if (has_egress(_metadata)) {
		nft_chain("c", "egress", 0);
		send_test_frame("b", "a");
		EXPECT_EQ(1, packet_count(d, 1));
		EXPECT_EQ(self->netfilter, nft_count());
	}

	nft_chain("c", "ingress", 0);
	redirect.dp->flags = BPF_F_INGRESS;
	send_test_frame("b", "a");
	EXPECT_EQ(1, packet_count(c, 1));
	EXPECT_EQ(1, nft_count());
}

struct tc_result {
	bool tcx, tc, passes;	/* who ran; whether the packet went on */
};

/* With native tcx both directions are alike: tcx first, and its PASS, DROP and
 * REDIRECT end it. With the netfilter hook
 *   - on ingress classic tc is first: what it takes, tcx never sees,
 *   - in neither direction can TCX_PASS skip classic tc.
 */
static const struct {
	int tcx, tc;		/* return codes */
	struct tc_result native, nf_ingress, nf_egress;
} tc_rows[] = {
	{ TCX_NEXT, TC_ACT_UNSPEC,	{ 1, 1, 1 }, { 1, 1, 1 }, { 1, 1, 1 } },
	{ TCX_NEXT, TC_ACT_OK,		{ 1, 1, 1 }, { 1, 1, 1 }, { 1, 1, 1 } },
	{ TCX_NEXT, TC_ACT_SHOT,	{ 1, 1, 0 }, { 0, 1, 0 }, { 1, 1, 0 } },
	{ TCX_NEXT, TC_ACT_STOLEN,	{ 1, 1, 0 }, { 0, 1, 0 }, { 1, 1, 0 } },
	{ TCX_PASS, TC_ACT_OK,		{ 1, 0, 1 }, { 1, 1, 1 }, { 1, 1, 1 } },
	{ TCX_PASS, TC_ACT_SHOT,	{ 1, 0, 1 }, { 0, 1, 0 }, { 1, 1, 0 } },
	{ TCX_DROP, TC_ACT_OK,		{ 1, 0, 0 }, { 1, 1, 0 }, { 1, 0, 0 } },
	{ TCX_REDIRECT, TC_ACT_OK,	{ 1, 0, 0 }, { 1, 1, 0 }, { 1, 0, 0 } },
	/* An unknown code is TCX_NEXT as far as classic tc is concerned. */
	{ 1, TC_ACT_OK,			{ 1, 1, 1 }, { 1, 1, 1 }, { 1, 1, 1 } },
	{ 3, TC_ACT_SHOT,		{ 1, 1, 0 }, { 0, 1, 0 }, { 1, 1, 0 } },
	{ 4, TC_ACT_SHOT,		{ 1, 1, 0 }, { 0, 1, 0 }, { 1, 1, 0 } },
	{ 99, TC_ACT_OK,		{ 1, 1, 1 }, { 1, 1, 1 }, { 1, 1, 1 } },
};

TEST_F(order, classic_tc)
{
	bool tc_first = self->netfilter && variant->type == INGRESS;
	struct prog tcx = prog_step(), tc = prog_step();
	const char *dev = scene_dev(variant->type);
	unsigned int i;

	tcx.dp->id = 1;
	tc.dp->id = 2;
	tc_hook(dev);
	attach(dev, variant->type, &tcx);
	tc_filter(dev, variant->type, &tc);
	for (i = 0; i < ARRAY_SIZE(tc_rows); i++) {
		const struct tc_result *want = !self->netfilter ?
			&tc_rows[i].native : variant->type == INGRESS ?
			&tc_rows[i].nf_ingress : &tc_rows[i].nf_egress;
		int before = row_begin(_metadata);

		tcx.dp->verdict = tc_rows[i].tcx;
		tc.dp->verdict = tc_rows[i].tc;
		forget(&tcx);
		forget(&tc);
		send_test_frame("b", "a");
		EXPECT_EQ(want->tcx, seen(&tcx, want->tcx));
		EXPECT_EQ(want->tc, seen(&tc, want->tc));
		EXPECT_EQ(want->passes,
			  packet_count(self->delivered, want->passes));
		EXPECT_EQ(want->tcx, tcx.dp->packets);
		EXPECT_EQ(want->tc, tc.dp->packets);
		/* Whoever is second sees the other's digit. */
		if (want->tcx && want->tc) {
			EXPECT_EQ(tc_first ? 2 : 0, tcx.dp->mark);
			EXPECT_EQ(tc_first ? 0 : 1, tc.dp->mark);
		}
		row_end(_metadata, before, "tcx %d, tc %d", tc_rows[i].tcx,
			tc_rows[i].tc);
	}
}

/* Classic tc coming and going leaves tcx alone. */
TEST_F(order, clsact_comes_and_goes)
{
	struct prog tcx = prog_step(), tc = prog_step();
	const char *dev = scene_dev(variant->type);
	int n = 0, m = 0, i;

	attach(dev, variant->type, &tcx);
	for (i = 0; i < 3; i++) {
		send_test_frame("b", "a");
		EXPECT_EQ(++n, seen(&tcx, n));
		tc_hook(dev);
		send_test_frame("b", "a");
		EXPECT_EQ(++n, seen(&tcx, n));
		tc_filter(dev, variant->type, &tc);
		send_test_frame("b", "a");
		EXPECT_EQ(++n, seen(&tcx, n));
		EXPECT_EQ(++m, seen(&tc, m));
		tc_unhook(dev);
	}
	send_test_frame("b", "a");
	EXPECT_EQ(++n, seen(&tcx, n));
	EXPECT_EQ(n, packet_count(self->delivered, n));
	EXPECT_EQ(m, tc.dp->packets);
	/* And the other way round: the programs go first. */
	tc_hook(dev);
	tc_filter(dev, variant->type, &tc);
	detach(dev, variant->type, &tcx);
	send_test_frame("b", "a");
	EXPECT_EQ(++m, seen(&tc, m));
	EXPECT_EQ(n, tcx.dp->packets);
}

/* What classic tc redirects meets the programs of the target. With the
 * netfilter hook not on egress: the kernel hides it from netfilter there.
 */
TEST_F(order, classic_tc_redirects)
{
	static const struct {
		const char *mirred;	/* NULL: cls_bpf */
		int type;
		bool netfilter;		/* seen there with that hook */
	} rows[] = {
		{ NULL,			EGRESS,		false },
		{ NULL,			INGRESS,	true },
		{ "egress redirect",	EGRESS,		false },
		{ "ingress redirect",	INGRESS,	true },
		{ "egress mirror",	EGRESS,		false },
	};
	struct prog redirect = prog_load("redirect"), tcx = prog_step();
	const char *dev = scene_dev(variant->type);
	unsigned int i;

	dev_pair("c", "d", -1);
	attach("c", INGRESS, &tcx);
	attach("c", EGRESS, &tcx);
	redirect.dp->ifindex = dev_index("c");
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		bool seen = rows[i].netfilter || !self->netfilter;
		int place = packet_socket(rows[i].type == EGRESS ? "d" : "c",
					  DP_PROTO);
		int before = row_begin(_metadata);
		char text[256];

		tc_hook(dev);
		if (rows[i].mirred) {
			snprintf(text, sizeof(text),
				 "filter add dev %s %s matchall action mirred %s dev c\n",
				 dev, direction[variant->type], rows[i].mirred);
			run_with("tc -batch -", text);
		} else {
			redirect.dp->flags = rows[i].type == INGRESS ?
					     BPF_F_INGRESS : 0;
			tc_filter(dev, variant->type, &redirect);
		}
		forget(&tcx);
		send_test_frame("b", "a");
		EXPECT_EQ(1, packet_count(place, 1));
		EXPECT_EQ(seen, tcx.dp->packets);
		if (seen) {
			EXPECT_EQ(100, tcx.dp->len);
			EXPECT_EQ(DP_PROTO, tcx.dp->eth_type);
		}
		row_end(_metadata, before, "%s", rows[i].mirred ?: "cls_bpf");
		tc_unhook(dev);
		close(place);
	}
}

/* XDP is before everything, and what it puts before the packet arrives. */
TEST(xdp)
{
	struct prog xdp, tcx;
	int delivered, b;

	scene_pair();
	xdp = prog_load("xdp_meta");
	tcx = prog_step();
	b = dev_index("b");
	delivered = packet_socket("b", DP_PROTO);
	xdp.dp->set_mark = 0xcafe1234;
	xdp.dp->verdict = XDP_PASS;
	attach("b", INGRESS, &tcx);
	ASSERT_EQ(0, bpf_xdp_attach(b, xdp.fd, XDP_FLAGS_SKB_MODE, NULL));
	send_test_frame("b", "a");
	EXPECT_EQ(1, packet_count(delivered, 1));
	EXPECT_EQ(1, xdp.dp->packets);
	EXPECT_EQ(0, xdp.dp->ret);
	EXPECT_EQ(1, tcx.dp->packets);
	EXPECT_EQ(4, tcx.dp->meta);
	EXPECT_EQ(0xcafe1234, tcx.dp->meta_value);
	EXPECT_EQ(100, tcx.dp->len);

	xdp.dp->verdict = XDP_DROP;
	send_test_frame("b", "a");
	EXPECT_EQ(2, seen(&xdp, 2));
	EXPECT_EQ(0, packet_count(delivered, 0));
	EXPECT_EQ(1, tcx.dp->packets);
	bpf_xdp_detach(b, XDP_FLAGS_SKB_MODE, NULL);
}

/* A packet socket may bypass the qdisc; then it bypasses tcx as well. */
TEST(qdisc_bypass)
{
	struct prog prog;
	struct frame frame;
	int delivered;

	scene_pair();
	prog = prog_verdict(TCX_DROP);
	frame = test_frame("b", "a");
	delivered = packet_socket("b", DP_PROTO);
	attach("a", EGRESS, &prog);
	EXPECT_EQ(0, packet_send_with("a", &frame, SOL_PACKET,
				      PACKET_QDISC_BYPASS, 1));
	EXPECT_EQ(1, packet_count(delivered, 1));
	EXPECT_EQ(0, prog.dp->packets);
	EXPECT_EQ(-ENOBUFS, packet_send("a", &frame));
	EXPECT_EQ(1, prog.dp->packets);
}

TEST_HARNESS_MAIN
