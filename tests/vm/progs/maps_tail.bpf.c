// SPDX-License-Identifier: GPL-2.0
/*
 * A filter in two programs: caller counts, and callee, which it reaches by a
 * tail call through a map that libbpf fills when it loads the object, counts
 * and drops. A tail call that finds nothing falls through, and the packet
 * passes: the filter fails open.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include <linux/tcx_backport.h>

int callee(struct __sk_buff *skb);
int other(struct __sk_buff *skb);

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 4);
	__uint(key_size, sizeof(__u32));
	__array(values, int(void *));
} jumps SEC(".maps") = {
	.values = { [1] = (void *)&callee },
};

/* Nothing that is attached reaches this one but through unrelated. */
struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 4);
	__uint(key_size, sizeof(__u32));
	__array(values, int(void *));
} others SEC(".maps") = {
	.values = { [0] = (void *)&other },
};

/* Linux 6.10 has work queues; to older kernels this is a type like any other. */
struct bpf_wq {
	__u64 opaque[2];
} __attribute__((aligned(8)));

struct work {
	__u64 count;
	struct {
		struct bpf_wq queue;
	} one;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct work);
} works SEC(".maps");

SEC("tcx/egress")
int worker(struct __sk_buff *skb)
{
	__u32 key = 0;

	return bpf_map_lookup_elem(&works, &key) ? TCX_DROP : TCX_PASS;
}

SEC("tcx/egress")
int caller(struct __sk_buff *skb)
{
	bpf_tail_call(skb, &jumps, 1);
	return TCX_PASS;
}

/* As caller, but the next version of it. */
SEC("tcx/egress")
int caller_two(struct __sk_buff *skb)
{
	bpf_tail_call(skb, &jumps, 1);
	return TCX_NEXT;
}

SEC("tcx/egress")
int unrelated(struct __sk_buff *skb)
{
	bpf_tail_call(skb, &others, 0);
	return TCX_PASS;
}

SEC("tcx/egress")
int callee(struct __sk_buff *skb)
{
	return TCX_DROP;
}

SEC("tcx/egress")
int other(struct __sk_buff *skb)
{
	return TCX_DROP;
}

/* Needs no map. */
SEC("tcx/egress")
int plain(struct __sk_buff *skb)
{
	return TCX_DROP;
}

char LICENSE[] SEC("license") = "GPL";
