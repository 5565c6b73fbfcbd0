// SPDX-License-Identifier: GPL-2.0
/*
 * The module comes and goes while classic tc changes everywhere: in several
 * namespaces clsact and ingress qdiscs come and go, with blocks of their own and
 * with shared ones, and filters come and go without RTNL. Swaps that are under
 * way when the tc hook redirects them must not put an attach point out of its
 * place, nor anything of the module stay in a slot.
 *
 * In each cycle the module is loaded, programs are attached at once to all
 * devices, see all packets that are sent until they are detached, and the module
 * is unloaded. One device has a classic filter all the time that sees every
 * packet; in the end all have one, for which it has to be as if nothing had been.
 *
 * Always with hook=tc. Natively the cycles are the same, without a module.
 *
 *   LOAD_CYCLES	how many (8)
 */
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "kselftest_harness.h"

#include "churn_jobs.h"
#include "module.h"
#include "tc_net.h"

#define CYCLES		8
#define SPACES		3
#define ROUNDS		3	/* attach, send, detach: in one cycle */
#define PACKETS		5	/* in one round */
#define BLOCKS		70	/* the first index of a shared block */
#define PRIO_COUNTS	1
#define MARK_CYCLE	1

enum { CALM = SPACES };	/* the last scene has no other changes */

#define POINTS		(2 * (SPACES + 1))	/* of scene n / 2, n & 1 */

/* A tap device and a dummy, see churn_exact.h. */
struct scene {
	int space;
	int fds[2];		/* a frame written there passes the point */
	struct point points[2];
};

/* Shared by all processes. */
struct shared {
	_Atomic bool stop;
	_Atomic unsigned long sent[2];	/* in the calm scene */
	pthread_mutex_t turns[SPACES];	/* of a scene's workers, see there */
};

FIXTURE(load) {
	struct scene scenes[SPACES + 1];
	int map;	/* counters: MARKS for each point */
	struct prog classic[2];
	struct shared *shared;
	pid_t workers[3 * SPACES + 1];
	int nr_workers;
	char args[128];
};

typedef FIXTURE_DATA(load) load_data;

static void scene_create(struct scene *scene)
{
	scene->space = ns_new();
	scene->fds[0] = tap_open("t");
	if (dummy_add("u") < 0)
		fail("no dummy");
	scene->points[0] = (struct point){ dev_index("t"), INGRESS };
	scene->points[1] = (struct point){ dev_index("u"), EGRESS };
	scene->fds[1] = egress_socket(scene->points[1].ifindex);
}

static const struct point *point_of(const load_data *self, int n)
{
	return &self->scenes[n / 2].points[n & 1];
}

/* Programs count by the mark: the stream's, or MARK_CYCLE. */
static int point_send(load_data *self, int n, int mark, int packets)
{
	int fd = self->scenes[n / 2].fds[n & 1];
	unsigned char frame[ETH_ZLEN];

	marked_frame(frame, mark);
	for (; packets; packets--) {
		if (write(fd, frame, sizeof(frame)) != sizeof(frame))
			return -errno;
		if (n / 2 == CALM)
			self->shared->sent[n & 1]++;
	}
	return 0;
}

static __u64 point_count(load_data *self, int n)
{
	return counter_read(self->map, n * MARKS + MARK_CYCLE);
}

/* A kernel without 84ad0af0bccd (5.10) lets go of an ingress or clsact qdisc while
 * a filter request without RTNL still swaps for it, and the device's next qdisc
 * then swaps in the same slot: both may give one mini_Qdisc to call_rcu(), or one
 * that is freed. It dies of that without the module as well: 5.10.0-46 did, after
 * six minutes of these changes with the module unloaded. The module's slot mutex
 * keeps such swaps apart, but here it comes and goes. So there the workers of a
 * scene make their requests in turns; those that have begun when the module is
 * loaded, have begun all the same. kallsyms tells, for with that commit
 * qdisc_destroy() is called from more than one file.
 */
static bool swaps_collide(void)
{
	return !kernel_has("T qdisc_destroy");
}

static void turns_init(struct shared *shared)
{
	pthread_mutexattr_t attr;
	int i;

	pthread_mutexattr_init(&attr);
	pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	for (i = 0; i < SPACES; i++)
		pthread_mutex_init(&shared->turns[i], &attr);
}

FIXTURE_SETUP(load)
{
	int i, k;

	self->map = counters_create(POINTS * MARKS);
	ASSERT_GT(self->map, 0);
	for (i = 0; i <= SPACES; i++)
		scene_create(&self->scenes[i]);
	for (k = 0; k < 2; k++) {
		const struct point *p = &self->scenes[CALM].points[k];

		self->classic[k] = prog_classic();
		ASSERT_EQ(0, qdisc_add(p->ifindex, "clsact"));
		ASSERT_EQ(0, filter_bpf(p->ifindex, p->type, PRIO_COUNTS,
					self->classic[k].fd, NLM_F_EXCL));
	}
	self->shared = mmap(NULL, sizeof(*self->shared), PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, (void *)self->shared);
	turns_init(self->shared);
	snprintf(self->args, sizeof(self->args), "%s hook=tc", module_args());
}

