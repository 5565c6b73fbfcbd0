// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
/* Requests to a kernel that has tcx, through bpf(2). */
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>

#include "internal.h"
#include "sys_bpf.h"

/* A program that does nothing: r0 = 0; exit. */
static int load_nothing(void)
{
	static const char license[] = "Dual BSD/GPL";
	const struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.prog_type = BPF_PROG_TYPE_SCHED_CLS;
	attr.insn_cnt = sizeof(insns) / sizeof(insns[0]);
	attr.insns = (uintptr_t)insns;
	attr.license = (uintptr_t)license;
	return sys_bpf(BPF_PROG_LOAD, &attr, sizeof(attr));
}

static int probe(void)
{
	struct sys_bpf_attach attr = {
		/* No device has this index: nothing can be attached. */
		.target_ifindex = UINT32_MAX,
		.attach_type = BPF_TCX_INGRESS,
	};
	int fd, err;

	fd = load_nothing();
	if (fd < 0) {
		if (fd == -ENOSYS)	/* a kernel without bpf(2) */
			return 0;
		pr_debug("cannot tell whether the kernel has tcx: loading a program fails: %s\n",
			 strerror(-fd));
		return fd;
	}
	attr.attach_bpf_fd = fd;
	err = sys_bpf(BPF_PROG_ATTACH, &attr, sizeof(attr));
	close(fd);

	/* The device is looked up only after the attach type is accepted. */
	switch (err) {
	case -ENODEV:
		return 1;
	case -EINVAL:
		return 0;
	}
	pr_debug("cannot tell whether the kernel has tcx: %s\n",
		 strerror(-err));
	return err ? err : -EPROTO;
}

int tcx__native_probe(void)
{
	static _Atomic int known = -1;
	int answer = known;

	/* Only what is certain is remembered: privileges can change. */
	if (answer < 0) {
		answer = probe();
		if (answer >= 0)
			known = answer;
	}
	return answer;
}

static int request(int cmd, const struct tcx__request *req)
{
	struct sys_bpf_attach attr = {
		.target_ifindex = req->ifindex,
		.attach_bpf_fd = req->prog_fd,
		.attach_type = req->attach_type,
		.attach_flags = req->flags,
		.replace_bpf_fd = req->replace_prog_fd,
		.relative = req->relative,
		.expected_revision = req->expected_revision,
	};

	return sys_bpf(cmd, &attr, sizeof(attr));
}

int tcx__native_attach(const struct tcx__request *req)
{
	return request(BPF_PROG_ATTACH, req);
}

int tcx__native_detach(const struct tcx__request *req)
{
	return request(BPF_PROG_DETACH, req);
}

int tcx__native_link_create(const struct tcx__request *req)
{
	struct sys_bpf_link_create attr = {
		.prog_fd = req->prog_fd,
		.target_ifindex = req->ifindex,
		.attach_type = req->attach_type,
		.flags = req->flags,
		.relative = req->relative,
		.expected_revision = req->expected_revision,
	};

	return sys_bpf(BPF_LINK_CREATE, &attr, sizeof(attr));
}

int tcx__native_query(struct tcx__query *query)
{
	struct sys_bpf_query attr = {
		.target_ifindex = query->ifindex,
		.attach_type = query->attach_type,
		.count = query->count,
		.prog_ids = query->prog_ids,
		.prog_attach_flags = query->prog_attach_flags,
		.link_ids = query->link_ids,
		.link_attach_flags = query->link_attach_flags,
	};
	int err = sys_bpf(BPF_PROG_QUERY, &attr, sizeof(attr));

	query->count = attr.count;
	query->revision = attr.revision;
	return err;
}
