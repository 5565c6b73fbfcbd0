/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Every packet counted, whatever happens around: two attach points with a
 * stream of packets each, processes that change them all the time, and a ledger
 * that has to be right in the end.
 *
 * The points are the ingress of a tap device and the egress of a dummy: both
 * run their hook within the sender's system call, so that a packet which was
 * sent has been seen. It carries a mark, by which the programs count: the
 * stream's, or that of a visitor, who attaches a program, sends packets of his
 * own, and detaches it again.
 *
 * At each point there are from the beginning to the end, in this order:
 *
 *   STAYS     a program that nobody touches
 *   REPLACED  one that its twin replaces (BPF_F_REPLACE), over and over
 *   UPDATED   a link, updated from twin to twin
 *
 * Twins count in the same place, so that each of the three must have seen
 * exactly what was sent. Each change of a point is one step of its revision:
 * that sum must come out as well. What the processes do is in churn_jobs.h.
 */
#ifndef TESTS_VM_CHURN_EXACT_H
#define TESTS_VM_CHURN_EXACT_H

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "kselftest_harness.h"

#include "link.h"
#include "point.h"
#include "tc_net.h"

#define MARKS		8
#define MARK_STREAM	0	/* visitors have those behind it */
#define MARK_OFFSET	ETH_HLEN

enum stayer { STAYS, REPLACED, UPDATED, STAYERS };

#define EXACT_WORKERS	24

/* Shared by all processes. */
struct ledger {
	_Atomic unsigned long sent[2][MARKS];
	/* Steps of the revision: those that may have been made, by somebody who
	 * was killed before he could say so, and those that have been.
	 */
	_Atomic unsigned long tried[2], made[2];
	_Atomic bool stop;	/* before their time is over */
	_Atomic __u32 anchor[2];	/* a link's id; its owner is closing it */
	struct {
		unsigned long rounds;
		int line, ret;	/* where it met what must not be */
	} tales[EXACT_WORKERS];
};

struct exact {
	struct ledger *ledger;
	struct point points[2];
	int space;		/* the network namespace of both */
	int tap, socket;
	int counters;
	int progs[2][STAYERS][2];	/* twins */
	__u32 ids[2][STAYERS][2];
	int links[2];
	__u32 link_ids[2];
	time_t end;
	unsigned int seed;
	struct {
		const char *name;
		pid_t pid;
	} workers[EXACT_WORKERS];
	int nr_workers;
};

/* One of the processes. */
struct exact_worker {
	struct exact *e;
	int index;
	int id;		/* among those with the same job */
	unsigned int seed;
	unsigned long *rounds;
};

typedef void (*exact_job)(struct exact_worker *w);

static inline int pick(struct exact_worker *w, int n)
{
	return rand_r(&w->seed) / (RAND_MAX + 1.0) * n;
}

static inline bool more(struct exact_worker *w)
{
	++*w->rounds;
	return !w->e->ledger->stop && time(NULL) < w->e->end;
}

/* Ends the worker, and fails the test. */
#define exact_must(w, cond, value) do {					\
	if (!(cond)) {							\
		(w)->e->ledger->tales[(w)->index].ret = (value);	\
		(w)->e->ledger->tales[(w)->index].line = __LINE__;	\
		_exit(1);						\
	}								\
} while (0)

/* A request that makes so many steps of the revision of point @i if it succeeds.
 * A link is one step when it is made and one when it goes, which it will have
 * done in the end, whoever is killed: both are entered at once.
 */
#define change(e, i, steps, request) ({					\
	struct ledger *__ledger = (e)->ledger;				\
	int __ret;							\
									\
	__ledger->tried[i] += (steps);					\
	__ret = (request);						\
	if (__ret >= 0)							\
		__ledger->made[i] += (steps);				\
	else								\
		__ledger->tried[i] -= (steps);				\
	__ret;								\
})

#define LINK_STEPS	2

/* Counts in slot @base + mark, and lets the next program have the packet. */
static inline int marked_counter_load(int map, int base)
{
	const struct bpf_insn insns[] = {
		{ BPF_ALU64 | BPF_MOV | BPF_X, 6, 1, 0, 0 },
		{ BPF_LD | BPF_ABS | BPF_B, 0, 0, 0, MARK_OFFSET },
		{ BPF_ALU64 | BPF_ADD | BPF_K, 0, 0, 0, base },
		{ BPF_STX | BPF_MEM | BPF_W, 10, 0, -4, 0 },
		COUNT_AND_PASS(map),
	};

	return insns_load(BPF_PROG_TYPE_SCHED_CLS, insns);
}

static inline int exact_slot(int i, enum stayer stayer)
{
	return (i * STAYERS + stayer) * MARKS;
}

static inline void marked_frame(unsigned char *frame, int mark)
{
	static const unsigned char header[MARK_OFFSET] = {
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 1, 0x88, 0xb5,
	};

	memset(frame, 0, ETH_ZLEN);
	memcpy(frame, header, sizeof(header));
	frame[MARK_OFFSET] = mark;
}

