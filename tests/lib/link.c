// SPDX-License-Identifier: GPL-2.0
#include "link.h"

struct tcx_link_info tcx_link_info(int fd)
{
	struct tcx_link_info info = {};

	if (info_get(fd, &info, sizeof(info)))
		memset(&info, 0xff, sizeof(info));
	return info;
}

int tcx_link_update_flags(int fd, int prog_fd, __u32 flags, int old_fd)
{
	union bpf_attr attr = {
		.link_update.link_fd = fd,
		.link_update.new_prog_fd = prog_fd,
		.link_update.flags = flags,
		.link_update.old_prog_fd = old_fd,
	};

	return sys_bpf(BPF_LINK_UPDATE, &attr, sizeof(attr));
}

int tcx_link_update(int fd, int prog_fd)
{
	return tcx_link_update_flags(fd, prog_fd, 0, 0);
}

int tcx_link_detach(int fd)
{
	union bpf_attr attr = { .link_detach.link_fd = fd };

	return sys_bpf(BPF_LINK_DETACH, &attr, sizeof(attr));
}

int tcx_link_by_id(__u32 id)
{
	union bpf_attr attr = { .link_id = id };

	return sys_bpf(BPF_LINK_GET_FD_BY_ID, &attr, sizeof(attr));
}

int tcx_link_next_id(__u32 id)
{
	union bpf_attr attr = { .start_id = id };
	int ret = sys_bpf(BPF_LINK_GET_NEXT_ID, &attr, sizeof(attr));

	return ret ?: (int)attr.next_id;
}

int obj_pin(int fd, const char *path)
{
	union bpf_attr attr = {
		.pathname = (uintptr_t)path,
		.bpf_fd = fd,
	};

	return sys_bpf(BPF_OBJ_PIN, &attr, sizeof(attr));
}

int obj_get(const char *path)
{
	union bpf_attr attr = { .pathname = (uintptr_t)path };

	return sys_bpf(BPF_OBJ_GET, &attr, sizeof(attr));
}

int links_count(void)
{
	int count = 0, id = 0;

	while ((id = tcx_link_next_id(id)) > 0)
		count++;
	return count;
}

int links_settle(int want)
{
	int tries;

	for (tries = 0; links_count() != want && tries < 500; tries++)
		sleep_ms(20);
	return links_count();
}

int bpffs_new(void)
{
	if (unshare(CLONE_NEWNS) ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		return -errno;
	if (mkdir(BPFFS, 0700) && errno != EEXIST)
		return -errno;
	return mount("bpf", BPFFS, "bpf", 0, NULL) ? -errno : 0;
}
