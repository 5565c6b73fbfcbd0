// SPDX-License-Identifier: GPL-2.0
/*
 * src/kmod/core/mprog.c against the model, over random sequences of requests:
 *
 *   mprog_random [REQUESTS [SEED]]
 *
 * or by the environment, MPROG_REQUESTS and MPROG_SEED. Sequences run in child
 * processes, so that one which crashes can be shortened like one which gives
 * a wrong result; the shortest found is printed and run once more in the open.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "world.h"

#define REQUESTS	1000000
#define SEQUENCE	500	/* requests in a sequence */
#define BATCH		200	/* sequences in a child */

/* What a child leaves, whatever becomes of it. */
struct trace {
	uint64_t	revision;	/* the first */
	unsigned int	count;
	struct op	ops[SEQUENCE];
	unsigned long	requests;	/* by all children */
	unsigned long	successes;	/* of these */
	unsigned long	full;		/* while 63 programs were attached */
};

static struct trace *trace;
static uint64_t random_state;

/* splitmix64 */
static uint64_t rnd64(void)
{
	uint64_t z = random_state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

static int rnd(int below)
{
	return (rnd64() >> 33) % below;
}

static bool one_in(int n)
{
	return !rnd(n);
}

/* Mostly a program that is attached, more often an end than another. */
static int some_attached(const struct world *w)
{
	int count = w->model.count;

	if (!count || one_in(8))
		return rnd(WORLD_PROGS) + 1;
	if (one_in(4))
		return w->model.list[one_in(2) ? 0 : count - 1].prog;
	return w->model.list[rnd(count)].prog;
}

static int owner_of(const struct world *w, int prog)
{
	for (int i = 0; i < w->model.count; i++)
		if (w->model.list[i].prog == prog)
			return w->model.list[i].link;
	return 0;
}

static int neighbour_of(const struct world *w, int prog)
{
	for (int i = 0; i < w->model.count; i++) {
		int at = one_in(2) ? i + 1 : i - 1;

		if (w->model.list[i].prog == prog && at >= 0 &&
		    at < w->model.count)
			return w->model.list[at].prog;
	}
	return some_attached(w);
}

static void random_relative(const struct world *w, struct op *op)
{
	int prog = some_attached(w), link;

	/* The rules agree only on neighbours. */
	if (op->what == OP_DETACH && op->prog && !one_in(3))
		prog = neighbour_of(w, op->prog);
	else if (op->flags & OP_F_REPLACE && op->replace && !one_in(3))
		prog = neighbour_of(w, op->replace);
	link = owner_of(w, prog);
	if (one_in(20)) {
		op->relative = REL_ERR;
		op->rel = rnd(3);
	} else if (link && one_in(2)) {
		op->relative = REL_LINK;
		op->rel = link - 1;
	} else if (one_in(20)) {
		op->relative = REL_LINK;
		op->rel = rnd(WORLD_LINKS);
	} else {
		op->relative = REL_PROG;
		op->rel = prog - 1;
	}
}

static void random_flags(struct op *op)
{
	static const uint8_t rules[] = {
		0, 0, 0, OP_F_BEFORE, OP_F_BEFORE, OP_F_AFTER, OP_F_AFTER,
	};

	if (one_in(8)) {
		op->flags = rnd(OP_F_MASK + 1);
		return;
	}
	op->flags = rules[rnd(sizeof(rules))];
	if (op->what == OP_ATTACH && one_in(4))
		op->flags |= OP_F_REPLACE;
}

static struct op random_op(const struct world *w)
{
	struct op op = { .what = OP_ATTACH };

	if (one_in(12)) {
		op.what = one_in(4) ? OP_GRACE_PERIOD : OP_READ;
		return op;
	}
	if (one_in(150)) {
		op.what = OP_FILL;
		op.prog = MODEL_MAX - rnd(3);
		return op;
	}
	if (one_in(2))
		op.what = OP_DETACH;

	random_flags(&op);
	op.replace = some_attached(w);
	if (op.what == OP_ATTACH) {
		op.prog = one_in(15) ? some_attached(w) : rnd(WORLD_PROGS) + 1;
		if (op.flags & OP_F_REPLACE && !one_in(6))
			op.link = owner_of(w, op.replace);
		else if (one_in(3))
			op.link = rnd(WORLD_LINKS) + 1;
		if (one_in(20))
			op.how |= TRY_ABORT;
	} else if (!one_in(3)) {
		op.prog = some_attached(w);
		op.link = one_in(10) ? rnd(WORLD_LINKS + 1) :
				       owner_of(w, op.prog);
	}
	if (op.flags & (OP_F_BEFORE | OP_F_AFTER) ? !one_in(3) : one_in(10))
		random_relative(w, &op);
	if (one_in(2))
		op.how |= TRY_LINK_ALONE;
	if (one_in(20))
		op.how |= TRY_NO_MEMORY;
	if (one_in(4))
		op.revision = one_in(2) ? REV_PRESENT : rnd(REV_NR);
	return op;
}

/* Where the revision begins: also where its low half overflows. */
static uint64_t random_revision(void)
{
	switch (rnd(4)) {
	case 0:
		return UINT32_MAX - rnd(100);
	case 1:
		return rnd64() | 1;
	default:
		return 1;
	}
}

static bool random_sequence(uint64_t seed)
{
	struct world w;
	bool ok = true;

	random_state = seed;
	trace->count = 0;
	trace->revision = random_revision();
	world_init(&w, trace->revision);
	while (ok && trace->count < SEQUENCE) {
		struct op *op = &trace->ops[trace->count];

		*op = random_op(&w);
		trace->count++;
		trace->full += w.model.count == MODEL_MAX;
		ok = world_step(&w, op);
		if (op->what == OP_ATTACH || op->what == OP_DETACH) {
			trace->requests++;
			trace->successes += !w.err;
		}
	}
	world_exit(&w);
	return ok;
}

/* Run what is in the trace; @out: tell what happens. */
static bool replay(FILE *out)
{
	struct world w;
	bool ok = true;

	world_init(&w, trace->revision);
	if (out)
		fprintf(out, "# revision %llu\n",
			(unsigned long long)trace->revision);
	for (unsigned int i = 0; ok && i < trace->count; i++) {
		if (out) {
			fprintf(out, "# ");
			world_print_op(out, &trace->ops[i]);
			fflush(out);
		}
		ok = world_step(&w, &trace->ops[i]);
	}
	if (out && !ok)
		fprintf(out, "# wrong: %s\n", w.why);
	world_exit(&w);
	return ok;
}

/* Run @fn in a child; what it prints is seen if @loud. */
static bool in_child(bool (*fn)(uint64_t arg), uint64_t arg, bool loud)
{
	int status, null;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid < 0) {
		perror("fork");
		exit(1);
	}
	if (!pid) {
		if (!loud) {
			null = open("/dev/null", O_WRONLY);
			dup2(null, 1);
			dup2(null, 2);
		}
		alarm(120);
		status = fn(arg) ? 0 : 1;
		fflush(NULL);
		_exit(status);
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) && !WEXITSTATUS(status);
}

