// SPDX-License-Identifier: GPL-2.0
/*
 * Tracing programs on the function that the tc hook redirects: its other users,
 * with which it has to get on.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

__u64 entries, exits;

SEC("fentry/mini_qdisc_pair_swap")
int on_entry(void *ctx)
{
	__sync_fetch_and_add(&entries, 1);
	return 0;
}

SEC("fexit/mini_qdisc_pair_swap")
int on_exit(void *ctx)
{
	__sync_fetch_and_add(&exits, 1);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
