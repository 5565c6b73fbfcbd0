// SPDX-License-Identifier: GPL-2.0
/*
 * Numbers that requests name, and what is behind them: descriptors that are
 * closed and exchanged in the middle of a request, devices of another
 * namespace. See abuse.h.
 */
#include <limits.h>

#include "kselftest_harness.h"

#include "abuse.h"

enum { SLOT_PROG = 700, SLOT_OTHER, SLOT_LINK, SLOT_NODE, SLOTS_END };

#define OWN_PROGS	3

FIXTURE(descriptors) {
	struct gang gang;
	struct point points[2];
	int node, map, null, xdp, raw_tp;
	int progs[OWN_PROGS];
	__u32 ids[OWN_PROGS];
	int links;
	_Atomic unsigned long done[5], refused[5];
};

typedef FIXTURE_DATA(descriptors) descriptors_data;

FIXTURE_SETUP(descriptors)
{
	int i;

	ASSERT_GE(point_new(&self->points[0]), 0);
	self->points[1] = self->points[0];
	self->points[1].type = BPF_TCX_EGRESS;
	self->node = node_open();
	self->map = map_create();
	self->null = open("/dev/null", O_RDWR | O_CLOEXEC);
	self->xdp = xdp_link_create(verdict_load(BPF_PROG_TYPE_XDP, 2),
				    self->points[0].ifindex);
	ASSERT_GT(self->map, 0);
	ASSERT_GT(self->null, 0);
	ASSERT_GT(self->xdp, 0);
	for (i = 0; i < OWN_PROGS; i++) {
		self->progs[i] = cls_load();
		ASSERT_GT(self->progs[i], 0);
		self->ids[i] = prog_id(self->progs[i]);
	}
	self->links = links_count();
}

FIXTURE_TEARDOWN(descriptors)
{
}

static void *exchanger(void *arg)
{
	descriptors_data *self = arg;
	unsigned int state = 7;

	while (!self->gang.stop) {
		int slot = SLOT_PROG + step(&state) % (SLOTS_END - SLOT_PROG);
		unsigned int what = step(&state) % 8;
		int fd = -1;

		if (what == 0)
			fd = self->map;
		else if (what == 1)
			fd = self->null;
		else if (what == 2)
			fd = self->xdp;
		else if (what < 7 && slot == SLOT_NODE)
			fd = self->node;
		else if (what < 7 && slot != SLOT_LINK)
			fd = self->progs[step(&state) % OWN_PROGS];
		/* Links that others have put there go with whatever comes. */
		if (fd >= 0)
			dup2(fd, slot);
		else
			close(slot);
		if (step(&state) % 4 == 0)
			sched_yield();
	}
	return NULL;
}

/* ENOTTY: what is there is not the device. */
#define fd_allowed(ret)							\
	allowed(ret, EBADF, EINVAL, EEXIST, ENOENT, EBUSY, ENOTTY, ERANGE, \
		EAGAIN)

static void *fd_issuer(void *arg)
{
	static const __u32 places[] = {
		0, BPF_F_BEFORE, BPF_F_AFTER, BPF_F_BEFORE | BPF_F_LINK,
		BPF_F_AFTER | BPF_F_LINK,
	};
	descriptors_data *self = arg;
	unsigned int state = (uintptr_t)&state >> 8;

	while (!self->gang.stop) {
		const struct point *p = &self->points[step(&state) % 2];
		struct ask what = ask_of(p, SLOT_PROG);
		int op = step(&state) % 5, ret;

		what.flags = places[step(&state) % ARRAY_SIZE(places)];
		if (what.flags & BPF_F_LINK)
			what.relative = SLOT_LINK;
		else if (what.flags)
			what.relative = step(&state) % 2 ? SLOT_OTHER : 0;
		switch (op) {
		case 0:
			if (step(&state) % 3 == 0) {
				what.flags = BPF_F_REPLACE;
				what.relative = 0;
				what.replace_fd = SLOT_OTHER;
			}
			ret = ask(SLOT_NODE, ATTACH, &what);
			break;
		case 1:
			ret = ask(SLOT_NODE, DETACH, &what);
			break;
		case 2:
			ret = ask(SLOT_NODE, QUERY, &what);
			break;
		case 3:
			ret = ask(SLOT_NODE, LINK_CREATE, &what);
			if (ret >= 0) {
				dup2(ret, SLOT_LINK);
				close(ret);
			}
			break;
		default:
			/* Of whatever type: an XDP link refuses the program. */
			ret = tcx_link_update(SLOT_LINK, SLOT_OTHER);
			break;
		}
		gang_must(&self->gang, fd_allowed(ret) ||
			  (op == 4 && ret == -ENOLINK), ret);
		if (ret >= 0)
			self->done[op]++;
		else
			self->refused[op]++;
	}
	return NULL;
}

TEST_F_TIMEOUT(descriptors, closed_meanwhile, LONG)
{
	static const char *const names[] = {
		"attach", "detach", "query", "create", "update",
	};
	int i, k;

	for (i = 0; i < 2; i++)
		gang_start(&self->gang, exchanger, self);
	for (i = 0; i < 3; i++)
		gang_start(&self->gang, fd_issuer, self);
	gang_run(&self->gang);
	for (i = 0; i < 5; i++) {
		TH_LOG("%s: %lu done, %lu refused", names[i], self->done[i],
		       self->refused[i]);
		EXPECT_GT(self->done[i], 0);
		/* Through bpf(2) a query needs no descriptor. */
		if (i != 2 || sys_interface_is_ioctl()) {
			EXPECT_GT(self->refused[i], 0);
		}
	}

	/* Every reference that a request has taken was given back. */
	for (i = SLOT_PROG; i < SLOTS_END; i++)
		close(i);
	EXPECT_EQ(self->links, links_settle(self->links));
	for (k = 0; k < 2; k++) {
		for (i = 0; i < OWN_PROGS; i++)
			point_detach(&self->points[k], self->progs[i]);
		EXPECT_EQ(0, point_query(&self->points[k]).count);
	}
	for (i = 0; i < OWN_PROGS; i++) {
		close(self->progs[i]);
		EXPECT_TRUE(prog_gone(self->ids[i]));
	}
}

/* Numbers that are none of the caller's devices, in each request. */
TEST_F(descriptors, device_numbers)
{
	struct point other = { .type = BPF_TCX_INGRESS };
	int home = netns_open(), away, request, node = self->node;
	size_t k;

	away = netns_new();
	ASSERT_GE(away, 0);
	other.ifindex = link_add("dummy", "other", 4321);
	ASSERT_EQ(4321, other.ifindex);
	ASSERT_EQ(0, point_attach(&other, self->progs[1]));
	ASSERT_EQ(0, netns_enter(home));

	const __u32 numbers[] = {
		4321, 0, -1U, -4321U, INT_MAX, INT_MIN, 0x10000,
		(__u32)-self->points[0].ifindex,
		self->points[0].ifindex | 0x80000000,
	};
	for (k = 0; k < ARRAY_SIZE(numbers); k++) {
		for (request = 0; request < REQUESTS; request++) {
			struct ask what = {
				.ifindex = numbers[k],
				.type = BPF_TCX_INGRESS,
				.prog_fd = self->progs[1],
			};

			EXPECT_EQ(-ENODEV, ask(node, request, &what)) {
				TH_LOG("%s, %#x", requests[request].name,
				       numbers[k]);
			}
		}
	}
	ASSERT_EQ(0, netns_enter(away));
	expect_count(&other, 1);
	expect_revision(&other, 2);
}

TEST_HARNESS_MAIN
