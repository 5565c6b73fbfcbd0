// SPDX-License-Identifier: GPL-2.0
/* Instructions per bpf(2) that is not about tcx. */
#include <stdio.h>

#include <linux/bpf.h>

#include "bench.h"
#include "sys.h"

#define CALLS		50000	/* of bpf(2) */
#define SWITCH		"/sys/module/tcx_backport/parameters/bpf_syscall"

static double scale;

static int map_create(void)
{
	union bpf_attr attr = {
		.map_type = BPF_MAP_TYPE_ARRAY,
		.key_size = 4,
		.value_size = 4,
		.max_entries = 1,
	};
	int fd = sys_bpf(BPF_MAP_CREATE, &attr, sizeof(attr));

	expect_ok(fd, "creating a map");
	return fd;
}

static void switch_to(const char *on)
{
	int fd = open(SWITCH, O_WRONLY);

	if (fd < 0 || write(fd, on, strlen(on)) < 0)
		die("%s: '%s': %s", SWITCH, on, strerror(errno));
	close(fd);
}

static void calls(int cmd, void *attr, unsigned int size, int want,
		  const char *command, const char *name)
{
	uint64_t least = ~0ull;

	for (int i = 0; i < RUNS; i++) {
		uint64_t start = now_ns(), ns;

		for (int k = 0; k < CALLS; k++)
			if (sys_bpf(cmd, attr, size) != want)
				die("%s: not %d", command, want);
		ns = now_ns() - start;
		least = ns < least ? ns : least;
	}
	printf("syscall\t%s\t%s\t%.2f\n", command, name,
	       least / scale / CALLS);
}

void syscalls(void)
{
	__u32 key = 0, value = 1;
	union bpf_attr update = {
		.map_fd = map_create(),
		.key = (uintptr_t)&key,
		.value = (uintptr_t)&value,
	};
	union bpf_attr query = { .query.attach_type = ~0u };

	scale = ns_per_instruction();
	for (int on = 0; on <= 1; on++) {
		switch_to(on ? "1" : "0");
		/* Others finish what the switch has left to them. */
		sleep(1);
		calls(BPF_MAP_UPDATE_ELEM, &update, 32, 0, "update",
		      on ? "on" : "off");
		calls(BPF_PROG_QUERY, &query, 32, -EINVAL, "query",
		      on ? "on" : "off");
	}
}
