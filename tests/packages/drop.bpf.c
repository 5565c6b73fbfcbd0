// SPDX-License-Identifier: GPL-2.0
/* Drops every packet. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("tcx/egress")
int drop(struct __sk_buff *skb)
{
	return 2; /* TCX_DROP; of Linux 6.6: older headers lack it */
}

char LICENSE[] SEC("license") = "GPL";
