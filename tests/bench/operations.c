// SPDX-License-Identifier: GPL-2.0
/*
 * Single requests where more and more devices have programs: does a request
 * take longer for what others have? The devices that are asked about have a
 * program already, each way. Medians; RTNL is watched in requests of its own.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "bpf_progs.h"
#include "link.h"
#include "population.h"
#include "rtnl.h"

#define SAMPLES	50
#define WATCHED	10

static struct request {
	int dev;
	bool ingress;
	int prog, another;
	int link;
} req;

static int op_attach(void)
{
	return attach(req.dev, req.ingress, 1, req.prog);
}

static int op_query(void)
{
	return query(req.dev, req.ingress, 1);
}

static int op_replace(void)
{
	return replace(req.dev, req.ingress, 1, req.another, req.prog);
}

static int op_detach(void)
{
	return detach(req.dev, req.ingress, 1, req.another);
}

static int op_link_create(void)
{
	req.link = sys_link_create(req.dev, req.ingress ? INGRESS : EGRESS,
				   req.prog, 0, 0, 0);
	return req.link;
}

static int op_link_update(void)
{
	return tcx_link_update(req.link, req.another);
}

static int op_link_close(void)
{
	return close(req.link) ? -errno : 0;
}

/* In this order they leave things as they were. */
static const struct op {
	const char *name;
	int (*run)(void);
	bool is_link;
} ops[] = {
	{ "attach", op_attach },
	{ "query", op_query },
	{ "replace", op_replace },
	{ "detach", op_detach },
	{ "link create", op_link_create, true },
	{ "link update", op_link_update, true },
	{ "link close", op_link_close, true },
};

#define OPS	((int)(sizeof(ops) / sizeof(ops[0])))

/* Spread over all devices and both directions. */
static void choose(int sample, int of)
{
	req.dev = population_dev((long)sample * population_size() / of);
	req.ingress = sample & 1;
}

static void time_samples(void)
{
	static double us[OPS][SAMPLES];

	for (int i = 0; i < SAMPLES; i++) {
		choose(i, SAMPLES);
		for (int k = 0; k < OPS; k++) {
			uint64_t start = now_ns();

			if (use_cls_bpf && ops[k].is_link)
				continue;
			expect_ok(ops[k].run(), ops[k].name);
			us[k][i] = (now_ns() - start) / 1e3;
		}
	}
	for (int k = 0; k < OPS; k++)
		if (!use_cls_bpf || !ops[k].is_link)
			printf("operation\t%s %d\t%.1f\n", ops[k].name,
			       population_size(), median(us[k], SAMPLES));
}

static void watch_samples(void)
{
	static double longest[OPS][WATCHED];

	for (int i = 0; i < WATCHED; i++) {
		choose(i, WATCHED);
		for (int k = 0; k < OPS; k++) {
			if (use_cls_bpf && ops[k].is_link)
				continue;
			rtnl_watch();
			expect_ok(ops[k].run(), ops[k].name);
			longest[k][i] = rtnl_longest();
		}
	}
	for (int k = 0; k < OPS; k++)
		if (!use_cls_bpf || !ops[k].is_link)
			printf("rtnl\t%s %d\t%.0f\n", ops[k].name,
			       population_size(),
			       median(longest[k], WATCHED));
}

void operations(const char *how)
{
	char *list = strdup(how), *rest = list, *word;

	req.prog = expect_ok(cls_load(), "loading a program");
	req.another = expect_ok(cls_load(), "loading a program");
	while ((word = strsep(&rest, ","))) {
		int n = atoi(word);

		if (n <= population_size())
			die("operations=%s: numbers that grow", how);
		printf("scale\tattach %d\t%.4f\n", n, population_grow(n));
		time_samples();
		if (env_number("BENCH_WATCH", 1))
			watch_samples();
	}
	free(list);
}
