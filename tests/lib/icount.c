// SPDX-License-Identifier: GPL-2.0
#include <time.h>
#include <unistd.h>

#include "command.h"
#include "icount.h"

uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

/* Two instructions, run as often as @left says. */
static void spin(uint64_t left)
{
#if defined(__x86_64__)
	asm volatile("1: dec %0; jnz 1b" : "+r"(left) : : "cc");
#elif defined(__aarch64__)
	asm volatile("1: subs %0, %0, #1; b.ne 1b" : "+r"(left) : : "cc");
#else
#error "two instructions that count down"
#endif
}

/* A loop of known length: the timer's tick cancels out. */
double ns_per_instruction(void)
{
	const uint64_t rounds = 25000000;
	static double least;

	if (least)
		return least;
	least = 1e9;
	for (int i = 0; i < 10; i++) {
		uint64_t start = now_ns();
		double ns;

		spin(rounds);
		ns = (now_ns() - start) / (2.0 * rounds);
		least = ns < least ? ns : least;
		usleep(200000);
	}
	if (least < 0.99 || least > 1.01)
		fail("%.3f ns per instruction: not under icount shift=0", least);
	return least;
}
