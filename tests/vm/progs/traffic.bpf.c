// SPDX-License-Identifier: GPL-2.0
/* Programs that the scripts attach: each drops one protocol over IPv4. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include <linux/tcx_backport.h>

static __always_inline int drop(struct __sk_buff *skb, __u8 protocol)
{
	struct iphdr *ip = (void *)(long)skb->data + ETH_HLEN;

	if (skb->protocol != bpf_htons(ETH_P_IP) ||
	    (void *)(ip + 1) > (void *)(long)skb->data_end)
		return TCX_NEXT;
	return ip->protocol == protocol ? TCX_DROP : TCX_NEXT;
}

SEC("tcx/ingress")
int drop_icmp(struct __sk_buff *skb)
{
	return drop(skb, IPPROTO_ICMP);
}

SEC("tcx/egress")
int drop_tcp(struct __sk_buff *skb)
{
	return drop(skb, IPPROTO_TCP);
}

SEC("tc")
int drop_udp(struct __sk_buff *skb)
{
	return drop(skb, IPPROTO_UDP);
}

/* Keeps the programs after it from dropping anything. */
SEC("classifier")
int pass(struct __sk_buff *skb)
{
	return TCX_PASS;
}

char LICENSE[] SEC("license") = "GPL";
