// SPDX-License-Identifier: GPL-2.0
/* What the clients load: programs that count their runs and let packets go on. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 8);
	__type(key, __u32);
	__type(value, __u64);
} runs SEC(".maps");

static __always_inline int count(__u32 key)
{
	__u64 *value = bpf_map_lookup_elem(&runs, &key);

	if (value)
		__sync_fetch_and_add(value, 1);
	return -1; /* TCX_NEXT; to classic tc, on to the next filter */
}

SEC("tcx/ingress") int in_a(struct __sk_buff *skb) { return count(0); }
SEC("tcx/ingress") int in_b(struct __sk_buff *skb) { return count(1); }
SEC("tcx/ingress") int in_c(struct __sk_buff *skb) { return count(2); }
SEC("tcx/ingress") int in_d(struct __sk_buff *skb) { return count(3); }
SEC("tcx/egress") int out_a(struct __sk_buff *skb) { return count(4); }
SEC("tcx/egress") int out_b(struct __sk_buff *skb) { return count(5); }
SEC("tc") int classic_in(struct __sk_buff *skb) { return count(6); }
SEC("tc") int classic_out(struct __sk_buff *skb) { return count(7); }

char LICENSE[] SEC("license") = "GPL";
