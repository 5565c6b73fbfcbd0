// SPDX-License-Identifier: GPL-2.0
/*
 * The limits of cases, for which the harness calls alarm(), are meant for
 * Debian's kernels. On a kernel that is so many times slower, TCX_SLOWNESS in
 * the environment, so many times more is allowed.
 */
#include <stdlib.h>

unsigned int __real_alarm(unsigned int seconds);
unsigned int __wrap_alarm(unsigned int seconds);

unsigned int __wrap_alarm(unsigned int seconds)
{
	const char *slowness = getenv("TCX_SLOWNESS");

	return __real_alarm(seconds * (slowness ? atoi(slowness) : 1));
}
