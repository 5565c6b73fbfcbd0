/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How long RTNL is held, whoever holds it: the kernel's own record of when it
 * was taken and when it was given back, by probes in a tracing instance of our
 * own, which goes with the process.
 */
#ifndef TESTS_BENCH_RTNL_H
#define TESTS_BENCH_RTNL_H

/* From now on. */
void rtnl_watch(void);

/* The longest time since then, in microseconds; watching ends. */
double rtnl_longest(void);

#endif /* TESTS_BENCH_RTNL_H */
