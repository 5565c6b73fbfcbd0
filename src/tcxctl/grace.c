// SPDX-License-Identifier: GPL-2.0
/*
 * Programs run under RCU. User space can have the kernel wait for a grace period:
 * a map that is put into a map of maps is not reported as done before nobody can
 * be using what was there. membarrier(2) waits as well, but not on a machine with
 * one CPU, nor on one with nohz_full.
 */
#include <sys/syscall.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <linux/membarrier.h>

#include "grace.h"

static int wait_by_map(void)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts);
	__u32 key = 0;
	int inner, outer, err = -1;

	inner = bpf_map_create(BPF_MAP_TYPE_ARRAY, "tcxctl_grace", sizeof(key),
			       sizeof(key), 1, NULL);
	opts.inner_map_fd = inner;
	outer = inner < 0 ? -1 :
		bpf_map_create(BPF_MAP_TYPE_ARRAY_OF_MAPS, "tcxctl_grace",
			       sizeof(key), sizeof(key), 1, &opts);
	if (outer >= 0) {
		err = bpf_map_update_elem(outer, &key, &inner, BPF_ANY);
		close(outer);
	}
	if (inner >= 0)
		close(inner);
	return err;
}

void grace_wait(void)
{
	if (!wait_by_map())
		return;
	if (syscall(__NR_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0))
		usleep(100 * 1000);	/* far more than a packet takes */
}
