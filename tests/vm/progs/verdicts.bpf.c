// SPDX-License-Identifier: GPL-2.0
/* Programs of which it can be told, or not, what they return. Each in a section of
 * its own, by which tc(8) finds it.
 */
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>

#define PROGRAM(name)			\
	SEC("tc/" #name)		\
	int name(struct __sk_buff *skb)

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} verdict SEC(".maps");

PROGRAM(always_next)
{
	return TC_ACT_UNSPEC;
}

PROGRAM(always_pass)
{
	return TC_ACT_OK;
}

/* Depending on the packet, but one of two in any case */
PROGRAM(pass_or_drop)
{
	return skb->len == 77 ? TC_ACT_SHOT : TC_ACT_OK;
}

PROGRAM(next_or_drop)
{
	return skb->len == 77 ? TC_ACT_SHOT : TC_ACT_UNSPEC;
}

PROGRAM(always_redirect)
{
	return bpf_redirect(skb->ifindex, 0);
}

/* By a function that is not inlined */
static __attribute__((noinline)) int choose(struct __sk_buff *skb)
{
	if (skb->mark == 3)
		return TC_ACT_OK;
	return skb->mark == 4 ? TC_ACT_SHOT : TC_ACT_REDIRECT;
}

PROGRAM(by_function)
{
	int chosen = choose(skb);

	skb->mark = 0;
	return chosen;
}

PROGRAM(by_map)
{
	__u32 key = 0, *value = bpf_map_lookup_elem(&verdict, &key);

	return value ? (int)*value : TC_ACT_OK;
}

PROGRAM(stolen)
{
	return skb->len == 77 ? TC_ACT_STOLEN : TC_ACT_OK;
}

PROGRAM(reclassify)
{
	return skb->len == 77 ? TC_ACT_RECLASSIFY : TC_ACT_OK;
}

char LICENSE[] SEC("license") = "GPL";
