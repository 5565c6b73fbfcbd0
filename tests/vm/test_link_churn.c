// SPDX-License-Identifier: GPL-2.0
/*
 * Everything that can happen to attach points and links, in random order and
 * several at a time, with traffic. On devices that come and go: links created
 * beside each other, updated, detached, closed, pinned, unpinned; their owners
 * killed in the middle of it; programs attached and detached beside them;
 * qdiscs and filters; devices removed, and moved between namespaces; namespaces
 * removed. Every answer must be one that the moment allows, what belongs to one
 * worker alone must be as that worker left it. At the same time, on two devices
 * that stay: what churn_exact.h says, where not one packet may be missed. In
 * the end nothing may be left: no link, no program, no reference to the module.
 *
 * Then the module itself, loaded and unloaded under traffic (churn_load.h).
 *
 *   CHURN_SECONDS	how long (25)
 *   CHURN_SEED		where chance begins. It fixes what each worker tries,
 *			not how the workers interleave
 *   LOAD_CYCLES	how often the module is loaded (40; through bpf(2) 10)
 *
 * tests/vm/run --set CHURN_SECONDS=600 --set TEST_SECONDS=1000 test_link_churn
 */
#include <limits.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>

#include "kselftest_harness.h"

#include "churn_exact.h"
#include "churn_jobs.h"
#include "churn_load.h"
#include "churn_worker.h"
#include "link.h"
#include "module.h"
#include "netns.h"
#include "point.h"

#define SECONDS		25

/* All have ended well, and each has done something, if there was time: more than
 * once, but where moving a device waits for grace periods that nothing expedites
 * (PREEMPT_RT).
 */
static void exact_join(struct __test_metadata *_metadata, struct exact *e,
		       bool all)
{
	unsigned long least = env_number("TCX_SLOWNESS", 1) > 1 ? 1 : 2;
	int i, status;

	for (i = 0; i < e->nr_workers; i++) {
		EXPECT_EQ(e->workers[i].pid,
			  waitpid(e->workers[i].pid, &status, 0));
		EXPECT_EQ(0, status) {
			TH_LOG("%s: %d in line %d", e->workers[i].name,
			       e->ledger->tales[i].ret,
			       e->ledger->tales[i].line);
		}
		if (all) {
			EXPECT_LE(least, e->ledger->tales[i].rounds);
		}
		TH_LOG("%-16s %8lu rounds", e->workers[i].name,
		       e->ledger->tales[i].rounds);
	}
}

/* Each of those that stayed has seen every packet, once. */
static void exact_check(struct __test_metadata *_metadata, struct exact *e)
{
	static const char *const names[] = { "stays", "replaced", "updated" };
	int i, k, mark;

	for (i = 0; i < 2; i++) {
		struct ledger *ledger = e->ledger;
		struct point_state state = point_query(&e->points[i]);

		for (k = 0; k < STAYERS; k++) {
			for (mark = 0; mark < MARKS; mark++) {
				int slot = exact_slot(i, k) + mark;

				EXPECT_EQ(ledger->sent[i][mark],
					  counter_read(e->counters, slot)) {
					TH_LOG("%s, %s, mark %d",
					       direction[e->points[i].type],
					       names[k], mark);
				}
			}
		}
		TH_LOG("%s: %lu packets, %lu of them by visitors; %lu changes",
		       direction[e->points[i].type],
		       ledger->sent[i][0] + ledger->sent[i][1] +
		       ledger->sent[i][2],
		       ledger->sent[i][1] + ledger->sent[i][2],
		       ledger->made[i]);
		EXPECT_EQ(0, state.ret);
		EXPECT_EQ(STAYERS, state.count);
		EXPECT_LE(1 + ledger->made[i], state.revision);
		EXPECT_GE(1 + ledger->tried[i], state.revision);
	}
}

FIXTURE(churn) {
	struct exact exact;
	int spaces[SPACES];
	int links;
};

FIXTURE_SETUP(churn)
{
	int i;

	ASSERT_EQ(0, bpffs_new());
	for (i = 0; i < SPACES; i++) {
		self->spaces[i] = netns_new();
		ASSERT_GE(self->spaces[i], 0);
	}
	for (i = 0; i < DEVICES - 1; i++)
		ASSERT_EQ(0, device_make(i));
	exact_devices(&self->exact);
	ASSERT_EQ(0, native_keys_hold(if_nametoindex("lo")));
	self->links = links_count();
}

FIXTURE_TEARDOWN(churn)
{
}

