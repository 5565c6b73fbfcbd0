/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Devices that have a program each way: a link of tcx, or with cls_bpf a filter.
 */
#ifndef TESTS_BENCH_POPULATION_H
#define TESTS_BENCH_POPULATION_H

#include <stdbool.h>

#define POPULATION_MAX	4096

/* Makes as many devices as are missing to @n, which end up with programs. Returns
 * the seconds that attaching took: for all devices up to now, since the first.
 */
double population_grow(int n);

/* How many there are, and the ifindex of one of them. */
int population_size(void);
int population_dev(int i);

/* Takes all programs off, for good. Returns the seconds that took. */
double population_end(void);

/* For a child: closes its copies of the links. */
void population_forget(void);

/* As many files as a link for each takes. */
void fds_allow(void);

/* Devices without programs, for whoever attaches himself. */
void devices_add(int *devs, int n, const char *prefix);

/* The median of @n values, which are sorted for that. */
double median(double *values, int n);

#endif /* TESTS_BENCH_POPULATION_H */
