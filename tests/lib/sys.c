// SPDX-License-Identifier: GPL-2.0
#include "sys.h"

const char *const direction[EGRESS + 1] = {
	[INGRESS] = "ingress",
	[EGRESS] = "egress",
};

bool sys_interface_is_ioctl(void)
{
	const char *interface = getenv("TCX_INTERFACE");

	if (interface)
		return !strcmp(interface, "ioctl");
	return !access(TCX_BACKPORT_DEVICE, F_OK);
}

int sys_bpf(int cmd, void *attr, unsigned int size)
{
	int ret = syscall(__NR_bpf, cmd, attr, size);

	return ret < 0 ? -errno : ret;
}

int sys_ioctl(unsigned long cmd, void *arg)
{
	static int fd = -1;
	int ret;

	if (fd < 0)
		fd = open(TCX_BACKPORT_DEVICE, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	ret = ioctl(fd, cmd, arg);
	return ret < 0 ? -errno : ret;
}

unsigned long ioctl_resized(unsigned long cmd, unsigned int size)
{
	return (cmd & ~((unsigned long)_IOC_SIZEMASK << _IOC_SIZESHIFT)) |
	       ((unsigned long)size << _IOC_SIZESHIFT);
}

int sys_prog_attach(int ifindex, int type, int prog_fd, __u32 flags,
		    int replace_fd, __u32 relative, __u64 revision)
{
	union sys_attr attr = {};

	if (sys_interface_is_ioctl()) {
		struct tcx_backport_prog_attach arg = {
			.ifindex = ifindex,
			.attach_type = type,
			.prog_fd = prog_fd,
			.flags = flags,
			.replace_prog_fd = replace_fd,
			.relative_fd = relative,
			.expected_revision = revision,
		};

		return sys_ioctl(TCX_BACKPORT_PROG_ATTACH, &arg);
	}
	attr.attach.target_ifindex = ifindex;
	attr.attach.attach_bpf_fd = prog_fd;
	attr.attach.attach_type = type;
	attr.attach.attach_flags = flags;
	attr.attach.replace_bpf_fd = replace_fd;
	attr.attach.relative = relative;
	attr.attach.expected_revision = revision;
	return sys_bpf(BPF_PROG_ATTACH, &attr, sizeof(attr));
}

int sys_prog_detach(int ifindex, int type, int prog_fd, __u32 flags,
		    __u32 relative, __u64 revision)
{
	union sys_attr attr = {};

	if (sys_interface_is_ioctl()) {
		struct tcx_backport_prog_detach arg = {
			.ifindex = ifindex,
			.attach_type = type,
			.prog_fd = prog_fd,
			.flags = flags,
			.relative_fd = relative,
			.expected_revision = revision,
		};

		return sys_ioctl(TCX_BACKPORT_PROG_DETACH, &arg);
	}
	attr.attach.target_ifindex = ifindex;
	attr.attach.attach_bpf_fd = prog_fd;
	attr.attach.attach_type = type;
	attr.attach.attach_flags = flags;
	attr.attach.relative = relative;
	attr.attach.expected_revision = revision;
	return sys_bpf(BPF_PROG_DETACH, &attr, sizeof(attr));
}

int sys_prog_query(int ifindex, int type, struct sys_query *q)
{
	union sys_attr attr = {};
	int ret;

	if (sys_interface_is_ioctl()) {
		struct tcx_backport_prog_query arg = {
			.ifindex = ifindex,
			.attach_type = type,
			.query_flags = q->query_flags,
			.attach_flags = q->attach_flags,
			.count = q->count,
			.prog_ids = (uintptr_t)q->prog_ids,
			.prog_attach_flags = (uintptr_t)q->prog_attach_flags,
			.link_ids = (uintptr_t)q->link_ids,
			.link_attach_flags = (uintptr_t)q->link_attach_flags,
		};

		ret = sys_ioctl(TCX_BACKPORT_PROG_QUERY, &arg);
		q->attach_flags = arg.attach_flags;
		q->count = arg.count;
		q->revision = arg.revision;
		return ret;
	}
	attr.query.target_ifindex = ifindex;
	attr.query.attach_type = type;
	attr.query.query_flags = q->query_flags;
	attr.query.attach_flags = q->attach_flags;
	attr.query.count = q->count;
	attr.query.prog_ids = (uintptr_t)q->prog_ids;
	attr.query.prog_attach_flags = (uintptr_t)q->prog_attach_flags;
	attr.query.link_ids = (uintptr_t)q->link_ids;
	attr.query.link_attach_flags = (uintptr_t)q->link_attach_flags;
	ret = sys_bpf(BPF_PROG_QUERY, &attr, sizeof(attr));
	q->attach_flags = attr.query.attach_flags;
	q->count = attr.query.count;
	q->revision = attr.query.revision;
	return ret;
}

int sys_link_create(int ifindex, int type, int prog_fd, __u32 flags,
		    __u32 relative, __u64 revision)
{
	union sys_attr attr = {};

	if (sys_interface_is_ioctl()) {
		struct tcx_backport_link_create arg = {
			.ifindex = ifindex,
			.attach_type = type,
			.prog_fd = prog_fd,
			.flags = flags,
			.relative_fd = relative,
			.expected_revision = revision,
		};

		return sys_ioctl(TCX_BACKPORT_LINK_CREATE, &arg);
	}
	attr.link_create.prog_fd = prog_fd;
	attr.link_create.target_ifindex = ifindex;
	attr.link_create.attach_type = type;
	attr.link_create.flags = flags;
	attr.link_create.relative = relative;
	attr.link_create.expected_revision = revision;
	return sys_bpf(BPF_LINK_CREATE, &attr, sizeof(attr));
}
