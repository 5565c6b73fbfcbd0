// SPDX-License-Identifier: GPL-2.0
/*
 * Not aya: our own program, which issues the system calls that aya's attach_with_options(TcxOrder) does. aya passes
 * the whole union, as large as it was when its bindings were made, zero after what it sets; its default order is
 * AFTER with fd 0; its query has room for 64 programs and is repeated with more after ENOSPC.
 */
#include <linux/bpf.h>
#include <sys/syscall.h>

#include "say.h"

#define ATTR_MAX 256

static long sys_bpf(int cmd, void *attr, unsigned int size)
{
	return syscall(__NR_bpf, cmd, attr, size);
}

static int load(void)
{
	const struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = -1 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	char buf[ATTR_MAX] = {};
	union bpf_attr *attr = (void *)buf;

	attr->prog_type = BPF_PROG_TYPE_SCHED_CLS;
	attr->insns = (unsigned long)insns;
	attr->insn_cnt = 2;
	attr->license = (unsigned long)"GPL";
	return sys_bpf(BPF_PROG_LOAD, attr, 120);
}

static int link_create(int prog, unsigned int flags, unsigned int fd, unsigned int size, int junk)
{
	char buf[ATTR_MAX] = {};
	union bpf_attr *attr = (void *)buf;

	attr->link_create.prog_fd = prog;
	attr->link_create.target_ifindex = if_nametoindex("lo");
	attr->link_create.attach_type = BPF_TCX_INGRESS;
	attr->link_create.flags = flags;
	attr->link_create.tcx.relative_fd = fd;
	if (junk)
		buf[junk] = 1;
	return sys_bpf(BPF_LINK_CREATE, attr, size);
}

/* query ROOM: the status, and how many there are in count. */
static long query(unsigned int room, unsigned int *ids, unsigned int *count, unsigned int size)
{
	char buf[ATTR_MAX] = {};
	union bpf_attr *attr = (void *)buf;
	long ret;
	int i;

	attr->query.target_ifindex = if_nametoindex("lo");
	attr->query.attach_type = BPF_TCX_INGRESS;
	attr->query.prog_ids = (unsigned long)ids;
	attr->query.count = room;
	ret = sys_bpf(BPF_PROG_QUERY, attr, size);
	*count = attr->query.count;
	for (i = size; i < ATTR_MAX; i++)
		if (buf[i])
			ok(0, "byte %d behind the attr of %u was written", i, size);
	return ret;
}

int main(void)
{
	static const int sizes[] = { 64, 128, 144, 148, 152, 160, 168, 200 };
	unsigned int ids[64], count;
	int fds[63], progs[63];
	size_t i;
	long ret;

	for (i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		int prog = load(), link = link_create(prog, BPF_F_AFTER, 0, sizes[i], 0);

		ok(link >= 0, "attr of %d bytes, AFTER with fd 0", sizes[i]);
		ret = query(64, ids, &count, sizes[i]);
		ok(!ret && count == 1, "query with %d bytes: %u", sizes[i], count);
		close(link);
		close(prog);
	}
	progs[0] = load();
	ok(link_create(progs[0], BPF_F_AFTER, 0, 168, 151) < 0 && errno == EINVAL,
	   "byte 151 set: %m");
	ok(link_create(progs[0], BPF_F_AFTER, 0, 168, 152) < 0 && errno == E2BIG,
	   "byte 152 set: %m");
	close(progs[0]);

	for (i = 0; i < 63; i++) {
		progs[i] = load();
		fds[i] = link_create(progs[i], i % 2 ? BPF_F_BEFORE : BPF_F_AFTER, 0, 168, 0);
		if (fds[i] < 0)
			break;
	}
	ok(i == 63, "%zu links", i);
	ret = query(64, ids, &count, 168);
	ok(!ret && count == 63, "query with room for 64: %u", count);
	ret = query(8, ids, &count, 168);
	ok(ret < 0 && errno == ENOSPC && count == 63, "room for 8: %m, %u", count);
	ret = query(count, ids, &count, 168);
	ok(!ret && count == 63, "once more with as much: %u", count);
	while (i--) {
		close(fds[i]);
		close(progs[i]);
	}
	ret = query(64, ids, &count, 168);
	ok(!ret && !count, "all closed: %u", count);
	return failures > 0;
}
