/* SPDX-License-Identifier: GPL-2.0 */
/*
 * `perf stat` around pktgen, where BENCH_PERF=1 in the environment asks for it:
 * on a machine whose CPUs can count.
 */
#ifndef TESTS_BENCH_PERF_H
#define TESTS_BENCH_PERF_H

#include "sender.h"

/* For one packet, in the kernel; 0: not known. */
struct perf_counts {
	double instructions;
	double cycles;
};

/* Finds out whether there is anything to count with, and says so. */
void perf_init(void);

/* Sends the packets once more. Leaves @counts alone where that is impossible. */
void perf_send(const struct stream *stream, enum fate fate,
	       struct perf_counts *counts);

#endif /* TESTS_BENCH_PERF_H */