FIXTURE_TEARDOWN(load)
{
}

/*
 * What changes meanwhile. Requests meet devices without a qdisc, with another
 * one, or with one that goes just then.
 */
static bool answer_ok(int ret)
{
	return !ret || ret == -EINVAL || ret == -ENOENT || ret == -EEXIST ||
	       ret == -EBUSY || ret == -EOPNOTSUPP || ret == -EAGAIN;
}

/* Block @index for both directions; ingress qdiscs have one. */
static int qdisc_add_shared(int ifindex, const char *kind, __u32 index)
{
	__u32 egress = index + 1;
	struct nl_req req;

	nl_init(&req, RTM_NEWQDISC, NLM_F_CREATE | NLM_F_EXCL, sizeof(req.tc));
	qdisc_name(&req.tc, ifindex);
	nl_put_str(&req, TCA_KIND, kind);
	nl_put(&req, TCA_INGRESS_BLOCK, &index, sizeof(index));
	if (!strcmp(kind, "clsact"))
		nl_put(&req, TCA_EGRESS_BLOCK, &egress, sizeof(egress));
	return nl_talk(&req);
}

/* A flower filter in a shared block: it comes and goes without RTNL, and with it
 * changes the head of the chain of all devices that share the block.
 */
static int block_flower(int index, int prio, bool add)
{
	const __u32 flags = TCA_CLS_FLAGS_SKIP_HW;
	const __be16 proto = htons(ETH_P_LOOPBACK);
	struct rtattr *nest;
	struct nl_req req;

	nl_init(&req, add ? RTM_NEWTFILTER : RTM_DELTFILTER,
		add ? NLM_F_CREATE | NLM_F_EXCL : 0, sizeof(req.tc));
	filter_name(&req, TCM_IFINDEX_MAGIC_BLOCK, index, prio);
	if (!add) {
		req.tc.tcm_handle = 0;
		return nl_talk(&req);
	}
	nl_put_str(&req, TCA_KIND, "flower");
	nest = nl_nest(&req, TCA_OPTIONS);
	nl_put(&req, TCA_FLOWER_KEY_ETH_TYPE, &proto, sizeof(proto));
	nl_put(&req, TCA_FLOWER_FLAGS, &flags, sizeof(flags));
	nl_nest_end(&req, nest);
	return nl_talk(&req);
}

static bool change_qdisc(const struct scene *scene, unsigned int round)
{
	const struct point *p = &scene->points[round & 1];
	int ret;

	switch (round / 2 % 6) {
	case 0:
		ret = qdisc_add(p->ifindex, "clsact");
		break;
	case 2:
		ret = qdisc_add_shared(p->ifindex, "clsact", BLOCKS);
		break;
	case 4:
		ret = qdisc_add_shared(p->ifindex, round & 1 ? "clsact" :
							       "ingress",
				       BLOCKS);
		break;
	default:
		/* Time for filters. */
		sleep_ms(2);
		ret = qdisc_del(p->ifindex);
	}
	return answer_ok(ret);
}

static bool change_filter(const struct scene *scene, unsigned int round)
{
	const struct point *p = &scene->points[round & 1];

	return answer_ok(round & 2 ? filter_del(p->ifindex, p->type, 10) :
				     filter_flower(p->ifindex, p->type, 10));
}

static bool change_block(const struct scene *scene, unsigned int round)
{
	return answer_ok(block_flower(BLOCKS + (round & 1), 20, !(round & 2)));
}

static bool in_turn(pthread_mutex_t *turn, const struct scene *scene,
		    bool (*work)(const struct scene *, unsigned int),
		    unsigned int round)
{
	bool ok;

	pthread_mutex_lock(turn);
	ok = work(scene, round);
	pthread_mutex_unlock(turn);
	/* For the others' sake. */
	sched_yield();
	return ok;
}

