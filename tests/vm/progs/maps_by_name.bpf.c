// SPDX-License-Identifier: GPL-2.0
/* As maps_tail, but libbpf pins the map itself when it loads the object: /sys/fs/bpf/tcx_maps_jumps. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include <linux/tcx_backport.h>

int callee(struct __sk_buff *skb);

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 4);
	__uint(key_size, sizeof(__u32));
	__uint(pinning, LIBBPF_PIN_BY_NAME);
	__array(values, int(void *));
} tcx_maps_jumps SEC(".maps") = {
	.values = { [1] = (void *)&callee },
};

SEC("tcx/egress")
int caller(struct __sk_buff *skb)
{
	bpf_tail_call(skb, &tcx_maps_jumps, 1);
	return TCX_PASS;
}

SEC("tcx/egress")
int callee(struct __sk_buff *skb)
{
	return TCX_DROP;
}

char LICENSE[] SEC("license") = "GPL";
