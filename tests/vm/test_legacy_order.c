// SPDX-License-Identifier: GPL-2.0
/*
 * The order of programs that libtcx attaches by classic tc: where one goes, what
 * packets see of it, what tcx answers to the same requests, where room ends.
 */
#include "kselftest_harness.h"

#include "legacy_fixture.h"
#include "tc_net.h"
#include "traffic.h"

static void send_one(int ifindex)
{
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);

	traffic_send(fd, ifindex);
	close(fd);
}

TEST_F(legacy, appends)
{
	int *p = self->prog;

	EXPECT_TRUE(HAS_NONE);
	EXPECT_EQ(0, egress_put(self->ifindex, p[0], 0, 0));
	EXPECT_EQ(0, egress_put(self->ifindex, self->drop, BPF_F_AFTER, 0));
	EXPECT_EQ(0, tcx_prog_attach(self->ifindex, EGRESS, p[1], NULL));
	EXPECT_TRUE(HAS(p[0], self->drop, p[1]));
	EXPECT_EQ(0, legacy_list(self->ifindex, INGRESS).count);
	send_one(self->ifindex);
	EXPECT_EQ(1, counter_read(self->map, 0));
	EXPECT_EQ(0, counter_read(self->map, 1));
	EXPECT_EQ(0, egress_take(self->ifindex, self->drop, 0, 0));
	send_one(self->ifindex);
	EXPECT_EQ(2, counter_read(self->map, 0));
	EXPECT_EQ(1, counter_read(self->map, 1));
	EXPECT_EQ(-ENOENT, egress_take(self->ifindex, self->drop, 0, 0));
	EXPECT_EQ(-EEXIST, egress_put(self->ifindex, p[1], 0, 0));
	EXPECT_TRUE(HAS(p[0], p[1]));
}

TEST_F(legacy, sides_are_apart)
{
	int prog = self->prog[0];

	EXPECT_EQ(0, tcx_prog_attach(self->ifindex, INGRESS, prog, NULL));
	EXPECT_TRUE(HAS_NONE);
	EXPECT_EQ(1, legacy_list(self->ifindex, INGRESS).count);
	EXPECT_EQ(0, egress_put(self->ifindex, prog, 0, 0));
	EXPECT_EQ(0, tcx_prog_detach(self->ifindex, INGRESS, prog, NULL));
	EXPECT_EQ(0, legacy_list(self->ifindex, INGRESS).count);
	EXPECT_TRUE(HAS(prog));
}

TEST_F(legacy, places)
{
	int *p = self->prog;

	legacy_best();
	EXPECT_EQ(0, egress_put(self->ifindex, self->drop, 0, 0));
	EXPECT_EQ(0, egress_put(self->ifindex, p[0], BPF_F_BEFORE, 0));
	EXPECT_EQ(0, egress_put(self->ifindex, p[1], BPF_F_AFTER, p[0]));
	EXPECT_EQ(0, egress_put(self->ifindex, p[2], BPF_F_BEFORE, p[0]));
	EXPECT_EQ(0, egress_put(self->ifindex, p[3], BPF_F_AFTER, 0));
	EXPECT_TRUE(HAS(p[2], p[0], p[1], self->drop, p[3]));
	send_one(self->ifindex);
	EXPECT_EQ(1, counter_read(self->map, 0));
	EXPECT_EQ(1, counter_read(self->map, 1));
	EXPECT_EQ(1, counter_read(self->map, 2));
	EXPECT_EQ(0, counter_read(self->map, 3));
	/* Whatever tcx says to a detach by its place */
	EXPECT_EQ(-ERANGE, egress_take(self->ifindex, p[0], BPF_F_BEFORE, 0));
	EXPECT_EQ(0, egress_take(self->ifindex, p[0], BPF_F_AFTER, p[2]));
	EXPECT_TRUE(HAS(p[2], p[1], self->drop, p[3]));
	EXPECT_EQ(0, egress_take(self->ifindex, 0, BPF_F_BEFORE, 0));
	EXPECT_EQ(0, egress_take(self->ifindex, 0, 0, 0));
	EXPECT_TRUE(HAS(p[1], self->drop));
	EXPECT_EQ(0, egress_take(self->ifindex, 0, BPF_F_AFTER, p[1]));
	EXPECT_EQ(0, egress_take(self->ifindex, 0, BPF_F_AFTER, 0));
	EXPECT_EQ(-ENOENT, egress_take(self->ifindex, 0, 0, 0));
	EXPECT_TRUE(HAS_NONE);
}

