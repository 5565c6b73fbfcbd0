/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the processes of churn_exact.h do, each one thing, over and over: some at
 * the two attach points that are counted, in tcx or in classic tc, others with
 * devices and namespaces of their own.
 */
#ifndef TESTS_VM_CHURN_JOBS_H
#define TESTS_VM_CHURN_JOBS_H

#include "churn_exact.h"

/* The caller runs on that CPU only. */
void on_cpu(int cpu);

/* Packets all the time, and yet an idle CPU: the removal of an ftrace callback
 * waits until every task has slept, the slower the more there are who do not.
 */
void job_drip(struct exact_worker *w);

/* Flower filters that come and go, with pauses. */
void job_flower_slowly(struct exact_worker *w);

/* All jobs, until @end; @seed is where chance begins. */
void exact_start(struct exact *e, time_t end, unsigned int seed);

#endif /* TESTS_VM_CHURN_JOBS_H */
