/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Classic tc, through rtnetlink. Functions return 0 or a negative errno.
 */
#ifndef TESTS_BENCH_CLASSIC_H
#define TESTS_BENCH_CLASSIC_H

#include <stdbool.h>

int clsact_add(int dev);
int clsact_del(int dev);

/* Each filter has a preference of its own, as those of different owners do. */
int filter_add(int dev, bool ingress, int pref, int prog);
int filter_replace(int dev, bool ingress, int pref, int prog);
int filter_get(int dev, bool ingress, int pref);
int filter_del(int dev, bool ingress, int pref);

/* Whoever changes to another namespace needs another socket. */
void classic_forget(void);

#endif /* TESTS_BENCH_CLASSIC_H */
