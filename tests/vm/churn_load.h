/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The module loaded and unloaded, over and over, while packets pass from all
 * CPUs at the place where it hooks in and while classic tc's filters change.
 * The same two devices as in churn_exact.h, each with a classic filter that has
 * to see every packet, whatever comes and goes in front of it. In each cycle a
 * program and a link are attached to both, see the packets that are sent then,
 * and are detached again.
 *
 * Natively the cycle is the same, without a module.
 */
#ifndef TESTS_VM_CHURN_LOAD_H
#define TESTS_VM_CHURN_LOAD_H

#include "churn_jobs.h"
#include "module.h"

/* Those through bpf(2) take twice as long: that one is redirected, too. */
#define CYCLES		(sys_door_is_ioctl() ? 100 : 10)
#define PRIO_STAYS	100
#define MARK_CYCLE	1
#define CYCLE_PACKETS	3

enum { UNLOADING, LOADING, USING };

static inline unsigned long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* One line says what went wrong; 0 is fine, 255 nothing that has a line. */
#define cycle_must(cond, value) do {					\
	if (!(cond)) {							\
		fprintf(stderr, "# line %d: %d\n", __LINE__, (int)(value)); \
		return 1;						\
	}								\
} while (0)

/* In a process of its own, which holds the module only so long. */
static inline int cycle_attach(struct exact *e, const int (*progs)[2], int map)
{
	int i, k, link;

	for (i = 0; i < 2; i++) {
		const struct point *p = &e->points[i];
		__u64 seen[2];

		link = sys_link_create(p->ifindex, p->type, progs[i][0], 0, 0,
				       0);
		cycle_must(link > 0, link);
		cycle_must(!point_attach(p, progs[i][1]), 0);
		for (k = 0; k < 2; k++)
			seen[k] = counter_read(map, (2 * i + k) * MARKS +
						    MARK_CYCLE);
		cycle_must(!exact_send(e, i, MARK_CYCLE, CYCLE_PACKETS), 0);
		cycle_must(!point_detach(p, progs[i][1]), 0);
		/* Every other one ends with its process. */
		if (i)
			close(link);
		for (k = 0; k < 2; k++) {
			int slot = (2 * i + k) * MARKS + MARK_CYCLE;

			cycle_must(counter_read(map, slot) ==
				   seen[k] + CYCLE_PACKETS,
				   counter_read(map, slot) - seen[k]);
		}
	}
	return 0;
}

static inline void cycle_filters(struct __test_metadata *_metadata,
				 struct exact *e, struct prog *classic)
{
	int i;

	for (i = 0; i < 2; i++) {
		const struct point *p = &e->points[i];

		classic[i] = prog_classic();
		classic[i].dp->proto = DP_PROTO;
		ASSERT_EQ(0, qdisc_add(p->ifindex, "clsact"));
		ASSERT_EQ(0, filter_bpf(p->ifindex, p->type, PRIO_STAYS,
					classic[i].fd, NLM_F_EXCL));
	}
}

static inline void cycles_run(struct __test_metadata *_metadata,
			      struct exact *e, int cycles)
{
	bool module = module_loaded();
	int map = counters_create(4 * MARKS), progs[2][2], i, k, cycle;
	struct prog classic[2];
	unsigned long took[3] = {};

	cycle_filters(_metadata, e, classic);
	for (i = 0; i < 2; i++) {
		for (k = 0; k < 2; k++) {
			progs[i][k] = marked_counter_load(map,
							  (2 * i + k) * MARKS);
			ASSERT_GT(progs[i][k], 0);
		}
	}
	/* Until they are told. */
	e->end = INT_MAX;
	for (i = 0; i < 4; i++)
		exact_spawn(e, "drip", job_drip, i);
	exact_spawn(e, "flower", job_flower_slowly, 0);

	for (cycle = 0; cycle < cycles && _metadata->passed; cycle++) {
		unsigned long begin = now_ms();

		if (module) {
			EXPECT_EQ(0, module_unload());
			EXPECT_FALSE(module_loaded());
			EXPECT_NE(0, access(TCX_BACKPORT_DEVICE, F_OK));
			took[UNLOADING] += now_ms() - begin;
			begin = now_ms();
			EXPECT_EQ(0, module_load());
			took[LOADING] += now_ms() - begin;
			begin = now_ms();
		}
		EXPECT_EQ(0, in_child(cycle_attach(e, progs, map)));
		took[USING] += now_ms() - begin;
	}
	e->ledger->stop = true;
	exact_join(_metadata, e, cycles >= CYCLES);

	for (i = 0; i < 2; i++) {
		struct ledger *ledger = e->ledger;

		EXPECT_EQ(ledger->sent[i][MARK_STREAM] +
			  ledger->sent[i][MARK_CYCLE], classic[i].dp->packets);
		EXPECT_EQ(cycle * CYCLE_PACKETS, ledger->sent[i][MARK_CYCLE]);
		for (k = 0; k < 2; k++) {
			EXPECT_EQ(ledger->sent[i][MARK_CYCLE],
				  counter_read(map, (2 * i + k) * MARKS +
						    MARK_CYCLE));
		}
		TH_LOG("%s: %lu packets", direction[e->points[i].type],
		       ledger->sent[i][MARK_STREAM]);
		EXPECT_EQ(0, link_del(e->points[i].ifindex));
	}
	TH_LOG("%d cycles; ms: %lu unloading, %lu loading, %lu in use", cycle,
	       took[UNLOADING], took[LOADING], took[USING]);
}

#endif /* TESTS_VM_CHURN_LOAD_H */