static void worker(load_data *self, const struct scene *scene,
		   bool (*work)(const struct scene *, unsigned int))
{
	pthread_mutex_t *turn = &self->shared->turns[scene - self->scenes];
	bool turns = swaps_collide(), ok = true;
	unsigned int round = 0;
	pid_t pid = fork();

	if (pid < 0)
		fail("fork: %m");
	if (pid) {
		self->workers[self->nr_workers++] = pid;
		return;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	ns_enter(scene->space);
	for (; ok && !self->shared->stop; round++)
		ok = turns ? in_turn(turn, scene, work, round) :
			     work(scene, round);
	if (!ok)
		_exit(1);
	_exit(round < 12 ? 2 : 0);
}

/* Packets at all points from all CPUs, but not many: see churn_jobs.h. */
static void drip(load_data *self)
{
	unsigned int round = 0;
	pid_t pid = fork();
	int n;

	if (pid < 0)
		fail("fork: %m");
	if (pid) {
		self->workers[self->nr_workers++] = pid;
		return;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (!self->shared->stop) {
		on_cpu(round++ & 1);
		for (n = 0; n < POINTS; n++)
			if (point_send(self, n, MARK_STREAM, 4))
				_exit(1);
		usleep(5000);
	}
	_exit(0);
}

/*
 * What the module does meanwhile.
 */
#define use_must(cond, value) do {					\
	if (!(cond)) {							\
		fprintf(stderr, "# line %d: point %d: %ld\n", __LINE__, n, \
			(long)(value));					\
		return 1;						\
	}								\
} while (0)

/* In a process of its own, which holds the module only so long. All are attached
 * before the first packet is sent, every other one by a link.
 */
static int use(load_data *self, const int *progs)
{
	int fds[POINTS], round, n;

	for (round = 0; round < ROUNDS; round++) {
		for (n = 0; n < POINTS; n++) {
			ns_enter(self->scenes[n / 2].space);
			fds[n] = (n / 2 + round) & 1 ?
				 point_link(point_of(self, n), progs[n]) :
				 point_attach(point_of(self, n), progs[n]);
			use_must(fds[n] >= 0, fds[n]);
		}
		for (n = 0; n < POINTS; n++) {
			__u64 seen = point_count(self, n);

			use_must(!point_send(self, n, MARK_CYCLE, PACKETS), 0);
			/* A swap that comes late has its time. */
			sleep_ms(round);
			use_must(!point_send(self, n, MARK_CYCLE, PACKETS), 0);
			seen = point_count(self, n) - seen;
			use_must(seen == 2 * PACKETS, seen);
		}
		for (n = 0; n < POINTS; n++) {
			__u64 seen = point_count(self, n);

			ns_enter(self->scenes[n / 2].space);
			if ((n / 2 + round) & 1)
				close(fds[n]);
			else
				use_must(!point_detach(point_of(self, n),
						       progs[n]), 0);
			use_must(!point_send(self, n, MARK_CYCLE, PACKETS), 0);
			seen = point_count(self, n) - seen;
			use_must(!seen, seen);
		}
	}
	return 0;
}

/* A filter sees what passes, and no more when it has gone. */
static int classic_works(load_data *self, int n)
{
	const struct point *p = point_of(self, n);
	struct prog classic = prog_classic();

	ns_enter(self->scenes[n / 2].space);
	qdisc_del(p->ifindex);
	use_must(!qdisc_add(p->ifindex, "clsact"), 0);
	use_must(!filter_bpf(p->ifindex, p->type, PRIO_COUNTS, classic.fd,
			     NLM_F_EXCL), 0);
	use_must(!point_send(self, n, MARK_CYCLE, PACKETS), 0);
	use_must(classic.dp->packets == PACKETS, classic.dp->packets);
	use_must(!filter_del(p->ifindex, p->type, PRIO_COUNTS), 0);
	use_must(!point_send(self, n, MARK_CYCLE, PACKETS), 0);
	use_must(classic.dp->packets == PACKETS, classic.dp->packets);
	use_must(!qdisc_del(p->ifindex), 0);
	return 0;
}

/* LOAD_CYCLES may be many: the limit is that of TEST_SECONDS. */
TEST_F_TIMEOUT(load, while_tc_changes, 9999)
{
	int cycles = env_number("LOAD_CYCLES", CYCLES), cycle, i, n, status;
	bool module = module_loaded();
	int progs[POINTS];

	for (n = 0; n < POINTS; n++) {
		progs[n] = marked_counter_load(self->map, n * MARKS);
		ASSERT_GT(progs[n], 0);
	}
	if (module)
		ASSERT_EQ(0, module_unload());
	for (i = 0; i < SPACES; i++) {
		worker(self, &self->scenes[i], change_qdisc);
		worker(self, &self->scenes[i], change_filter);
		worker(self, &self->scenes[i], change_block);
	}
	drip(self);

	for (cycle = 0; cycle < cycles && _metadata->passed; cycle++) {
		if (cycle && cycle % 50 == 0)
			TH_LOG("%d cycles", cycle);
		if (module)
			ASSERT_EQ(0, module_load_with(self->args));
		EXPECT_EQ(0, in_child(use(self, progs)));
		if (module)
			ASSERT_EQ(0, module_unload());
		/* Where nothing of the module's may be left. */
		for (n = 0; n < POINTS; n++)
			EXPECT_EQ(0, point_send(self, n, MARK_CYCLE, PACKETS));
	}

	self->shared->stop = true;
	for (i = 0; i < self->nr_workers; i++) {
		EXPECT_EQ(self->workers[i],
			  waitpid(self->workers[i], &status, 0));
		EXPECT_EQ(0, status) {
			TH_LOG("worker %d", i);
		}
	}
	for (i = 0; i < 2; i++)
		EXPECT_EQ(self->shared->sent[i], self->classic[i].dp->packets);
	TH_LOG("%d cycles, %lu and %lu packets at the calm points", cycle,
	       self->shared->sent[0], self->shared->sent[1]);
	for (n = 0; n < POINTS; n++)
		EXPECT_EQ(0, classic_works(self, n));
	if (module)
		ASSERT_EQ(0, module_load());
}

TEST_HARNESS_MAIN
