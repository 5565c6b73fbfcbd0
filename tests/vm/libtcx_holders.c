// SPDX-License-Identifier: GPL-2.0
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "libtcx.h"
#include "libtcx_holders.h"
#include "module.h"
#include "seccomp_calls.h"

struct found {
	__u32 link_id;
	int times;
	struct tcx_link_holder last;
};

static int found_holder(const struct tcx_link_holder *holder, void *ctx)
{
	struct found *found = ctx;

	if (holder->link_id == found->link_id) {
		found->times++;
		found->last = *holder;
	}
	return 0;
}

struct holder {
	pthread_t thread;
	int ifindex;
	int prog;
	int pipe[2];	/* the link's fd or an errno, its id, the thread's */
	bool own_fds;
};

static void *hold(void *arg)
{
	struct holder *h = arg;
	TCX_OPTS(tcx_link_info, info);
	int said[3] = {};

	if (h->own_fds && unshare(CLONE_FILES))
		said[0] = -errno;
	if (!said[0])
		said[0] = tcx_link_create(h->ifindex, BPF_TCX_INGRESS, h->prog,
					  NULL);
	tcx_link_info(said[0], &info);
	said[1] = info.id;
	said[2] = syscall(SYS_gettid);
	if (write(h->pipe[1], said, sizeof(said)) != sizeof(said))
		return NULL;
	for (;;)
		pause();
}

static void *idle(void *arg)
{
	for (;;)
		pause();
	return NULL;
}

static struct found holder_of(const int said[3])
{
	struct found found = { .link_id = said[1] };

	tcx_link_walk_holders(found_holder, &found);
	return found;
}

/* @pid, and nobody else, has the link of which hold() @said. */
static int held_once(const int said[3], pid_t pid)
{
	struct found found = holder_of(said);

	REQUIRE(said[0] > 2 && said[1] > 0);
	REQUIRE(found.times == 1);
	REQUIRE(found.last.pid == (__u32)pid);
	REQUIRE(found.last.fd == (__u32)said[0]);
	return 0;
}

int thread_with_own_fds(int ifindex)
{
	struct holder h = { .ifindex = ifindex, .own_fds = true };
	struct found found;
	int said[3];

	h.prog = cls_load();
	REQUIRE(h.prog > 2 && !pipe(h.pipe));
	REQUIRE(!pthread_create(&h.thread, NULL, hold, &h));
	REQUIRE(read(h.pipe[0], said, sizeof(said)) == sizeof(said));
	/* It is not this thread's. */
	REQUIRE(fcntl(said[0], F_GETFD) < 0);
	found = holder_of(said);
	REQUIRE(found.last.tid == (__u32)said[2]);
	return held_once(said, getpid());
}

/* A process of @threads threads more, whose first ends. */
static pid_t start_orphan(struct holder *h, int threads)
{
	pid_t pid = fork();
	pthread_t thread;

	if (pid)
		return pid;
	while (threads--)
		pthread_create(&thread, NULL, idle, NULL);
	pthread_create(&h->thread, NULL, hold, h);
	syscall(SYS_exit, 0);
	return 0;
}

static int zombie(pid_t pid)
{
	char path[64], text[512];
	int fd, tries;
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	for (tries = 0; tries < 500; tries++) {
		fd = open(path, O_RDONLY | O_CLOEXEC);
		n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
		close(fd);
		if (n > 0) {
			text[n] = '\0';
			if (strstr(text, ") Z "))
				return 0;
		}
		sleep_ms(20);
	}
	return -ETIME;
}

int first_thread_ended(int ifindex, int threads)
{
	struct holder h = { .ifindex = ifindex };
	int said[3], ret;
	pid_t pid;

	h.prog = cls_load();
	REQUIRE(h.prog > 2 && !pipe(h.pipe));
	pid = start_orphan(&h, threads);
	REQUIRE(pid > 0);
	REQUIRE(read(h.pipe[0], said, sizeof(said)) == sizeof(said));
	REQUIRE(!zombie(pid));
	ret = held_once(said, pid);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return ret;
}

int many_threads(int ifindex, bool blind)
{
	TCX_OPTS(tcx_link_info, info);
	int prog = cls_load(), said[3], link, i;
	pthread_t thread;

	REQUIRE(prog > 2);
	link = tcx_link_create(ifindex, BPF_TCX_INGRESS, prog, NULL);
	REQUIRE(link > 2);
	for (i = 0; i < 20; i++)
		REQUIRE(!pthread_create(&thread, NULL, idle, NULL));
	REQUIRE(!blind || !no_kcmp());
	REQUIRE(!tcx_link_info(link, &info));
	said[0] = link;
	said[1] = info.id;
	return held_once(said, getpid());
}
