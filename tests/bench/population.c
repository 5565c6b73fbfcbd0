// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "bench.h"
#include "netns.h"
#include "population.h"
#include "sys.h"

static struct member {
	int dev;
	int links[2];
} members[POPULATION_MAX];
static int size;
static double seconds;

void fds_allow(void)
{
	struct rlimit limit = { 65536, 65536 };

	if (setrlimit(RLIMIT_NOFILE, &limit))
		die("cannot have %ld files open", (long)limit.rlim_cur);
}

void devices_add(int *devs, int n, const char *prefix)
{
	char name[IFNAMSIZ];

	for (int i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "%s%d", prefix, i);
		devs[i] = expect_ok(dummy_add(name), name);
	}
}

static void member_attach(struct member *m)
{
	expect_ok(prepare(m->dev), "clsact");
	for (int ingress = 0; ingress < 2; ingress++) {
		if (use_cls_bpf)
			expect_ok(attach(m->dev, ingress, 0, progs[OTHER_PROG]),
				  "attach");
		else
			m->links[ingress] =
				expect_ok(sys_link_create(m->dev,
							  ingress ? INGRESS :
								    EGRESS,
							  progs[OTHER_PROG], 0,
							  0, 0), "link");
	}
}

double population_grow(int n)
{
	int from = size;
	uint64_t start;
	char name[IFNAMSIZ];

	if (n > POPULATION_MAX)
		die("no more than %d devices", POPULATION_MAX);
	fds_allow();
	for (; size < n; size++) {
		snprintf(name, sizeof(name), "many%d", size);
		members[size].dev = expect_ok(dummy_add(name), name);
	}
	start = now_ns();
	for (int i = from; i < size; i++)
		member_attach(&members[i]);
	seconds += (now_ns() - start) / 1e9;
	return seconds;
}

int population_size(void)
{
	return size;
}

int population_dev(int i)
{
	return members[i].dev;
}

double population_end(void)
{
	uint64_t start = now_ns();

	for (int i = 0; i < size; i++) {
		expect_ok(unprepare(members[i].dev), "clsact");
		for (int k = 0; k < 2 && !use_cls_bpf; k++)
			close(members[i].links[k]);
	}
	return (now_ns() - start) / 1e9;
}

void population_forget(void)
{
	for (int i = 0; i < size; i++)
		for (int k = 0; k < 2 && !use_cls_bpf; k++)
			close(members[i].links[k]);
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

double median(double *values, int n)
{
	qsort(values, n, sizeof(*values), compare);
	return values[n / 2];
}
