// SPDX-License-Identifier: GPL-2.0
/*
 * What the kernel allocates for an attach point with its first program, for a
 * further program, and for the same by links, each with its file: the growth of
 * slabs and per-CPU memory over many of them. What was freed may be freed late,
 * and an empty slab may be kept: so each kind gets devices of its own, and
 * nothing is freed in between. The last of all subjects: the links stay until the
 * process ends.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"
#include "population.h"
#include "sys.h"

#define DEVICES_MAX	1024

static int devs[2][DEVICES_MAX];

static long kilobytes(void)
{
	FILE *f = fopen("/proc/meminfo", "r");
	long sum = 0, value;
	char line[128];

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "Slab: %ld", &value) == 1 ||
		    sscanf(line, "Percpu: %ld", &value) == 1)
			sum += value;
	if (f)
		fclose(f);
	return sum;
}

/* What requests before have left to others is done. */
static long settled(void)
{
	sleep(2);
	return kilobytes();
}

static void by_programs(int dev, int nth)
{
	if (!nth)
		expect_ok(prepare(dev), "clsact");
	expect_ok(attach(dev, true, nth, progs[nth]), "attach");
	expect_ok(attach(dev, false, nth, progs[nth]), "attach");
}

static void by_links(int dev, int nth)
{
	expect_ok(sys_link_create(dev, INGRESS, progs[nth], 0, 0, 0), "link");
	expect_ok(sys_link_create(dev, EGRESS, progs[nth], 0, 0, 0), "link");
}

static void measure(const char *name, void (*add)(int dev, int nth),
		    const int *d, int n)
{
	static const char *const which[] = { "first", "further" };

	for (int nth = 0; nth < 2; nth++) {
		long before = settled();

		for (int i = 0; i < n; i++)
			add(d[i], nth);
		printf("memory\t%s %s\t%.0f\n", which[nth], name,
		       (settled() - before) * 1024.0 / (2 * n));
	}
}

void memory(const char *how)
{
	int n = atoi(how);

	if (n < 1 || n > DEVICES_MAX)
		die("memory=%s: 1 to %d devices", how, DEVICES_MAX);
	fds_allow();
	devices_add(devs[0], n, "mp");
	devices_add(devs[1], n, "ml");
	measure("program", by_programs, devs[0], n);
	if (!use_cls_bpf)
		measure("link", by_links, devs[1], n);
}
