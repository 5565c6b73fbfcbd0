// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <string.h>

#include "nft_chains.h"

int chains(const char *what, int from, int to, const char *hook)
{
	FILE *pipe = popen("nft -f - 2>/dev/null", "w");
	int i;

	if (!pipe)
		return -1;
	for (i = from; i < to; i++) {
		fprintf(pipe, "%s chain netdev t %s%d", what, hook, i);
		if (!strcmp(what, "add"))
			fprintf(pipe, " { type filter hook %s device \"dev\" priority 0; }",
				hook);
		fprintf(pipe, "\n");
	}
	return pclose(pipe);
}