TEST_F(legacy, places_by_id)
{
	TCX_OPTS(tcx_attach_opts, opts, .flags = BPF_F_BEFORE,
		 .relative_id = prog_id(self->prog[0]));

	legacy_best();
	EXPECT_EQ(0, egress_put(self->ifindex, self->prog[0], 0, 0));
	EXPECT_EQ(0, tcx_prog_attach(self->ifindex, EGRESS, self->prog[1], &opts));
	EXPECT_TRUE(HAS(self->prog[1], self->prog[0]));
	opts.relative_id = prog_id(self->prog[3]);
	EXPECT_EQ(-ENOENT, tcx_prog_attach(self->ifindex, EGRESS, self->prog[2],
					   &opts));
}

/* What tcx answers to these, legacy answers too. */
TEST_F(legacy, errors_of_tcx)
{
	TCX_OPTS(tcx_attach_opts, replace, .flags = BPF_F_REPLACE,
		 .replace_prog_fd = self->prog[3]);
	int *p = self->prog, kinds[] = { TCX_BACKEND_AUTO, TCX_BACKEND_LEGACY };
	int xdp = verdict_load(BPF_PROG_TYPE_XDP, 2);
	unsigned int i;

	legacy_best();
	for (i = 0; i < 2; i++) {
		tcx_set_backend(kinds[i]);
		EXPECT_EQ(-ENOENT, egress_take(self->ifindex, p[0], 0, 0));
		EXPECT_EQ(-ENOENT, egress_take(self->ifindex, 0, 0, 0));
		EXPECT_EQ(0, egress_put(self->ifindex, p[0], 0, 0));
		EXPECT_EQ(0, egress_put(self->ifindex, p[1], 0, 0));
		EXPECT_EQ(-EEXIST, egress_put(self->ifindex, p[0], 0, 0));
		EXPECT_EQ(-ENOENT, egress_put(self->ifindex, p[2], BPF_F_AFTER, p[3]));
		EXPECT_EQ(-EINVAL, egress_put(self->ifindex, p[2], 0, p[0]));
		EXPECT_EQ(-ERANGE, egress_put(self->ifindex, p[2],
					      BPF_F_BEFORE | BPF_F_AFTER, 0));
		EXPECT_EQ(-ERANGE, egress_put(self->ifindex, p[2],
					      BPF_F_BEFORE | BPF_F_AFTER, p[0]));
		EXPECT_EQ(-EINVAL, egress_put(self->ifindex, p[2], 1 << 20, 0));
		EXPECT_EQ(-ENOENT, tcx_prog_attach(self->ifindex, EGRESS, p[2],
						   &replace));
		EXPECT_EQ(-EEXIST, tcx_prog_attach(self->ifindex, EGRESS, p[1],
						   &replace));
		EXPECT_EQ(-EINVAL, egress_put(self->ifindex, xdp, 0, 0));
		EXPECT_EQ(-EINVAL, egress_put(self->ifindex, self->map, 0, 0));
		EXPECT_EQ(-EBADF, egress_put(self->ifindex, 900, 0, 0));
		EXPECT_EQ(-EBADF, egress_put(self->ifindex, p[2], BPF_F_BEFORE, 900));
		EXPECT_EQ(-EINVAL, egress_take(self->ifindex, p[0], BPF_F_REPLACE, 0));
		EXPECT_EQ(-ENOENT, egress_take(self->ifindex, p[2], 0, 0));
		EXPECT_EQ(-ENODEV, egress_put(0x7ffffff0, p[2], 0, 0));
		EXPECT_EQ(-ENODEV, egress_take(0x7ffffff0, p[2], 0, 0));
		EXPECT_EQ(-ENODEV, legacy_list(0x7ffffff0, EGRESS).ret);
		EXPECT_EQ(-EINVAL, legacy_list(self->ifindex, 9999).ret);
		EXPECT_EQ(2, legacy_list(self->ifindex, EGRESS).count);
		EXPECT_EQ(0, egress_take(self->ifindex, p[1], BPF_F_AFTER, p[0]));
		EXPECT_EQ(0, egress_take(self->ifindex, p[0], 0, 0));
	}
}

/* The same random requests to tcx, on ingress, and to legacy, on egress */
struct twin {
	int ifindex;
	int fds[6];
	unsigned int seed;
};

static int one_of(struct twin *t, int n)
{
	return rand_r(&t->seed) % n;
}

