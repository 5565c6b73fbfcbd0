// SPDX-License-Identifier: GPL-2.0
/* For test_lsm: a security policy that looks at one process's bpf(2), forbids
 * what it is told to, and remembers what it was asked about.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "bpf_lsm.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct lsm_policy);
} policy SEC(".maps");

SEC("lsm/bpf")
int BPF_PROG(refuse, int cmd, union bpf_attr *attr, unsigned int size)
{
	__u32 tgid = bpf_get_current_pid_tgid() >> 32, key = 0, type;
	struct lsm_policy *p = bpf_map_lookup_elem(&policy, &key);

	if (!p || !p->tgid || p->tgid != tgid)
		return 0;
	p->asked++;
	p->cmd = cmd;
	p->size = size;
	bpf_probe_read_kernel(p->attr, sizeof(p->attr), attr);
	if (p->forbidden_cmd != LSM_ANY && p->forbidden_cmd != (__u32)cmd)
		return 0;
	type = *(__u32 *)(p->attr + (cmd == BPF_PROG_QUERY ? 4 : 8));
	if (p->forbidden_type != LSM_ANY && p->forbidden_type != type)
		return 0;
	return -13;	/* EACCES: nothing else refuses with it */
}

char LICENSE[] SEC("license") = "GPL";
