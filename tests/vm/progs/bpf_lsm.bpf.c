// SPDX-License-Identifier: GPL-2.0
/* For test_bpf_gate: a security policy that refuses one process every
 * bpf(2), and remembers what it was asked about last.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 5);
	__type(key, __u32);
	__type(value, __u32);
} policy SEC(".maps");

enum { TGID, ASKED, CMD, SIZE, TYPE };

static __always_inline void note(__u32 key, __u32 value)
{
	bpf_map_update_elem(&policy, &key, &value, BPF_ANY);
}

SEC("lsm/bpf")
int BPF_PROG(refuse, int cmd, union bpf_attr *attr, unsigned int size)
{
	__u32 tgid = bpf_get_current_pid_tgid() >> 32, key = TGID, type = 0;
	__u32 *value = bpf_map_lookup_elem(&policy, &key);

	if (!value || !*value || *value != tgid)
		return 0;
	bpf_probe_read_kernel(&type, sizeof(type),
			      (void *)attr + (cmd == BPF_PROG_QUERY ? 4 : 8));
	key = ASKED;
	value = bpf_map_lookup_elem(&policy, &key);
	if (value)
		(*value)++;
	note(CMD, cmd);
	note(SIZE, size);
	note(TYPE, type);
	return -13;	/* EACCES: nothing else refuses with it */
}

char LICENSE[] SEC("license") = "GPL";
