/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The fixture of the tests that have classic tc in place of tcx: a device, programs
 * for it, and the backend chosen, which is strict. Include it after
 * kselftest_harness.h.
 */
#ifndef TESTS_VM_LEGACY_FIXTURE_H
#define TESTS_VM_LEGACY_FIXTURE_H

#include "counter.h"
#include "legacy.h"
#include "netns.h"

#define DEV	"dev"
#define PROGS	4

FIXTURE(legacy) {
	int ifindex;
	int map;
	int prog[PROGS];	/* each counts in its own slot */
	int drop;
};

FIXTURE_SETUP(legacy)
{
	int i;

	unsetenv("LIBTCX_BACKEND");
	legacy_quiet();
	ASSERT_GE(netns_new(), 0);
	ASSERT_EQ(0, devices_silent());
	self->ifindex = dummy_add(DEV);
	ASSERT_GT(self->ifindex, 0);
	self->map = counters_create(PROGS);
	ASSERT_GE(self->map, 0);
	for (i = 0; i < PROGS; i++) {
		self->prog[i] = counter_load(self->map, i);
		ASSERT_GT(self->prog[i], 2);
	}
	self->drop = verdict_load(BPF_PROG_TYPE_SCHED_CLS, TCX_DROP);
	ASSERT_GT(self->drop, 2);
	ASSERT_EQ(0, tcx_set_legacy(TCX_LEGACY_STRICT));
	ASSERT_EQ(0, tcx_set_backend(TCX_BACKEND_LEGACY));
}

FIXTURE_TEARDOWN(legacy)
{
}

/* The programs of the egress are these. */
#define HAS(...) \
	egress_has(self->ifindex, sizeof((int[]){ __VA_ARGS__ }) / sizeof(int), \
		   (int[]){ __VA_ARGS__ })
#define HAS_NONE	egress_has(self->ifindex, 0, NULL)

/* What libtcx says of the error has the word in it, and is short. @...: more of
 * struct tcx_explain_opts.
 */
#define EXPLAINS(err, word, ...) do {					\
	char __text[1024];						\
	TCX_OPTS(tcx_explain_opts, __what, .ifindex = self->ifindex,	\
		 .attach_type = EGRESS, ##__VA_ARGS__);			\
									\
	tcx_explain(err, &__what, __text, sizeof(__text));		\
	EXPECT_TRUE(strstr(__text, word) && strlen(__text) < 1000)	\
		TH_LOG("%s", __text);					\
} while (0)

#endif /* TESTS_VM_LEGACY_FIXTURE_H */
