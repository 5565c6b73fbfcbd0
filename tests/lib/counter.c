// SPDX-License-Identifier: GPL-2.0
#include "counter.h"

int counters_create(int slots)
{
	union bpf_attr attr = {
		.map_type = BPF_MAP_TYPE_ARRAY,
		.key_size = 4,
		.value_size = 8,
		.max_entries = slots,
	};

	return sys_bpf(BPF_MAP_CREATE, &attr, sizeof(attr));
}

__u64 counter_read(int map, __u32 slot)
{
	__u64 value = 0;
	union bpf_attr attr = {
		.map_fd = map,
		.key = (uintptr_t)&slot,
		.value = (uintptr_t)&value,
	};

	return sys_bpf(BPF_MAP_LOOKUP_ELEM, &attr, sizeof(attr)) ? ~0ULL :
								   value;
}

int counter_load(int map, int slot)
{
	const struct bpf_insn insns[] = {
		{ BPF_ST | BPF_MEM | BPF_W, 10, 0, -4, slot },
		COUNT_AND_PASS(map),
	};

	return insns_load(BPF_PROG_TYPE_SCHED_CLS, insns);
}
