// SPDX-License-Identifier: GPL-2.0
/*
 * Programs that arm a timer with their first packet and drop those that follow,
 * as long as the timer fires: a packet passes if it has not fired since the
 * last one. The timer is in a map of its own, in a map that is held by another
 * map, or after a tail call.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include <linux/tcx_backport.h>

#ifndef CLOCK_MONOTONIC
#define CLOCK_MONOTONIC 1
#endif

#define PERIOD_NS 1000000

struct beat {
	__u64 ticks;
	__u64 seen;
	struct bpf_timer timer;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct beat);
} beats SEC(".maps");

struct inner {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct beat);
} inner_one SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 2);
	__type(key, __u32);
	__array(values, struct inner);
} outer SEC(".maps") = {
	.values = { [1] = &inner_one },
};

int behind(struct __sk_buff *skb);

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(__u32));
	__array(values, int(void *));
} ways SEC(".maps") = {
	.values = { [0] = (void *)&behind },
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, struct beat);
} behind_beats SEC(".maps");

static int tick(void *map, void *key, struct beat *beat)
{
	beat->ticks++;
	bpf_timer_start(&beat->timer, PERIOD_NS, 0);
	return 0;
}

/* What is armed already says EBUSY, what nobody holds EPERM. */
static __always_inline int judge(struct beat *beat, void *map)
{
	__u64 ticks;

	if (!bpf_timer_init(&beat->timer, map, CLOCK_MONOTONIC)) {
		bpf_timer_set_callback(&beat->timer, tick);
		bpf_timer_start(&beat->timer, PERIOD_NS, 0);
	}
	ticks = beat->ticks;
	if (ticks == beat->seen)
		return TCX_PASS;
	beat->seen = ticks;
	return TCX_DROP;
}

SEC("tcx/egress")
int timed(struct __sk_buff *skb)
{
	__u32 key = 0;
	struct beat *beat = bpf_map_lookup_elem(&beats, &key);

	return beat ? judge(beat, &beats) : TCX_PASS;
}

SEC("tcx/egress")
int timed_inner(struct __sk_buff *skb)
{
	__u32 index = 1, key = 0;
	struct beat *beat;
	void *map = bpf_map_lookup_elem(&outer, &index);

	if (!map)
		return TCX_PASS;
	beat = bpf_map_lookup_elem(map, &key);
	return beat ? judge(beat, map) : TCX_PASS;
}

SEC("tcx/egress")
int timed_behind(struct __sk_buff *skb)
{
	bpf_tail_call(skb, &ways, 0);
	return TCX_PASS;
}

SEC("tcx/egress")
int behind(struct __sk_buff *skb)
{
	struct beat empty = {};
	struct beat *beat;
	__u32 key = 7;

	bpf_map_update_elem(&behind_beats, &key, &empty, BPF_NOEXIST);
	beat = bpf_map_lookup_elem(&behind_beats, &key);
	return beat ? judge(beat, &behind_beats) : TCX_PASS;
}

char LICENSE[] SEC("license") = "GPL";