static bool child_batch(uint64_t seed)
{
	for (int i = 0; i < BATCH; i++)
		if (!random_sequence(seed + i))
			return false;
	return true;
}

static bool child_replay(uint64_t loud)
{
	return replay(loud ? stdout : NULL);
}

static bool fails(void)
{
	return !in_child(child_replay, 0, false);
}

/* Leave out whatever is not needed for the failure: first long runs of
 * requests, then shorter ones, then parts of a request.
 */
static void shorten(void)
{
	static struct trace last;

	for (unsigned int run = trace->count; run; run /= 2) {
		unsigned int at = 0;

		while (at + run <= trace->count) {
			last = *trace;
			memmove(&trace->ops[at], &trace->ops[at + run],
				(trace->count - at - run) * sizeof(struct op));
			trace->count -= run;
			if (fails())
				continue;
			*trace = last;
			at += run;
		}
	}
	for (unsigned int i = 0; i < trace->count; i++) {
		for (size_t byte = 0; byte < sizeof(struct op); byte++) {
			uint8_t *p = (uint8_t *)&trace->ops[i] + byte;
			uint8_t was = *p;

			if (!was)
				continue;
			*p = 0;
			if (!fails())
				*p = was;
		}
	}
}

static uint64_t setting(int argc, char **argv, int nr, const char *env,
			uint64_t otherwise)
{
	const char *value = argc > nr ? argv[nr] : getenv(env);

	return value && *value ? strtoull(value, NULL, 0) : otherwise;
}

int main(int argc, char **argv)
{
	uint64_t requests, seed, batch = 0;
	bool ok = true;

	requests = setting(argc, argv, 1, "MPROG_REQUESTS", REQUESTS);
	seed = setting(argc, argv, 2, "MPROG_SEED",
		       (uint64_t)time(NULL) << 16 ^ getpid());
	trace = mmap(NULL, sizeof(*trace), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (trace == MAP_FAILED) {
		perror("mmap");
		return 1;
	}
	printf("TAP version 13\n1..1\n# seed %llu\n", (unsigned long long)seed);
	while (ok && trace->requests < requests)
		ok = in_child(child_batch, seed + batch++ * BATCH, false);
	printf("# %lu requests, %lu of them granted, %lu steps with %d programs\n",
	       trace->requests, trace->successes, trace->full, MODEL_MAX);
	printf("%sok 1 - random requests give what the model says\n",
	       ok ? "" : "not ");
	if (ok)
		return 0;
	printf("# failed after %u steps; the shortest failure found:\n",
	       trace->count);
	shorten();
	in_child(child_replay, 1, true);
	return 1;
}
