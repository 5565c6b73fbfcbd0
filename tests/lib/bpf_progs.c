// SPDX-License-Identifier: GPL-2.0
#include "bpf_progs.h"

int verdict_load(enum bpf_prog_type type, int verdict)
{
	const struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = verdict },
		{ .code = BPF_JMP | BPF_EXIT },
	};

	return insns_load(type, insns);
}

int cls_load(void)
{
	return verdict_load(BPF_PROG_TYPE_SCHED_CLS, TCX_NEXT);
}

int map_create(void)
{
	union bpf_attr attr = {
		.map_type = BPF_MAP_TYPE_ARRAY,
		.key_size = 4,
		.value_size = 4,
		.max_entries = 1,
	};

	return sys_bpf(BPF_MAP_CREATE, &attr, sizeof(attr));
}

int info_get(int fd, void *info, __u32 size)
{
	union bpf_attr attr = {
		.info.bpf_fd = fd,
		.info.info_len = size,
		.info.info = (uintptr_t)info,
	};

	return sys_bpf(BPF_OBJ_GET_INFO_BY_FD, &attr, sizeof(attr));
}

int prog_id(int fd)
{
	struct bpf_prog_info info = {};
	int ret = info_get(fd, &info, sizeof(info));

	return ret ?: (int)info.id;
}

int link_id(int fd)
{
	struct bpf_link_info info = {};
	int ret = info_get(fd, &info, sizeof(info));

	return ret ?: (int)info.id;
}

int xdp_link_create(int prog_fd, int ifindex)
{
	union bpf_attr attr = {
		.link_create.prog_fd = prog_fd,
		.link_create.target_ifindex = ifindex,
		.link_create.attach_type = BPF_XDP,
	};

	return sys_bpf(BPF_LINK_CREATE, &attr, sizeof(attr));
}

int raw_tp_link_create(int prog_fd, const char *name)
{
	union bpf_attr attr = {
		.raw_tracepoint.name = (uintptr_t)name,
		.raw_tracepoint.prog_fd = prog_fd,
	};

	return sys_bpf(BPF_RAW_TRACEPOINT_OPEN, &attr, sizeof(attr));
}

bool prog_alive(__u32 id)
{
	union bpf_attr attr = { .prog_id = id };
	int fd = sys_bpf(BPF_PROG_GET_FD_BY_ID, &attr, sizeof(attr));

	if (fd < 0)
		return fd != -ENOENT;
	close(fd);
	return true;
}

bool prog_gone(__u32 id)
{
	/* So many times slower than Debian's is this kernel: see alarm.c. */
	int slowness = env_number("TCX_SLOWNESS", 1);
	int tries;

	for (tries = 0; tries < 1500 * slowness; tries++) {
		if (!prog_alive(id))
			return true;
		sleep_ms(20);
	}
	return false;
}
