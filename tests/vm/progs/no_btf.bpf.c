// SPDX-License-Identifier: GPL-2.0
/* Loaded without BTF (see the Makefile), so that nobody can trace it. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include <linux/tcx_backport.h>

SEC("tcx/ingress")
int untold(struct __sk_buff *skb)
{
	return TCX_NEXT;
}

char LICENSE[] SEC("license") = "GPL";