/* Longer than anybody asks for; the script has its own limit. */
TEST_F_TIMEOUT(churn, everything, 7200)
{
	int seconds = env_number("CHURN_SECONDS", SECONDS), i, k, status;
	unsigned int seed = env_number("CHURN_SEED", time(NULL) & 0xffffff);
	struct traffic traffic[SPACES] = {};
	int counters = counters_create(1);
	pid_t pids[WORKERS];
	struct exact *exact = &self->exact;
	struct tale *tales;
	long slab = slab_kib();
	time_t end;

	TH_LOG("CHURN_SEED=%u CHURN_SECONDS=%d", seed, seconds);
	tales = mmap(NULL, WORKERS * sizeof(*tales), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, (void *)tales);
	exact_stayers(exact);
	end = time(NULL) + seconds;
	exact_start(exact, end, seed);
	for (i = 0; i < WORKERS; i++) {
		struct worker w = {
			.number = i,
			.seed = seed * WORKERS + i,
			.counters = counters,
			.tale = &tales[i],
		};

		tales[i].strange = OPS;
		memcpy(w.spaces, self->spaces, sizeof(w.spaces));
		pids[i] = fork();
		if (!pids[i])
			work(&w, end);
	}
	for (i = 0; i < SPACES; i++) {
		for (k = 0; k < DEVICES; k++)
			traffic[i].ifindex[k] = FIRST_IFINDEX + k;
		traffic[i].pause_us = 300;
		ASSERT_EQ(0, netns_enter(self->spaces[i]));
		ASSERT_EQ(0, traffic_start(&traffic[i]));
	}
	for (i = 0; i < WORKERS; i++) {
		ASSERT_EQ(pids[i], waitpid(pids[i], &status, 0));
		EXPECT_EQ(0, status);
		EXPECT_EQ(OPS, tales[i].strange) {
			TH_LOG("worker %d, %s: %d, line %d", i,
			       tales[i].strange < OPS ?
			       churn_ops[tales[i].strange].name : "-",
			       tales[i].strange_ret, tales[i].strange_line);
		}
	}
	for (i = 0; i < OPS; i++) {
		unsigned int done = 0, refused = 0;

		for (k = 0; k < WORKERS; k++) {
			done += tales[k].done[i];
			refused += tales[k].refused[i];
		}
		TH_LOG("%-16s %6u done %6u refused", churn_ops[i].name, done,
		       refused);
		if (seconds >= SECONDS) {
			EXPECT_GT(done, 0) {
				TH_LOG("%s", churn_ops[i].name);
			}
		}
	}
	exact_join(_metadata, exact, seconds >= SECONDS);
	for (i = 0; i < SPACES; i++)
		traffic_stop(&traffic[i]);
	TH_LOG("%lu packets, of which programs saw %llu times",
	       traffic[0].sent + traffic[1].sent,
	       (unsigned long long)counter_read(counters, 0));
	EXPECT_GT(counter_read(counters, 0), 0);

	/* The links are gone with the workers, programs without link with
	 * their devices, and then there is nothing left.
	 */
	EXPECT_EQ(self->links + 2, links_settle(self->links + 2));
	ASSERT_EQ(0, netns_enter(exact->space));
	exact_check(_metadata, exact);
	exact_end(exact);
	EXPECT_EQ(self->links, links_settle(self->links));
	for (i = 0; i < SPACES; i++) {
		ASSERT_EQ(0, netns_enter(self->spaces[i]));
		for (k = 0; k < DEVICES; k++)
			link_del(FIRST_IFINDEX + k);
	}
	for (i = 0; i < WORKERS; i++)
		for (k = 0; k < PROGS; k++)
			EXPECT_TRUE(prog_gone(tales[i].prog_ids[k]));
	slab = slab_growth(slab);
	TH_LOG("%ld KiB more in use", slab);
	EXPECT_LE(slab, SLAB_LIMIT);
	/* That nothing holds the module shows the next case, which unloads it. */
}

/* Those through bpf(2) take twice as long: that one is redirected, too. */
#define CYCLES		(sys_interface_is_ioctl() ? 40 : 10)
#define PRIO_STAYS	100

enum { UNLOADING, LOADING, USING };

static void cycle_filters(struct __test_metadata *_metadata, struct exact *e,
			  struct prog *classic)
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

void cycles_run(struct __test_metadata *_metadata, struct exact *e, int cycles)
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

FIXTURE(load) {
	struct exact exact;
};

FIXTURE_SETUP(load)
{
	exact_devices(&self->exact);
	ASSERT_EQ(0, native_keys_hold(if_nametoindex("lo")));
}

FIXTURE_TEARDOWN(load)
{
}

TEST_F_TIMEOUT(load, cycles, 7200)
{
	cycles_run(_metadata, &self->exact, env_number("LOAD_CYCLES", CYCLES));
}

TEST_HARNESS_MAIN
