// SPDX-License-Identifier: GPL-2.0
/*
 * The limits of cases, for which the harness calls alarm(), are meant for
 * Debian's kernels and an idle machine. They end what hangs: one that shares its
 * CPUs with others' guests is given four times as much, and a kernel that is so
 * many times slower, TCX_SLOWNESS in the environment, so many times more.
 */
#include <stdlib.h>

#define BUSY 4

unsigned int __real_alarm(unsigned int seconds);
unsigned int __wrap_alarm(unsigned int seconds);

unsigned int __wrap_alarm(unsigned int seconds)
{
	const char *slowness = getenv("TCX_SLOWNESS");

	return __real_alarm(seconds * BUSY * (slowness ? atoi(slowness) : 1));
}
