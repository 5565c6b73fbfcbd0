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

#include "link.h"
#include "point.h"
#include "tc_net.h"

#define MARKS		8
#define MARK_STREAM	0	/* visitors have those after it */
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
int marked_counter_load(int map, int base);

/* Where the twins of that stayer count at point @i: the first of MARKS slots. */
int exact_slot(int i, enum stayer stayer);

/* Such a packet. */
void marked_frame(unsigned char *frame, int mark);

/* Packets that all arrive, into the tap device or out of the dummy. */
int exact_send(struct exact *e, int i, int mark, int packets);

/* A tap device, up: what is written to the fd comes in there. */
int tap_open(const char *name);

/* A socket that sends out of that device. */
int egress_socket(int ifindex);

/* Devices and sockets, in a new namespace. */
void exact_devices(struct exact *e);

/* The programs that see every packet. */
void exact_stayers(struct exact *e);

/* Has one more process do @job. @id: which of those with the same job. */
void exact_spawn(struct exact *e, const char *name, exact_job job, int id);

/* What the kernel holds for itself and cannot give back, in KiB. A kernel with
 * kmemleak looks for leaks by itself, and KASAN, which goes with it, keeps what
 * was freed for a while.
 */
long slab_kib(void);

/* Every change makes an array of 64 bytes at least and drops one: after so many
 * changes it shows if they stay. Some are on their way for a while.
 */
#define SLAB_LIMIT	4096

/* What it holds more than @before, in KiB, when that has settled. */
long slab_growth(long before);

/* Nothing is held any more. */
void exact_end(struct exact *e);

#endif /* TESTS_VM_CHURN_EXACT_H */
