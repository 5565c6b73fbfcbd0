// SPDX-License-Identifier: GPL-2.0
/* Counts IPv4 packets, and lets every packet go on to the next program. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

/* TCX_NEXT of Linux 6.6: older headers lack it. With libtcx installed,
 * <linux/tcx_backport.h> has it, and the other three.
 */
#define NEXT	-1

__u64 packets, bytes;

SEC("tcx/ingress")
int count(struct __sk_buff *skb)
{
	if (skb->protocol == bpf_htons(ETH_P_IP)) {
		__sync_fetch_and_add(&packets, 1);
		__sync_fetch_and_add(&bytes, skb->len);
	}
	return NEXT;
}

char LICENSE[] SEC("license") = "GPL";
