// SPDX-License-Identifier: GPL-2.0
/*
 * Security modules: each request is put before them once, with the command and
 * the attributes that bpf(2) has for it, whichever interface it came through and
 * whoever issued it; and what a policy forbids is not done.
 */
#include <bpf/bpf.h>

#include "kselftest_harness.h"

#include "bpf_interface.h"
#include "credentials.h"
#include "progs/bpf_lsm.h"

#define GATE	"/proc/sys/kernel/unprivileged_bpf_disabled"

FIXTURE(lsm) {
	struct point point, out;
	int a, b;
	struct bpf_object *object;
	struct bpf_link *link;
	int map;
	bool works;
};

/* What the policy has seen of the last one who was watched. */
static struct lsm_policy seen;

FIXTURE_SETUP(lsm)
{
	struct bpf_program *prog;

	ASSERT_EQ(0, file_write(GATE, "0"));
	ASSERT_GE(point_new(&self->point), 0);
	self->out = (struct point){ self->point.ifindex, BPF_TCX_EGRESS };
	self->a = cls_load();
	self->b = cls_load();
	ASSERT_GT(self->b, 0);
	/* Where requests are ioctls, children inherit what this opens. */
	ASSERT_EQ(0, point_attach(&self->point, self->a));

	self->object = bpf_object__open_file("progs/bpf_lsm.bpf.o", NULL);
	ASSERT_EQ(0, libbpf_get_error(self->object));
	ASSERT_EQ(0, bpf_object__load(self->object));
	prog = bpf_object__find_program_by_name(self->object, "refuse");
	self->map = bpf_object__find_map_fd_by_name(self->object, "policy");
	ASSERT_NE(NULL, prog);
	ASSERT_GE(self->map, 0);
	self->link = bpf_program__attach(prog);
	ASSERT_EQ(0, libbpf_get_error(self->link));
}

FIXTURE_TEARDOWN(lsm)
{
	bpf_link__destroy(self->link);
	bpf_object__close(self->object);
}

/* The request through the interface that this run is about. */
static int lsm_issue(enum request request, const struct point *p, int prog)
{
	struct sys_query q = {};
	int ret;

	switch (request) {
	case ATTACH:
		return point_attach(p, prog);
	case DETACH:
		return point_detach(p, prog);
	case QUERY:
		return sys_prog_query(p->ifindex, p->type, &q);
	default:
		ret = point_link(p, prog);
		if (ret >= 0)
			close(ret);
		return ret < 0 ? ret : 0;
	}
}

/* What a child does is watched, and comes back as its status. */
#define watched(forbidden_cmd, forbidden_type, nobody, what)		\
	watch(_metadata, self->map,					\
	      (struct lsm_policy){ 0, forbidden_cmd, forbidden_type },	\
	      ({							\
		fflush(NULL);						\
		if (pipe(go))						\
			go[0] = -1;					\
		pid_t __pid = fork();					\
		if (!__pid) {						\
			char __c;					\
									\
			if ((nobody) && become_nobody())		\
				_exit(255);				\
			if (read(go[0], &__c, 1) != 1)			\
				_exit(254);				\
			_exit(-(what));					\
		}							\
		__pid;							\
	      }))

static int go[2];

static int watch(struct __test_metadata *_metadata, int map,
		 struct lsm_policy policy, pid_t pid)
{
	int status = -1;
	__u32 key = 0;

	policy.tgid = pid;
	EXPECT_EQ(0, bpf_map_update_elem(map, &key, &policy, 0));
	EXPECT_EQ(1, write(go[1], "", 1));
	EXPECT_EQ(pid, waitpid(pid, &status, 0));
	close(go[0]);
	close(go[1]);
	EXPECT_EQ(0, bpf_map_lookup_elem(map, &key, &seen));
	policy.tgid = 0;
	EXPECT_EQ(0, bpf_map_update_elem(map, &key, &policy, 0));
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

#define need_policy() do {						\
	if (watched(LSM_ANY, LSM_ANY, false,				\
		    sys_bpf(NO_CMD, NULL, 0)) != EACCES)		\
		SKIP(return, "this kernel's list of lsm lacks bpf");	\
} while (0)

#define expect_seen(request, p, prog) do {				\
	union sys_attr __attr = attr_of(request, p, prog);		\
									\
	EXPECT_EQ(1, seen.asked);					\
	EXPECT_EQ(requests[request].cmd, seen.cmd);			\
	EXPECT_EQ(0, memcmp(&__attr, seen.attr, LSM_ATTR));		\
	EXPECT_LE(64, seen.size);					\
	EXPECT_GE(152, seen.size);					\
} while (0)

