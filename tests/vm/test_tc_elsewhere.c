// SPDX-License-Identifier: GPL-2.0
/*
 * Qdiscs where they do not belong. Kernels before 6.4, and their stable series
 * until 2023, create any kind of qdisc on a device's ingress queue, and ingress
 * and clsact ones on other queues; a user namespace is enough for that. Those
 * on other queues write the device's slots all the same. Whatever is there when
 * the module is loaded with hook=tc, loading ends at once and without a word,
 * and a qdisc that is neither ingress nor clsact keeps no attach point. A kernel
 * that refuses such qdiscs has to say so; all kernels have one on the ingress
 * queue that a module brings along.
 *
 * kmod: plain_qdisc
 */
#include "kselftest_harness.h"

#include "command.h"
#include "kmod.h"
#include "module.h"
#include "point.h"
#include "tc_net.h"

#define CLASS		TC_H_MAKE(1 << 16, 1)

FIXTURE(elsewhere) {
	struct point point;
	int prog;
	char args[128];
};

FIXTURE_VARIANT(elsewhere) {
	const char *kind;
	__u32 parent;
	int refusal;
};

FIXTURE_VARIANT_ADD(elsewhere, pfifo_on_ingress) {
	.kind = "pfifo", .parent = TC_H_INGRESS, .refusal = -EINVAL,
};

FIXTURE_VARIANT_ADD(elsewhere, htb_on_ingress) {
	.kind = "htb", .parent = TC_H_INGRESS, .refusal = -EINVAL,
};

FIXTURE_VARIANT_ADD(elsewhere, plain_on_ingress) {
	.kind = "plain", .parent = TC_H_INGRESS,
};

FIXTURE_VARIANT_ADD(elsewhere, clsact_in_class) {
	.kind = "clsact", .parent = CLASS, .refusal = -EOPNOTSUPP,
};

FIXTURE_VARIANT_ADD(elsewhere, ingress_in_class) {
	.kind = "ingress", .parent = CLASS, .refusal = -EOPNOTSUPP,
};

FIXTURE_VARIANT_ADD(elsewhere, clsact_as_root) {
	.kind = "clsact", .parent = TC_H_ROOT, .refusal = -EOPNOTSUPP,
};

FIXTURE_SETUP(elsewhere)
{
	kmod_unload("plain_qdisc");
	ASSERT_EQ(0, kmod_load("plain_qdisc", ""));
	ASSERT_GE(point_new(&self->point), 0);
	self->prog = cls_load();
	ASSERT_GT(self->prog, 0);
	snprintf(self->args, sizeof(self->args), "%s hook=tc", module_args());
}

FIXTURE_TEARDOWN(elsewhere)
{
	qdisc_del(self->point.ifindex);
	EXPECT_EQ(0, kmod_unload("plain_qdisc"));
}

static int htb_put(struct nl_req *req)
{
	const struct tc_htb_glob glob = { .version = 3, .rate2quantum = 10 };
	struct rtattr *nest = nl_nest(req, TCA_OPTIONS);

	nl_put(req, TCA_HTB_INIT, &glob, sizeof(glob));
	nl_nest_end(req, nest);
	return nl_talk(req);
}

static int qdisc_create(int ifindex, const char *kind, __u32 parent,
			__u32 handle)
{
	struct nl_req req;

	nl_init(&req, RTM_NEWQDISC, NLM_F_CREATE | NLM_F_EXCL, sizeof(req.tc));
	req.tc.tcm_ifindex = ifindex;
	req.tc.tcm_parent = parent;
	req.tc.tcm_handle = handle;
	nl_put_str(&req, TCA_KIND, kind);
	return strcmp(kind, "htb") ? nl_talk(&req) : htb_put(&req);
}

/* A point that has been emptied is as one that never was. */
static int use(const struct point *p, int prog)
{
	struct point other = { dummy_add("other"), p->type };
	struct point_state state;

	if (point_attach(p, prog))
		return 1;
	state = point_query(p);
	if (state.ret || state.count != 1)
		return 2;
	if (point_detach(p, prog))
		return 3;
	return point_query(p).revision == point_query(&other).revision ? 0 : 4;
}

TEST_F(elsewhere, loads)
{
	int ifindex = self->point.ifindex, log, ret;
	bool module = module_loaded();
	char dev[IF_NAMESIZE];

	if (variant->parent == CLASS) {
		ASSERT_NE(NULL, if_indextoname(ifindex, dev));
		tc("qdisc add dev %s root handle 1: htb", dev);
		tc("class add dev %s parent 1: classid 1:1 htb rate 1mbit",
		   dev);
	}
	ret = qdisc_create(ifindex, variant->kind, variant->parent,
			   variant->parent == TC_H_INGRESS ? 0 : 2 << 16);
	if (ret)
		EXPECT_EQ(variant->refusal, ret);
	TH_LOG("the kernel %s it", ret ? "refuses" : "creates");

	log = log_open();
	ASSERT_GE(log, 0);
	if (module) {
		ASSERT_EQ(0, module_unload());
		ASSERT_EQ(0, module_load_with(self->args));
		/* It would wait for what a qdisc does that was removed. */
		EXPECT_FALSE(log_has(log, "under way"));
	}
	EXPECT_EQ(0, in_child(use(&self->point, self->prog)));
	if (module) {
		ASSERT_EQ(0, module_unload());
		ASSERT_EQ(0, module_load());
	}
	close(log);
}

TEST_HARNESS_MAIN
