/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Many nftables chains on one device, each of which is a hook of netfilter's.
 */
#ifndef TESTS_VM_NFT_CHAINS_H
#define TESTS_VM_NFT_CHAINS_H

/* As many as netfilter takes on a device and direction. */
#define HOOKS_MAX	1024

/* @what ("add", "delete") chains @from to @to - 1 of the table netdev t on @hook
 * ("ingress", "egress") of the device "dev". Returns 0 if nft could.
 */
int chains(const char *what, int from, int to, const char *hook);

#endif /* TESTS_VM_NFT_CHAINS_H */
