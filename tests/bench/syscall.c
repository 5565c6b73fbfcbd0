// SPDX-License-Identifier: GPL-2.0
/*
 * What bpf_syscall=1 adds to a command of bpf(2) that is not about tcx: "update",
 * of a map's element, stands for all that the module leaves alone; "query", of
 * an attach type that no kernel has, is one of the four that it has a look at
 * and hands on.
 */
#include <stdio.h>

#include <linux/bpf.h>

#include "bench.h"
#include "bpf_progs.h"
#include "module.h"

#define CALLS	20000	/* of bpf(2) */
#define RUNS	3	/* the least disturbed one counts */

static const char *const names[] = { "update", "query" };

static double calls(int cmd, void *attr, unsigned int size, int want,
		    const char *command)
{
	double unit = counting ? ns_per_instruction() : 1;
	uint64_t least = ~0ull;

	for (int i = 0; i < RUNS; i++) {
		uint64_t start = now_ns(), ns;

		for (int k = 0; k < CALLS; k++)
			if (sys_bpf(cmd, attr, size) != want)
				die("%s: not %d", command, want);
		ns = now_ns() - start;
		least = ns < least ? ns : least;
	}
	return least / unit / CALLS;
}

void syscalls(const char *how)
{
	__u32 key = 0, value = 1;
	union bpf_attr update = {
		.map_fd = expect_ok(map_create(), "creating a map"),
		.key = (uintptr_t)&key,
		.value = (uintptr_t)&value,
	};
	union bpf_attr query = { .query.attach_type = ~0u };
	double cost[2][2];

	for (int on = 0; on <= 1; on++) {
		expect_ok(switch_to(on), "bpf_syscall");
		/* Others finish what the switch has left to them. */
		sleep(1);
		cost[0][on] = calls(BPF_MAP_UPDATE_ELEM, &update, 32, 0,
				    names[0]);
		cost[1][on] = calls(BPF_PROG_QUERY, &query, 32, -EINVAL,
				    names[1]);
	}
	for (int i = 0; i < 2; i++)
		printf("syscall\t%s\t%.2f\t%.2f\n", names[i], cost[i][1],
		       cost[i][0]);
}
