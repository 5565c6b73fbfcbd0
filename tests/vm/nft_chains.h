/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Many nftables chains on one device, each of which is a hook of netfilter's.
 */
#ifndef TESTS_VM_NFT_CHAINS_H
#define TESTS_VM_NFT_CHAINS_H

#include <stdio.h>
#include <string.h>

/* As many as netfilter takes on a device and direction. */
#define HOOKS_MAX	1024

/* @what ("add", "delete") chains @from to @to - 1 of the table netdev t on @hook
 * ("ingress", "egress") of the device "dev". Returns 0 if nft could.
 */
static inline int chains(const char *what, int from, int to, const char *hook)
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

#endif /* TESTS_VM_NFT_CHAINS_H */
