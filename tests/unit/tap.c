// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>

#include "tap.h"

static unsigned int tests, failures;

void tap_begin(void)
{
	/* What was printed before a crash is to be seen. */
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("TAP version 13\n");
}

void tap_result(bool ok, const char *what, const char *why)
{
	tests++;
	failures += !ok;
	printf("%sok %u - %s\n", ok ? "" : "not ", tests, what);
	if (!ok)
		printf("# %s\n", why);
}

int tap_end(void)
{
	printf("1..%u\n", tests);
	return failures ? 1 : 0;
}
