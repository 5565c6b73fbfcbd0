// SPDX-License-Identifier: GPL-2.0
/*
 * Several owners of one point, each with a program of its own that it attaches
 * and detaches under the revision that it saw last. Whatever interleaves: a
 * request succeeds or is stale, each success is one step of the revision, and
 * the program that was there before keeps its place. Then owners of programs on a
 * device that is moved and removed meanwhile.
 */
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "kselftest_harness.h"

#include "netns.h"
#include "point.h"

#define WORKERS		4
#define ROUNDS	150

FIXTURE(owners) {
	int home;	/* the namespace that the case begins in */
	struct point point;
	int progs[WORKERS];
};

FIXTURE_SETUP(owners)
{
	int i;

	self->home = point_new(&self->point);
	ASSERT_GE(self->home, 0);
	for (i = 0; i < WORKERS; i++) {
		self->progs[i] = cls_load();
		ASSERT_GT(self->progs[i], 0);
	}
}

FIXTURE_TEARDOWN(owners)
{
}

/* Nothing but their attachments keeps the programs now. */
#define expect_gone() do {						\
	int __i;							\
									\
	for (__i = 0; __i < WORKERS; __i++) {				\
		__u32 __id = prog_id(self->progs[__i]);			\
									\
		close(self->progs[__i]);				\
		EXPECT_TRUE(prog_gone(__id));				\
	}								\
} while (0)

struct worker {
	const struct point *point;
	int prog_fd;
	bool front;
	_Atomic bool *go;
	unsigned int done, stale;
	int err;
};

static void *work(void *arg)
{
	struct worker *w = arg;
	const struct point *p = w->point;
	bool attached = false;

	while (!*w->go)
		sched_yield();
	while (w->done < ROUNDS) {
		struct point_state seen = point_query(p);
		int ret;

		/* Let the others change it now; they do if this one sleeps. */
		if (w->done % 8)
			sched_yield();
		else
			usleep(100);

		if (seen.ret) {
			w->err = seen.ret;
			break;
		}
		if (attached)
			ret = sys_prog_detach(p->ifindex, p->type, w->prog_fd,
					      0, 0, seen.revision);
		else
			ret = sys_prog_attach(p->ifindex, p->type, w->prog_fd,
					      w->front ? BPF_F_BEFORE :
							 BPF_F_AFTER,
					      0, 0, seen.revision);
		if (ret == -ESTALE) {
			w->stale++;
			continue;
		}
		if (ret) {
			w->err = ret;
			break;
		}
		attached = !attached;
		w->done++;
	}
	return w;
}

static void expect_consistent(struct __test_metadata *_metadata,
			      const struct point *p, struct worker *workers,
			      __u32 base_id)
{
	unsigned int done = 0, stale = 0, i;

	for (i = 0; i < WORKERS; i++) {
		EXPECT_EQ(0, workers[i].err);
		EXPECT_EQ(ROUNDS, workers[i].done);
		done += workers[i].done;
		stale += workers[i].stale;
	}
	TH_LOG("%u changes, %u stale requests", done, stale);
	EXPECT_GT(stale, 0);
	expect_count(p, 1);
	expect_revision(p, 2 + done);
	EXPECT_EQ(base_id, point_query(p).ids[0]);
}

TEST_F_TIMEOUT(owners, threads, 120)
{
	struct worker workers[WORKERS] = {};
	pthread_t threads[WORKERS];
	int base = cls_load();
	_Atomic bool go = false;
	int i;

	ASSERT_EQ(0, point_attach(&self->point, base));
	for (i = 0; i < WORKERS; i++) {
		workers[i] = (struct worker){
			.point = &self->point,
			.prog_fd = self->progs[i],
			.front = i & 1,
			.go = &go,
		};
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, work,
					    &workers[i]));
	}
	go = true;
	for (i = 0; i < WORKERS; i++)
		ASSERT_EQ(0, pthread_join(threads[i], NULL));
	expect_consistent(_metadata, &self->point, workers, prog_id(base));
	expect_gone();
}

TEST_F_TIMEOUT(owners, processes, 120)
{
	struct {
		struct worker workers[WORKERS];
		_Atomic bool go;
	} *shared;
	int base = cls_load();
	struct point out = { self->point.ifindex, BPF_TCX_EGRESS };
	struct worker *workers;
	int i;

	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, (void *)shared);
	workers = shared->workers;
	ASSERT_EQ(0, point_attach(&out, base));
	for (i = 0; i < WORKERS; i++) {
		workers[i] = (struct worker){
			.point = &out,
			.prog_fd = self->progs[i],
			.front = i & 1,
			.go = &shared->go,
		};
		if (!fork()) {
			work(&workers[i]);
			_exit(0);
		}
	}
	shared->go = true;
	for (i = 0; i < WORKERS; i++)
		ASSERT_GT(wait(NULL), 0);
	expect_consistent(_metadata, &out, workers, prog_id(base));
}

/* Requests on a device that others remove and move at the same time: each is
 * answered sensibly, and nothing is left.
 */
TEST_F_TIMEOUT(owners, requests_while_the_device_goes, 120)
{
	struct point p = { 4711, BPF_TCX_INGRESS };
	pid_t pids[WORKERS];
	int away, i, status;

	away = netns_new();
	ASSERT_GE(away, 0);
	ASSERT_EQ(0, netns_enter(self->home));
	for (i = 0; i < WORKERS; i++) {
		pids[i] = fork();
		if (pids[i])
			continue;
		/* Half of them wait where the device goes. */
		if (netns_enter(i & 1 ? away : self->home))
			_exit(1);
		for (;;) {
			int ret = point_attach(&p, self->progs[i]);

			if (ret && ret != -ENODEV && ret != -EEXIST)
				_exit(2);
			ret = point_detach(&p, self->progs[i]);
			if (ret && ret != -ENODEV && ret != -ENOENT)
				_exit(3);
		}
	}
	for (i = 0; i < 40; i++) {
		ASSERT_EQ(0, netns_enter(self->home));
		ASSERT_EQ(4711, link_add("dummy", "brief", 4711));
		sleep_ms(10);
		ASSERT_EQ(0, link_move(4711, away));
		sleep_ms(10);
		ASSERT_EQ(0, netns_enter(away));
		ASSERT_EQ(0, link_del(4711));
	}
	for (i = 0; i < WORKERS; i++) {
		kill(pids[i], SIGKILL);
		ASSERT_EQ(pids[i], waitpid(pids[i], &status, 0));
		EXPECT_TRUE(WIFSIGNALED(status)) {
			TH_LOG("worker %d ended with %#x", i, status);
		}
	}
	expect_gone();
}

TEST_HARNESS_MAIN
