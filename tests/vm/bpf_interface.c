// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>

#include "bpf_interface.h"
#include "module.h"

int link_and_close(const struct point *p, int prog)
{
	int fd = attr_issue(LINK_CREATE, p, prog);

	if (fd < 0)
		return fd;
	close(fd);
	return 0;
}

bool functions_traceable(void)
{
	return !access("/sys/kernel/btf/vmlinux", R_OK) &&
	       kernel_has("register_ftrace_direct");
}

int fentry_load(const char *function, enum bpf_attach_type type)
{
	const struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = 0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	int id = libbpf_find_vmlinux_btf_id(function, type);

	if (id < 0)
		return id;
	return insns_load(BPF_PROG_TYPE_TRACING, insns,
			  .expected_attach_type = type, .attach_btf_id = id);
}