static void asked_once(struct __test_metadata *_metadata,
		       FIXTURE_DATA(lsm) *self, bool nobody)
{
	struct point *p = &self->point;
	int i;

	for_each_request(i) {
		/* A query needs a capability, after all this. */
		int want = i == QUERY && nobody ? EPERM : 0;
		int prog = i == QUERY ? 0 : self->b;

		EXPECT_EQ(want, watched(LSM_NONE, LSM_ANY, nobody,
					lsm_issue(i, p, prog))) {
			TH_LOG("%s", requests[i].name);
		}
		expect_seen(i, p, prog);
	}
	/* A request that is not well formed is put before them as well. */
	EXPECT_EQ(nobody ? EPERM : ENODEV,
		  watched(LSM_NONE, LSM_ANY, nobody,
			  sys_prog_query(IFINDEX_NONE, p->type,
					 &(struct sys_query){})));
	EXPECT_EQ(1, seen.asked);
	EXPECT_EQ(EBADF, watched(LSM_NONE, LSM_ANY, nobody,
				 lsm_issue(ATTACH, p, FD_CLOSED)));
	EXPECT_EQ(1, seen.asked);
	expect_count(p, 1);
}

TEST_F_TIMEOUT(lsm, asked_once, 60)
{
	need_policy();
	asked_once(_metadata, self, false);
}

TEST_F_TIMEOUT(lsm, asked_once_for_nobody, 60)
{
	need_policy();
	asked_once(_metadata, self, true);
}

/* So is what other attach types ask of bpf(2), with the same commands. */
TEST_F_TIMEOUT(lsm, other_types, 60)
{
	struct point other = { self->point.ifindex, BPF_CGROUP_INET_INGRESS };
	int i, nobody, ret;

	need_policy();
	for (nobody = 0; nobody < 2; nobody++)
		for_each_request(i) {
			ret = watched(LSM_NONE, LSM_ANY, nobody,
				      attr_issue(i, &other, self->b));
			EXPECT_NE(0, ret);
			EXPECT_NE(EACCES, ret);
			expect_seen(i, &other, self->b);
		}
}

static void forbidden(struct __test_metadata *_metadata,
		      FIXTURE_DATA(lsm) *self, bool nobody)
{
	struct point *p = &self->point;
	int i;

	for_each_request(i) {
		EXPECT_EQ(EACCES, watched(LSM_ANY, LSM_ANY, nobody,
					  lsm_issue(i, p, self->a)));
		EXPECT_EQ(1, seen.asked);
		EXPECT_EQ(EACCES, watched(requests[i].cmd, LSM_ANY, nobody,
					  lsm_issue(i, p, self->a)));
		EXPECT_EQ(EACCES, watched(LSM_ANY, p->type, nobody,
					  lsm_issue(i, p, self->a)));
	}
	expect_count(p, 1);
	expect_revision(p, 2);
}

TEST_F_TIMEOUT(lsm, forbidden, 60)
{
	need_policy();
	forbidden(_metadata, self, false);
}

TEST_F_TIMEOUT(lsm, forbidden_to_nobody, 60)
{
	need_policy();
	forbidden(_metadata, self, true);
}

/* A policy against links on ingress, which are of attach type 46. */
TEST_F_TIMEOUT(lsm, links_on_ingress, 60)
{
	int nobody;

	need_policy();
	ASSERT_EQ(46, BPF_TCX_INGRESS);
	for (nobody = 0; nobody < 2; nobody++) {
		EXPECT_EQ(EACCES, watched(BPF_LINK_CREATE, 46, nobody,
					  lsm_issue(LINK_CREATE, &self->point,
						    self->b)));
		EXPECT_EQ(0, watched(BPF_LINK_CREATE, 46, nobody,
				     lsm_issue(LINK_CREATE, &self->out,
					       self->b)));
		EXPECT_EQ(0, watched(BPF_LINK_CREATE, 46, nobody,
				     lsm_issue(ATTACH, &self->point, self->b)));
		EXPECT_EQ(0, watched(BPF_LINK_CREATE, 46, nobody,
				     lsm_issue(DETACH, &self->point, self->b)));
	}
	/* Without the policy all is as before. */
	bpf_link__destroy(self->link);
	self->link = NULL;
	EXPECT_EQ(0, lsm_issue(LINK_CREATE, &self->point, self->b));
}

TEST_HARNESS_MAIN
