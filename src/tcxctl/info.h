/* SPDX-License-Identifier: GPL-2.0 */
/* What the kernel knows of a program */
#ifndef TCXCTL_INFO_H
#define TCXCTL_INFO_H

#include <stdbool.h>

#include <linux/bpf.h>

#include "json.h"

struct prog_details {
	bool known;		/* false: only the id is */
	char name[BPF_OBJ_NAME_LEN + 1];
	char tag[2 * BPF_TAG_SIZE + 1];
	const char *type;
	char loaded_at[32];
	__u32 uid;
	__u64 runs;		/* 0 unless kernel.bpf_stats_enabled is on */
	__u64 run_time_ns;
	bool sampled;		/* in a while: see stats.h */
	__u64 sample_runs;
	__u64 sample_time_ns;
	double sample_seconds;
};

__u32 prog_id_of(int fd);
void prog_describe(int fd, struct prog_details *details);
void prog_describe_id(__u32 id, struct prog_details *details);
const char *prog_name(const struct prog_details *details);
json_t *prog_json(__u32 id, const struct prog_details *details);

#endif /* TCXCTL_INFO_H */