/* Packets that all arrive, into the tap device or out of the dummy. */
static inline int exact_send(struct exact *e, int i, int mark, int packets)
{
	unsigned char frame[ETH_ZLEN];
	int fd = i ? e->socket : e->tap;

	marked_frame(frame, mark);
	for (; packets; packets--) {
		if (write(fd, frame, sizeof(frame)) != sizeof(frame))
			return -errno;
		e->ledger->sent[i][mark]++;
	}
	return 0;
}

static inline int tap_open(const char *name)
{
	int fd = tun_add(name, 0, IFF_TAP);

	if (fd < 0 || device_up(dev_index(name)))
		fail("no tap device %s", name);
	return fd;
}

static inline int egress_socket(int ifindex)
{
	struct sockaddr_ll addr = {
		.sll_family = AF_PACKET,
		.sll_ifindex = ifindex,
	};
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (void *)&addr, sizeof(addr)))
		fail("packet socket: %m");
	return fd;
}

/* Devices and sockets, in a new namespace. */
static inline void exact_devices(struct exact *e)
{
	memset(e, 0, sizeof(*e));
	e->ledger = mmap(NULL, sizeof(*e->ledger), PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (e->ledger == MAP_FAILED)
		fail("mmap: %m");
	e->space = ns_new();
	e->tap = tap_open("t");
	if (dummy_add("u") < 0)
		fail("dummy: %m");
	e->points[0] = (struct point){ dev_index("t"), BPF_TCX_INGRESS };
	e->points[1] = (struct point){ dev_index("u"), BPF_TCX_EGRESS };
	e->socket = egress_socket(e->points[1].ifindex);
}

/* The programs that see every packet. */
static inline void exact_stayers(struct exact *e)
{
	int i, k, twin;

	e->counters = counters_create(2 * STAYERS * MARKS);
	for (i = 0; i < 2; i++) {
		const struct point *p = &e->points[i];

		for (k = 0; k < STAYERS; k++) {
			for (twin = 0; twin < 2; twin++) {
				int fd = marked_counter_load(e->counters,
							     exact_slot(i, k));

				if (fd < 0)
					fail("loading: %s", strerror(-fd));
				e->progs[i][k][twin] = fd;
				e->ids[i][k][twin] = prog_id(fd);
			}
		}
		if (change(e, i, 1, point_attach(p, e->progs[i][STAYS][0])) ||
		    change(e, i, 1, point_attach(p, e->progs[i][REPLACED][0])))
			fail("attaching");
		e->links[i] = change(e, i, 1,
				     sys_link_create(p->ifindex, p->type,
						     e->progs[i][UPDATED][0],
						     0, 0, 0));
		if (e->links[i] < 0)
			fail("creating a link: %s", strerror(-e->links[i]));
		e->link_ids[i] = link_id(e->links[i]);
	}
}

static inline void exact_spawn(struct exact *e, const char *name, exact_job job,
			       int id)
{
	int index = e->nr_workers++;
	struct exact_worker w = {
		.e = e,
		.index = index,
		.id = id,
		.seed = e->seed * EXACT_WORKERS + index,
		.rounds = &e->ledger->tales[index].rounds,
	};

	e->workers[index].name = name;
	e->workers[index].pid = fork();
	if (e->workers[index].pid < 0)
		fail("fork: %m");
	if (e->workers[index].pid)
		return;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	job(&w);
	_exit(0);
}

/* All have ended well, and each has done something, if there was time. */
static inline void exact_join(struct __test_metadata *_metadata,
			      struct exact *e, bool all)
{
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
			EXPECT_GT(e->ledger->tales[i].rounds, 1);
		}
		TH_LOG("%-16s %8lu rounds", e->workers[i].name,
		       e->ledger->tales[i].rounds);
	}
}

/* What the kernel holds for itself and cannot give back, in KiB. A kernel with
 * kmemleak looks for leaks by itself, and KASAN, which goes with it, keeps what
 * was freed for a while.
 */
static inline long slab_kib(void)
{
	if (!access("/sys/kernel/debug/kmemleak", F_OK))
		return 0;
	return number_from("cat /proc/meminfo", "SUnreclaim:");
}

/* Every change makes an array of 64 bytes at least and drops one: after so many
 * changes it shows if they stay. Some are on their way for a while.
 */
#define SLAB_LIMIT	4096

static inline long slab_growth(long before)
{
	int tries;

	for (tries = 0; slab_kib() - before > SLAB_LIMIT && tries < 100; tries++)
		sleep_ms(100);
	return slab_kib() - before;
}

/* Each of those that stayed has seen every packet, once. */
static inline void exact_check(struct __test_metadata *_metadata,
			       struct exact *e)
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

/* Nothing is held any more. */
static inline void exact_end(struct exact *e)
{
	int i, k;

	for (i = 0; i < 2; i++) {
		close(e->links[i]);
		link_del(e->points[i].ifindex);
		for (k = 0; k < STAYERS; k++) {
			close(e->progs[i][k][0]);
			close(e->progs[i][k][1]);
		}
	}
	close(e->socket);
	close(e->tap);
	close(e->counters);
}

#endif /* TESTS_VM_CHURN_EXACT_H */
