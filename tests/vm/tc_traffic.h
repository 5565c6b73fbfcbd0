/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Traffic in both directions, and workers that change classic tc and tcx around
 * it. Ingress is that of a tap device, egress that of a dummy: both run the hook
 * within the sender's system call, so that what was sent and what a program has
 * to see are the same number.
 */
#ifndef TESTS_VM_TC_TRAFFIC_H
#define TESTS_VM_TC_TRAFFIC_H

#include "point.h"
#include "tc_net.h"

#define PRIO_EXACT	100	/* a filter that stays */
#define PRIO_REPLACED	50

struct tc_traffic {
	_Atomic bool *stop;
	int tap;
	struct point points[2];
	struct prog exact[2], replaced[2][2];	/* classic */
	struct prog by_link[2][2], plain[2][2], other[2];	/* tcx */
	int link[2];
	pid_t workers[16];
	int nr_workers;
};

/* What a worker does, once; false ends it and fails the test. @i: which point,
 * @id: which of several such workers.
 */
typedef bool (*work_fn)(struct tc_traffic *t, int i, int id, long round);

/* Starts a worker. */
void worker(struct tc_traffic *t, work_fn fn, int id);

/* What workers do. With the qdisc going and coming, requests for filters come too
 * late, which is no fault.
 */
bool work_flower(struct tc_traffic *t, int i, int id, long round);
bool work_replace_filter(struct tc_traffic *t, int i, int id, long round);
bool work_qdisc(struct tc_traffic *t, int i, int id, long round);
bool work_other(struct tc_traffic *t, int i, int id, long round);
bool work_replace_plain(struct tc_traffic *t, int i, int id, long round);
bool work_link_update(struct tc_traffic *t, int i, int id, long round);

/* Sends so many packets. */
void send_ingress(struct tc_traffic *t, long packets);
void send_egress(struct tc_traffic *t, long packets);

/* The programs that see every packet. */
void attach_exact(struct tc_traffic *t);

/* The filters that do. */
void add_exact_filters(struct tc_traffic *t);

/* Sends while the workers work; 0 if all ended well. */
int run_traffic(struct tc_traffic *t, long packets);

/* What two twins have seen. */
__u64 both(const struct prog *progs);

/* Nobody uses that module of the kernel's. Filters are freed by its workers. */
bool no_module_user(const char *module);

#endif /* TESTS_VM_TC_TRAFFIC_H */
