// SPDX-License-Identifier: GPL-2.0
/*
 * libtcx's programs by classic tc beside filters of others, which stay as they
 * are, and beside those of other processes that attach at the same time.
 */
#include "kselftest_harness.h"

#include "legacy_fixture.h"
#include "tc_net.h"

static char *others(void)
{
	return output_of("tc -d filter show dev " DEV " egress; tc -d filter show dev " DEV
			 " ingress; tc qdisc show dev " DEV " clsact");
}

/* A filter that is like ours but for its chain. */
static int filter_in_chain(int ifindex, int prog_fd, __u32 chain)
{
	struct nl_req req;

	nl_init(&req, RTM_NEWTFILTER, NLM_F_CREATE | NLM_F_EXCL, sizeof(req.tc));
	filter_name(&req, ifindex, TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_EGRESS),
		    TCX_LEGACY_PRIORITY_FIRST - 1);
	req.tc.tcm_handle = TCX_LEGACY_HANDLE;
	nl_put(&req, TCA_CHAIN, &chain, sizeof(chain));
	filter_bpf_put(&req, prog_fd);
	return nl_talk(&req);
}

TEST_F(legacy, neighbours)
{
	int i, *p = self->prog;
	char *before, *now;

	legacy_best();
	tc_hook(DEV);
	/* The same program as ours, below, above, and at the very priorities. */
	tc_filter_fd(DEV, EGRESS, p[0], 1);
	tc_filter_fd(DEV, EGRESS, p[0], TCX_LEGACY_PRIORITY_FIRST);
	tc_filter_fd(DEV, EGRESS, p[1], 0xfff0);
	ASSERT_EQ(0, filter_flower(self->ifindex, EGRESS,
				   TCX_LEGACY_PRIORITY_FIRST + 1));
	tc_filter_fd(DEV, INGRESS, p[0], TCX_LEGACY_PRIORITY_FIRST);
	/* With our handle, but in another chain; and no program at all. */
	ASSERT_EQ(0, filter_in_chain(self->ifindex, p[0], 5));
	tc("filter add dev " DEV " egress prio 60000 handle 0x746378 bpf bytecode '1,6 0 0 0' flowid 1:1");
	before = others();

	EXPECT_TRUE(HAS_NONE);
	EXPECT_EQ(-ENOENT, egress_take(self->ifindex, p[0], 0, 0));
	EXPECT_EQ(-ENOENT, egress_take(self->ifindex, 0, 0, 0));
	for (i = 0; i < PROGS; i++)
		EXPECT_EQ(0, egress_put(self->ifindex, p[i],
					i % 2 ? BPF_F_BEFORE : BPF_F_AFTER, 0));
	EXPECT_TRUE(HAS(p[3], p[1], p[0], p[2]));
	EXPECT_EQ(0, egress_put(self->ifindex, self->drop, BPF_F_AFTER, p[0]));
	EXPECT_EQ(0, egress_take(self->ifindex, p[1], 0, 0));
	for (i = 0; i < 4; i++)
		EXPECT_EQ(0, egress_take(self->ifindex, 0, i % 2 ? BPF_F_BEFORE : 0, 0));
	EXPECT_TRUE(HAS_NONE);
	now = others();
	EXPECT_STREQ(before, now);
	free(before);
	free(now);
}

#define ROUNDS	30

/* All at once, each with a program of its own */
static int one_of_many(int ifindex, int ready)
{
	int prog = cls_load(), i, err;
	char byte;

	if (prog < 0 || read(ready, &byte, 1) < 0)
		return 1;
	for (i = 0; i < ROUNDS; i++) {
		err = egress_put(ifindex, prog, i % 2 ? BPF_F_BEFORE : 0, 0);
		if (err)
			return -err;
		err = i < ROUNDS - 1 ? egress_take(ifindex, prog, 0, 0) : 0;
		if (err)
			return -err;
	}
	return 0;
}

TEST_F_TIMEOUT(legacy, many_at_once, 60)
{
	int i, status, ready[2], n = 12;
	char *unique;

	legacy_best();
	ASSERT_EQ(0, pipe(ready));
	for (i = 0; i < n; i++) {
		if (fork())
			continue;
		close(ready[1]);
		_exit(one_of_many(self->ifindex, ready[0]));
	}
	close(ready[1]);
	for (i = 0; i < n; i++) {
		wait(&status);
		EXPECT_EQ(0, status);
	}
	EXPECT_EQ(n, legacy_list(self->ifindex, EGRESS).count);
	/* Each has a priority of its own. */
	unique = output_of("tc filter show dev " DEV " egress | grep -o 'pref [0-9]* bpf chain 0 handle' | sort -u | wc -l");
	EXPECT_EQ(n, atoi(unique));
	free(unique);
	for (i = 0; i < n; i++)
		EXPECT_EQ(0, egress_take(self->ifindex, 0, 0, 0));
}

TEST_HARNESS_MAIN
