// SPDX-License-Identifier: GPL-2.0
/* Sends what is ICMP over IPv4 back to where it has come from. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include <linux/tcx_backport.h>

SEC("tcx/ingress")
int back(struct __sk_buff *skb)
{
	struct iphdr *ip = (void *)(long)skb->data + ETH_HLEN;

	if (skb->protocol != bpf_htons(ETH_P_IP) ||
	    (void *)(ip + 1) > (void *)(long)skb->data_end ||
	    ip->protocol != IPPROTO_ICMP)
		return TCX_NEXT;
	return bpf_redirect(skb->ifindex, 0);
}

char LICENSE[] SEC("license") = "GPL";