static bool same_order(const struct twin *t)
{
	struct listed tcx, legacy;

	tcx_set_backend(TCX_BACKEND_AUTO);
	tcx = legacy_list(t->ifindex, INGRESS);
	tcx_set_backend(TCX_BACKEND_LEGACY);
	legacy = legacy_list(t->ifindex, EGRESS);
	return !tcx.ret && !legacy.ret && tcx.count == legacy.count &&
	       !memcmp(tcx.ids, legacy.ids, tcx.count * sizeof(*tcx.ids));
}

static int random_place(struct twin *t, __u32 *flags, __u32 *fd, __u32 *id)
{
	static const __u32 places[] = { 0, BPF_F_BEFORE, BPF_F_AFTER, BPF_F_BEFORE,
					BPF_F_AFTER, BPF_F_BEFORE | BPF_F_AFTER };
	int relative = t->fds[one_of(t, 6)];

	*flags = places[one_of(t, 6)];
	switch (one_of(t, 3)) {
	case 0:
		*fd = relative;
		break;
	case 1:
		*id = prog_id(relative);
		break;
	}
	return t->fds[one_of(t, 6)];
}

/* Returns what the side answers. */
static int ask_attach(const struct twin *t, int type, int prog,
		      const struct tcx_attach_opts *opts)
{
	tcx_set_backend(type == INGRESS ? TCX_BACKEND_AUTO : TCX_BACKEND_LEGACY);
	return tcx_prog_attach(t->ifindex, type, prog, opts);
}

static int ask_detach(const struct twin *t, int type, int prog,
		      const struct tcx_detach_opts *opts)
{
	tcx_set_backend(type == INGRESS ? TCX_BACKEND_AUTO : TCX_BACKEND_LEGACY);
	return tcx_prog_detach(t->ifindex, type, prog, opts);
}

static int compare(const char *what, __u32 flags, int prog, int tcx, int legacy)
{
	if (tcx == legacy)
		return 0;
	fprintf(stderr, "# %s with flags 0x%x of fd %d: %d by tcx, %d by legacy\n", what,
		flags, prog, tcx, legacy);
	return -1;
}

/* 0: the same answer; 1: legacy had no priority left, and tcx undid its own */
static int twin_attach(struct twin *t)
{
	TCX_OPTS(tcx_attach_opts, opts);
	int prog, tcx, legacy;

	prog = random_place(t, &opts.flags, &opts.relative_fd, &opts.relative_id);
	if (!one_of(t, 4)) {
		opts.flags |= BPF_F_REPLACE;
		opts.replace_prog_fd = t->fds[one_of(t, 6)];
	}
	tcx = ask_attach(t, INGRESS, prog, &opts);
	legacy = ask_attach(t, EGRESS, prog, &opts);
	if (!tcx && legacy == -ERANGE)
		return ask_detach(t, INGRESS, prog, NULL) ? -1 : 1;
	return compare("attach", opts.flags, prog, tcx, legacy);
}

static int twin_detach(struct twin *t)
{
	TCX_OPTS(tcx_detach_opts, opts);
	int prog, tcx, legacy;

	prog = random_place(t, &opts.flags, &opts.relative_fd, &opts.relative_id);
	if (!one_of(t, 2))
		prog = 0;
	tcx = ask_detach(t, INGRESS, prog, &opts);
	legacy = ask_detach(t, EGRESS, prog, &opts);
	return compare("detach", opts.flags, prog, tcx, legacy);
}

TEST_F_TIMEOUT(legacy, order_of_tcx, 60)
{
	int steps = env_number("LEGACY_STEPS", 400), i, ret, full = 0, done = 0;
	struct twin t = {
		.ifindex = self->ifindex,
		.seed = env_number("LEGACY_SEED", 20261127),
	};

	legacy_best();
	for (i = 0; i < 6; i++)
		t.fds[i] = i < PROGS ? self->prog[i] : cls_load();
	for (i = 0; i < steps; i++) {
		ret = one_of(&t, 5) < 3 ? twin_attach(&t) : twin_detach(&t);
		ASSERT_GE(ret, 0)
			TH_LOG("step %d: another answer than tcx's", i);
		full += ret;
		ASSERT_TRUE(same_order(&t))
			TH_LOG("step %d: another order than tcx's", i);
		done += legacy_list(t.ifindex, EGRESS).count;
	}
	/* It was about something, and rarely about priorities. */
	EXPECT_GT(done, steps);
	EXPECT_LT(full, steps / 20);
	tcx_set_backend(TCX_BACKEND_AUTO);
	while (!tcx_prog_detach(t.ifindex, INGRESS, 0, NULL))
		;
}

