// SPDX-License-Identifier: GPL-2.0
/*
 * Run after each test: is anything of it left behind? Whatever the interface, no
 * SCHED_CLS program may be alive, since the tests pin none. With the module,
 * nothing may be attached and nothing may hold the module. Dying namespaces
 * are cleaned up by a worker, so it waits a while before it complains.
 * It names no device: what is left may be in a namespace that nobody can see.
 */
#include <stdio.h>

#include "module.h"

static int cls_programs(void)
{
	union bpf_attr attr = {};
	int count = 0;

	while (!sys_bpf(BPF_PROG_GET_NEXT_ID, &attr, sizeof(attr))) {
		union bpf_attr get = { .prog_id = attr.next_id };
		struct bpf_prog_info info = {};
		int fd = sys_bpf(BPF_PROG_GET_FD_BY_ID, &get, sizeof(get));

		attr.start_id = attr.next_id;
		if (fd < 0)
			continue;
		if (!info_get(fd, &info, sizeof(info)) &&
		    info.type == BPF_PROG_TYPE_SCHED_CLS)
			count++;
		close(fd);
	}
	return count;
}

static int attached(void)
{
	struct tcx_backport_info info = {};
	int fd, ret;

	fd = open(TCX_BACKPORT_DEVICE, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	ret = ioctl(fd, TCX_BACKPORT_INFO, &info) ? -errno : (int)info.progs;
	close(fd);
	return ret;
}

int main(void)
{
	bool module = !access(TCX_BACKPORT_DEVICE, F_OK);
	int progs = 0, points = 0, refs = 0, tries;

	for (tries = 0; tries < 250; tries++) {
		progs = cls_programs();
		points = module ? attached() : 0;
		refs = module ? module_references() : 0;
		if (!progs && !points && !refs)
			return 0;
		sleep_ms(40);
	}
	printf("left behind: %d programs alive, %d attached, %d references to the module\n",
	       progs, points, refs);
	return 1;
}
