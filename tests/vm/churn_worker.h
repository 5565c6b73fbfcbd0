/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The workers of test_link_churn that do everything at random, on devices that
 * come and go in two network namespaces. Each has links of its own, whose state it
 * knows; devices and attach points are everybody's. Every answer must be one that
 * the moment allows.
 *
 * churn_worker.c chooses, churn_links.c has the operations on links, and
 * churn_around.c those on what is around them.
 */
#ifndef TESTS_VM_CHURN_WORKER_H
#define TESTS_VM_CHURN_WORKER_H

#include <unistd.h>

#include "link.h"
#include "point.h"

#define WORKERS		3
#define SLOTS		8	/* links of one worker */
#define PROGS		10	/* programs of one worker */
#define DEVICES		4	/* two dummies and the ends of a veth */
#define FIRST_IFINDEX	201
#define SPACES		2

/* What a worker may do. */
enum op {
	OP_CREATE, OP_UPDATE, OP_DETACH, OP_CLOSE, OP_PIN, OP_UNPIN, OP_LOOK,
	OP_OWNER, OP_KILL, OP_ATTACH, OP_PROG_DETACH, OP_DEVICE_REMOVE,
	OP_DEVICE_MOVE, OP_NAMESPACE, OP_QDISC, OP_FILTER, OPS,
};

/* What the workers tell. */
struct tale {
	unsigned int done[OPS];
	unsigned int refused[OPS];
	__u32 prog_ids[PROGS];
	int strange;		/* an op, or OPS */
	int strange_ret;
	int strange_line;
};

struct slot {
	int fd;		/* -1: none */
	__u32 id;
	int prog;	/* index */
	bool pinned;
	bool detached;
};

struct worker {
	int number;	/* and that of its tale, in the array of all */
	unsigned int seed;
	int spaces[SPACES];
	int counters;
	int progs[PROGS];
	struct slot slots[SLOTS];
	pid_t owner;	/* 0: none */
	struct tale *tale;
	enum op op;
};

struct churn_op {
	const char *name;
	void (*run)(struct worker *w);
	int weight;
};

extern const struct churn_op churn_ops[OPS];

/* The rest of the process, until @end; on a busy machine until each operation has
 * been done by one of them, if that takes no more than three times as long.
 */
void work(struct worker *w, time_t end);

/* Makes one of the devices, in the namespace that the caller is in. */
int device_make(int device);

/* For the operations. */

/* A random number, less than @n. */
int below(struct worker *w, int n);

/* True so often, in percent. */
bool chance(struct worker *w, int percent);

/* Ends the worker, and with it the test. */
void strange(struct worker *w, int ret, int line);

#define must(cond, ret) do {						\
	if (!(cond))							\
		strange(w, ret, __LINE__);				\
} while (0)

/* An answer is one of the errnos listed, or none. */
#define answer(ret, ...) do {						\
	static const int allowed[] = { 0, __VA_ARGS__ };		\
	const int __n = sizeof(allowed) / sizeof(allowed[0]);		\
	int __i, __ret = (ret) < 0 ? -(ret) : 0;			\
									\
	for (__i = 0; __i < __n; __i++)					\
		if (__ret == allowed[__i])				\
			break;						\
	must(__i < __n, -__ret);					\
	if (__ret)							\
		w->tale->refused[w->op]++;				\
	else								\
		w->tale->done[w->op]++;					\
} while (0)

/* Enters one of the two namespaces. */
void enter(struct worker *w, int space);

/* One of the devices, from the namespace where it is, or was just now. */
struct point some_point(struct worker *w);

/* A slot with a link, or without; NULL if there is none. */
struct slot *some_slot(struct worker *w, bool used);

/* A place: none in particular, or beside something of one's own, or beside
 * whatever link there is, which its owner may be closing.
 */
__u32 some_place(struct worker *w, __u32 *relative);

/* The slot gets a link. */
void slot_take(struct slot *slot, int fd, int prog);

/* Removes the pin of the slot's link, which goes with it. */
void slot_unpin(struct worker *w, struct slot *slot);

/* Kills the worker's process with links of its own. */
void owner_kill(struct worker *w);

void do_create(struct worker *w);
void do_update(struct worker *w);
void do_detach(struct worker *w);
void do_close(struct worker *w);
void do_pin(struct worker *w);
void do_unpin(struct worker *w);
void do_look(struct worker *w);
void do_owner(struct worker *w);
void do_kill(struct worker *w);
void do_attach(struct worker *w);
void do_prog_detach(struct worker *w);
void do_device_remove(struct worker *w);
void do_device_move(struct worker *w);
void do_namespace(struct worker *w);
void do_qdisc(struct worker *w);
void do_filter(struct worker *w);

#endif /* TESTS_VM_CHURN_WORKER_H */
