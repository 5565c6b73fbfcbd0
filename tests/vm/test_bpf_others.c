// SPDX-License-Identifier: GPL-2.0
/*
 * bpf(2) as the interface to tcx: requests that are not about it do not notice.
 */
#include <stdio.h>
#include <sys/stat.h>

#include "kselftest_harness.h"

#include "bpf_interface.h"
#include "netns.h"

FIXTURE(other) {
	struct point point;
	int cls, skb, xdp, flow, fentry;
	int cgroup, netns;
	bool native;
	char path[64];
};

FIXTURE_SETUP(other)
{
	self->netns = netns_new();
	ASSERT_GE(self->netns, 0);
	self->native = is_native();
	self->point.ifindex = dummy_add("dev");
	self->point.type = BPF_TCX_INGRESS;
	ASSERT_GT(self->point.ifindex, 0);
	self->cls = cls_load();
	self->skb = verdict_load(BPF_PROG_TYPE_CGROUP_SKB, 1);
	self->xdp = verdict_load(BPF_PROG_TYPE_XDP, 2);
	self->flow = verdict_load(BPF_PROG_TYPE_FLOW_DISSECTOR, 0);
	self->fentry = fentry_load("bpf_fentry_test1", BPF_TRACE_FENTRY);
	ASSERT_GT(self->cls, 0);
	ASSERT_GT(self->skb, 0);
	ASSERT_GT(self->xdp, 0);
	ASSERT_GT(self->flow, 0);
	if (functions_traceable())
		ASSERT_GT(self->fentry, 0);
	snprintf(self->path, sizeof(self->path), "/sys/fs/cgroup/tcx-%d",
		 getpid());
	ASSERT_EQ(0, mkdir(self->path, 0755));
	self->cgroup = open(self->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ASSERT_GE(self->cgroup, 0);
}

FIXTURE_TEARDOWN(other)
{
	rmdir(self->path);
	if (!self->native)
		switch_to(true);
}

#define ANSWERS_MAX	512

struct answers {
	int count;
	int ret[ANSWERS_MAX];
};

/* An fd that comes back counts as 1. */
static void answer(struct answers *a, int cmd, void *attr, unsigned int size)
{
	int ret = sys_bpf(cmd, attr, size);

	if (ret > 0) {
		close(ret);
		ret = 1;
	}
	if (a->count < ANSWERS_MAX)
		a->ret[a->count++] = ret;
}

static void answer_request(struct answers *a, enum request request, int target,
			   int type, int prog, __u32 flags)
{
	struct point p = { target, type };
	union sys_attr attr = attr_of(request, &p, prog);

	if (request == QUERY)
		attr.query.query_flags = flags;
	else
		attr.attach.attach_flags = flags;
	answer(a, requests[request].cmd, &attr, 64);
	if (request == QUERY && a->count < ANSWERS_MAX)
		a->ret[a->count++] = attr.query.count;
}

#define CGROUP_ANSWERS	10

static void answer_all(struct answers *a, const FIXTURE_DATA(other) *self)
{
	static const int cmds[] = {
		-1, NO_CMD, 1 << 16 | BPF_PROG_ATTACH,
		1 << 16 | BPF_LINK_CREATE, 1 << 16 | BPF_PROG_QUERY,
		INT_MIN | BPF_PROG_DETACH, 256 + BPF_PROG_ATTACH,
		32 + BPF_PROG_ATTACH,
	};
	int cgroup = self->cgroup, i, type;
	size_t k;

	/* CGROUP_ANSWERS of them: the case knows what they are. */
	answer_request(a, ATTACH, cgroup, BPF_CGROUP_INET_INGRESS, self->skb,
		       0);
	answer_request(a, QUERY, cgroup, BPF_CGROUP_INET_INGRESS, 0, 0);
	answer_request(a, QUERY, cgroup, BPF_CGROUP_INET_INGRESS, 0,
		       BPF_F_QUERY_EFFECTIVE);
	answer_request(a, DETACH, cgroup, BPF_CGROUP_INET_INGRESS, 0, 0);
	answer_request(a, QUERY, cgroup, BPF_CGROUP_INET_INGRESS, 0, 0);
	answer_request(a, LINK_CREATE, cgroup, BPF_CGROUP_INET_INGRESS,
		       self->skb, 0);
	answer_request(a, LINK_CREATE, self->point.ifindex, BPF_XDP, self->xdp,
		       0);

	answer_request(a, LINK_CREATE, 0, BPF_TRACE_FENTRY, self->fentry, 0);
	answer_request(a, ATTACH, 0, BPF_FLOW_DISSECTOR, self->flow, 0);
	answer_request(a, QUERY, self->netns, BPF_FLOW_DISSECTOR, 0, 0);
	answer_request(a, DETACH, 0, BPF_FLOW_DISSECTOR, self->flow, 0);
	answer_request(a, QUERY, self->netns, BPF_FLOW_DISSECTOR, 0, 0);
	answer_request(a, LINK_CREATE, self->netns, BPF_FLOW_DISSECTOR,
		       self->flow, 0);
	/* What newer kernels understand, and these refuse. */
	answer_request(a, ATTACH, cgroup, BPF_CGROUP_INET_INGRESS, self->skb,
		       BPF_F_AFTER);
	answer_request(a, DETACH, cgroup, BPF_CGROUP_INET_INGRESS, self->skb,
		       BPF_F_AFTER);

	for (k = 0; k < ARRAY_SIZE(cmds); k++) {
		union sys_attr attr = attr_of(ATTACH, &self->point, self->cls);

		answer(a, cmds[k], &attr, sizeof(attr));
		answer(a, cmds[k], NULL, 0);
		answer(a, cmds[k], NULL, -1U);
	}
	for_each_request(i) {
		char junk[8192] = { [5000] = 1 };

		for (type = -1; type < 80; type++) {
			if (type == BPF_TCX_INGRESS || type == BPF_TCX_EGRESS)
				continue;
			answer_request(a, i, self->point.ifindex, type,
				       i == DETACH ? 0 : self->cls, 0);
		}
		answer(a, requests[i].cmd, NULL, 0);
		answer(a, requests[i].cmd, NULL, 64);
		answer(a, requests[i].cmd, junk, 4096);
		answer(a, requests[i].cmd, junk, 5001);
		answer(a, requests[i].cmd, junk + 1000, 4096);
		memset(junk, 0xff, sizeof(junk));
		answer(a, requests[i].cmd, junk, 152);
	}
}

TEST_F_TIMEOUT(other, same_answers, 90)
{
	static const int known[CGROUP_ANSWERS] = {
		0, 0, 1, 0, 1, 0, 0, 0, 1, 1,
	};
	struct answers on = {}, off = {};
	int i;

	answer_all(&on, self);
	for (i = 0; i < CGROUP_ANSWERS; i++) {
		EXPECT_EQ(known[i], on.ret[i]) {
			TH_LOG("answer %d", i);
		}
	}
	EXPECT_GT(ANSWERS_MAX, on.count);
	if (self->native)
		return;
	ASSERT_EQ(0, switch_to(false));
	answer_all(&off, self);
	ASSERT_EQ(0, switch_to(true));
	ASSERT_EQ(off.count, on.count);
	for (i = 0; i < on.count; i++) {
		EXPECT_EQ(off.ret[i], on.ret[i]) {
			TH_LOG("answer %d", i);
		}
	}
}

TEST_HARNESS_MAIN
