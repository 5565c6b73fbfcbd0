/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The fixture of tests about single links: a device with its two attach points,
 * and programs for them. Include it after kselftest_harness.h.
 */
#ifndef TESTS_VM_LINK_FIXTURE_H
#define TESTS_VM_LINK_FIXTURE_H

#include "link.h"
#include "point.h"

/* A case that needs longer than the harness's 30 s. */
#define LONG	120

FIXTURE(link) {
	int home;	/* the namespace that the case begins in */
	struct point in, out;
	struct point *points[2];
	int progs[4];
	__u32 ids[4];
	int links;	/* on the host at the beginning */
};

FIXTURE_SETUP(link)
{
	int i;

	self->home = point_new(&self->in);
	ASSERT_GE(self->home, 0);
	self->out = (struct point){ self->in.ifindex, BPF_TCX_EGRESS };
	ASSERT_EQ(0, bpffs_new());
	self->points[0] = &self->in;
	self->points[1] = &self->out;
	for (i = 0; i < 4; i++) {
		self->progs[i] = cls_load();
		ASSERT_GT(self->progs[i], 0);
		self->ids[i] = prog_id(self->progs[i]);
	}
	self->links = links_count();
}

FIXTURE_TEARDOWN(link)
{
}

/* The program has only its link to keep it alive. */
#define forget_prog(i) do {						\
	close(self->progs[i]);						\
	self->progs[i] = -1;						\
} while (0)

#endif /* TESTS_VM_LINK_FIXTURE_H */
