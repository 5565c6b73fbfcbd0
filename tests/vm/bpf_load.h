/* SPDX-License-Identifier: GPL-2.0 */
/*
 * bpf(2) under load: workers issue whatever there is, most of them waiting for
 * RTNL, which one more task keeps busy.
 */
#ifndef TESTS_VM_BPF_LOAD_H
#define TESTS_VM_BPF_LOAD_H

#include <pthread.h>

#include "point.h"

#define WORKERS_MAX	64

struct load_worker {
	pthread_t thread;
	struct point point;
	int prog, nth, pause_us;
	volatile bool *stop;
	const char *complaint;
	int ret;
	unsigned long served, refused;
};

struct disturber {
	pthread_t thread;
	volatile bool *stop;
	int rounds;
};

struct load {
	struct load_worker workers[WORKERS_MAX];
	struct disturber disturber;
	volatile bool stop;
	int count;
};

/* @count workers with a program each, on both points. Returns 0 or an errno. */
int load_start(struct load *l, const struct point points[2], const int *progs,
	       int count, int pause_us);

/* They end, each with its complaint, if it has one. */
void load_stop(struct load *l);

#endif /* TESTS_VM_BPF_LOAD_H */
