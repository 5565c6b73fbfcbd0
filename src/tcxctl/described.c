// SPDX-License-Identifier: GPL-2.0
#include <search.h>
#include <stdlib.h>

#include "described.h"

struct program {
	__u32 id;
	struct prog_details details;
};

static int by_id(const void *a, const void *b)
{
	const struct program *x = a, *y = b;

	return x->id < y->id ? -1 : x->id > y->id;
}

const struct prog_details *described_prog(struct described *all, __u32 id)
{
	struct program key = { .id = id }, **known, *program;

	known = tfind(&key, &all->programs, by_id);
	if (known)
		return &(*known)->details;
	program = malloc(sizeof(*program));
	if (!program)
		return NULL;
	program->id = id;
	if (!tsearch(program, &all->programs, by_id)) {
		free(program);
		return NULL;
	}
	all->count++;
	prog_describe_id(id, &program->details);
	return &program->details;
}

struct each {
	described_fn fn;
	void *ctx;
};

static void visit(const void *node, VISIT which, void *closure)
{
	struct program *program = *(struct program * const *)node;
	const struct each *each = closure;

	if (which == postorder || which == leaf)
		each->fn(program->id, &program->details, each->ctx);
}

void described_each(struct described *all, described_fn fn, void *ctx)
{
	struct each each = { .fn = fn, .ctx = ctx };

	twalk_r(all->programs, visit, &each);
}

void described_bound(struct described *all, size_t most)
{
	if (all->count > most)
		described_free(all);
}

void described_free(struct described *all)
{
	tdestroy(all->programs, free);
	all->programs = NULL;
	all->count = 0;
}