TEST_F(legacy, query_has_no_room)
{
	__u32 ids[2] = { 0, 77 };
	TCX_OPTS(tcx_query_opts, query, .count = 1, .prog_ids = ids);

	EXPECT_EQ(0, egress_put(self->ifindex, self->prog[0], 0, 0));
	EXPECT_EQ(0, egress_put(self->ifindex, self->prog[1], 0, 0));
	EXPECT_EQ(-ENOSPC, tcx_prog_query(self->ifindex, EGRESS, &query));
	EXPECT_EQ(2, query.count);
	EXPECT_EQ(prog_id(self->prog[0]), ids[0]);
	EXPECT_EQ(77, ids[1]);
	query.count = 0;
	EXPECT_EQ(0, tcx_prog_query(self->ifindex, EGRESS, &query));
	EXPECT_EQ(2, query.count);
}

TEST_F(legacy, replaces_in_place)
{
	TCX_OPTS(tcx_attach_opts, opts, .flags = BPF_F_REPLACE,
		 .replace_prog_fd = self->prog[1]);
	char *before, *after;
	int *p = self->prog;

	EXPECT_EQ(0, egress_put(self->ifindex, p[0], 0, 0));
	EXPECT_EQ(0, egress_put(self->ifindex, p[1], 0, 0));
	EXPECT_EQ(0, egress_put(self->ifindex, p[2], 0, 0));
	before = output_of("tc filter show dev " DEV " egress | grep -o 'pref [0-9]*.*handle 0x[0-9a-f]*'");
	EXPECT_EQ(0, tcx_prog_attach(self->ifindex, EGRESS, self->drop, &opts));
	EXPECT_TRUE(HAS(p[0], self->drop, p[2]));
	after = output_of("tc filter show dev " DEV " egress | grep -o 'pref [0-9]*.*handle 0x[0-9a-f]*'");
	EXPECT_STREQ(before, after);
	free(before);
	free(after);
}

/* Upgrades that never leave the point empty, at the end and at the beginning */
TEST_F_TIMEOUT(legacy, goes_on_and_on, 60)
{
	int i, *p = self->prog;

	legacy_best();
	ASSERT_EQ(0, egress_put(self->ifindex, p[0], 0, 0));
	for (i = 1; i < 200; i++) {
		ASSERT_EQ(0, egress_put(self->ifindex, p[i % 2], 0, 0));
		ASSERT_EQ(0, egress_take(self->ifindex, p[!(i % 2)], 0, 0));
	}
	for (i = 0; i < 400; i++) {
		ASSERT_EQ(0, egress_put(self->ifindex, p[i % 2], BPF_F_BEFORE, 0));
		ASSERT_EQ(0, egress_take(self->ifindex, p[!(i % 2)], 0, 0));
	}
	EXPECT_TRUE(HAS(p[1]));
}

/* The end of a list is reached, and the room between two. */
TEST_F_TIMEOUT(legacy, full, 60)
{
	int i, first = cls_load(), err = 0;

	legacy_best();
	ASSERT_EQ(0, egress_put(self->ifindex, first, 0, 0));
	ASSERT_EQ(0, egress_put(self->ifindex, self->drop, 0, 0));
	for (i = 0; i < 32 && !err; i++)
		err = egress_put(self->ifindex, cls_load(), BPF_F_AFTER, first);
	EXPECT_EQ(-ERANGE, err);
	EXPECT_GT(i, 4);
	EXPLAINS(-ERANGE, "has no free priority at that place",
		 .op = TCX_OP_ATTACH, .flags = BPF_F_AFTER, .relative_fd = first);
	for (i = legacy_list(self->ifindex, EGRESS).count; i < TCX_BACKPORT_MAX_PROGS; i++)
		ASSERT_EQ(0, egress_put(self->ifindex, cls_load(),
					i % 2 ? BPF_F_BEFORE : BPF_F_AFTER, 0));
	EXPECT_EQ(-ERANGE, egress_put(self->ifindex, self->prog[0], 0, 0));
	EXPLAINS(-ERANGE, "there is room for no more", .op = TCX_OP_ATTACH);
	EXPECT_EQ(TCX_BACKPORT_MAX_PROGS, legacy_list(self->ifindex, EGRESS).count);
	for (i = 0; i < TCX_BACKPORT_MAX_PROGS; i++)
		ASSERT_EQ(0, egress_take(self->ifindex, 0, 0, 0));
	EXPECT_TRUE(HAS_NONE);
}

TEST_HARNESS_MAIN
