// SPDX-License-Identifier: GPL-2.0
/* Programs that count each numbered packet for itself; see numbered.h. The second
 * keeps the odd ones from the third.
 */
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "../numbered.h"

#define SEEN(map)							\
	struct {							\
		__uint(type, BPF_MAP_TYPE_ARRAY);			\
		__uint(map_flags, BPF_F_MMAPABLE);			\
		__uint(max_entries, NUMBERED_MOST);			\
		__type(key, __u32);					\
		__type(value, __u64);					\
	} map SEC(".maps")

SEEN(seen_first);
SEEN(seen_second);
SEEN(seen_third);

static __always_inline __u32 see(struct __sk_buff *skb, void *map)
{
	__u32 number = 0;
	__u64 *seen;

	if (skb->protocol != bpf_htons(NUMBERED_PROTO) ||
	    bpf_skb_load_bytes(skb, NUMBERED_OFFSET, &number, sizeof(number)))
		return 0;
	seen = bpf_map_lookup_elem(map, &number);
	if (seen)
		__sync_fetch_and_add(seen, 1);
	return number;
}

SEC("tc/first")
int first(struct __sk_buff *skb)
{
	see(skb, &seen_first);
	return TC_ACT_UNSPEC;
}

SEC("tc/second")
int second(struct __sk_buff *skb)
{
	return see(skb, &seen_second) & 1 ? TC_ACT_OK : TC_ACT_UNSPEC;
}

SEC("tc/third")
int third(struct __sk_buff *skb)
{
	see(skb, &seen_third);
	return TC_ACT_UNSPEC;
}

char LICENSE[] SEC("license") = "GPL";
