// SPDX-License-Identifier: GPL-2.0
#include <time.h>
#include <unistd.h>

#include "bench.h"

uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

double ns_per_instruction(void)
{
	const uint64_t rounds = 25000000;
	double least = 1e9;

	for (int i = 0; i < 10; i++) {
		uint64_t left = rounds, start = now_ns();
		double ns;

		asm volatile("1: dec %0; jnz 1b" : "+r"(left) : : "cc");
		ns = (now_ns() - start) / (2.0 * rounds);
		least = ns < least ? ns : least;
		usleep(200000);
	}
	if (least < 0.99 || least > 1.01)
		die("%.3f ns per instruction: not under icount shift=0", least);
	return least;
}
