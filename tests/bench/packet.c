// SPDX-License-Identifier: GPL-2.0
/*
 * What programs add to the path of a packet, by their number and by the verdict
 * of the last one; those before it hand the packet on.
 *
 *   VERDICT	"next", "pass", "drop", "redirect" (to another device);
 *		"other": no program here, but one on another device
 *   SIZE	"small" or "large"
 *
 * "short": small packets, fewer numbers, and verdicts for one program only.
 */
#include <inttypes.h>
#include <stdio.h>

#include <linux/bpf.h>

#include "bench.h"
#include "bpf_progs.h"
#include "perf.h"
#include "sender.h"

/* What the runs of one case may differ by without a word. */
#define SPREAD_MAX	2.0	/* instructions, */
#define SPREAD_PART	500	/* or one part in that many */

/* Under icount a few runs agree; the least disturbed one counts. */
#define COUNTED		10000
#define COUNTED_RUNS	3

/* Elsewhere a run takes about that long, and the fastest one counts. */
#define TIMED_NS	100000000
#define TIMED_RUNS	7

static int packets = COUNTED;

static const struct size {
	const char *name;
	int bytes;
} sizes[] = { { "small", 60 }, { "large", 1514 } };

static const struct verdict {
	const char *name;
	enum fate fate;
	int code;
} verdicts[] = {
	{ "next", FATE_STACK, TCX_NEXT },
	{ "pass", FATE_STACK, TCX_PASS },
	{ "drop", FATE_DROP, TCX_DROP },
	{ "redirect", FATE_REDIRECT, TCX_REDIRECT },
};

#define SIZES		2
#define VERDICTS	4
#define COUNTS		6

static const int all_counts[COUNTS] = { 1, 2, 4, 8, 16, MAX_PROGS };
static const int few_counts[] = { 1, 2, 8, MAX_PROGS };

/* What a packet costs. */
struct cost {
	double count;			/* instructions, or nanoseconds */
	struct perf_counts perf;	/* if there is perf */
};

/* By direction, fresh, size: with no program on any device. */
static struct cost nothing[2][2][SIZES];

/* The last program, by verdict. */
static int last[VERDICTS];

static struct stream stream_of(bool ingress, const struct verdict *v,
			       const struct size *size)
{
	return (struct stream) {
		.ingress = ingress,
		.fresh = v->fate == FATE_REDIRECT ||
			 (v->fate == FATE_DROP && !ingress),
		.size = size->bytes,
		.packets = packets,
	};
}

static struct cost cost_of(const struct stream *s, enum fate fate,
			   const char *name)
{
	double unit = 1.0 / s->packets / (counting ? ns_per_instruction() : 1);
	uint64_t min = ~0ull, max = 0;
	struct cost cost = {};

	for (int i = 0; i < (counting ? COUNTED_RUNS : TIMED_RUNS); i++) {
		uint64_t ns = stream_send(s, fate);

		min = ns < min ? ns : min;
		max = ns > max ? ns : max;
	}
	if (counting && (max - min) * unit > SPREAD_MAX &&
	    max - min > min / SPREAD_PART)
		fprintf(stderr, "bench: %s: %.1f to %.1f, not stable\n", name,
			min * unit, max * unit);
	cost.count = min * unit;
	perf_send(s, fate, &cost.perf);
	return cost;
}

static void report(const struct stream *s, const char *verdict, int size,
		   int count, const struct cost *cost)
{
	const struct cost *base = &nothing[s->ingress][s->fresh][size];
	const char *dir = s->ingress ? "ingress" : "egress";

	printf("packet\t%s %s %s %d\t%.2f\t%.2f\n", dir, verdict,
	       sizes[size].name, count, cost->count, base->count);
	if (cost->perf.instructions)
		printf("perf\t%s %s %s %d\t%.1f\t%.1f\t%.1f\t%.1f\n", dir,
		       verdict, sizes[size].name, count,
		       cost->perf.instructions, base->perf.instructions,
		       cost->perf.cycles, base->perf.cycles);
}

static void measure(bool ingress, int verdict, const char *name, int size,
		    int count)
{
	const struct verdict *v = &verdicts[verdict];
	struct stream s = stream_of(ingress, v, &sizes[size]);
	struct cost cost = cost_of(&s, v->fate, name);

	report(&s, name, size, count, &cost);
}

/* The first packets are slow. How many make a run, if time is taken? */
static void warm_up(struct stream *s)
{
	uint64_t ns;

	stream_send(s, FATE_STACK);
	ns = stream_send(s, FATE_STACK) / s->packets + 1;
	if (counting)
		return;
	packets = TIMED_NS / ns < COUNTED ? COUNTED : TIMED_NS / ns;
	packets -= packets % BURST;
	s->packets = packets;
}

/* Before the first program comes, and static keys are switched on. */
static void measure_nothing(int n_sizes)
{
	struct stream s = stream_of(false, &verdicts[0], &sizes[0]);

	warm_up(&s);
	for (int i = 0; i < 8; i++) {
		int size = i & 1;

		s.ingress = i & 4;
		s.fresh = i & 2;
		s.size = sizes[size].bytes;
		if (size >= n_sizes)
			continue;
		nothing[s.ingress][s.fresh][size] =
			cost_of(&s, FATE_STACK, "nothing");
	}
}

static void verdicts_at(bool ingress, int count, int n_sizes, int n_verdicts)
{
	for (int v = 0; v < n_verdicts; v++) {
		expect_ok(attach(ifindex, ingress, count - 1, last[v]),
			  "attach");
		for (int size = 0; size < n_sizes; size++)
			measure(ingress, v, verdicts[v].name, size, count);
		expect_ok(detach(ifindex, ingress, count - 1, last[v]),
			  "detach");
	}
}

static void packet_direction(bool ingress, bool few)
{
	const int *counts = few ? few_counts : all_counts;
	int n = few ? sizeof(few_counts) / sizeof(*few_counts) : COUNTS;
	int attached = 0;

	expect_ok(prepare(other_ifindex), "clsact");
	expect_ok(attach(other_ifindex, ingress, 0, progs[OTHER_PROG]),
		  "attach");
	measure(ingress, 0, "other", 0, 1);
	expect_ok(prepare(ifindex), "clsact");
	for (int i = 0; i < n; i++) {
		for (; attached < counts[i] - 1; attached++)
			expect_ok(attach(ifindex, ingress, attached,
					 progs[attached]), "attach");
		/* A packet's size matters to the first and the last alike. */
		verdicts_at(ingress, counts[i], few || (i && i < n - 1) ?
			    1 : SIZES, few && i ? 1 : VERDICTS);
	}
	while (attached--)
		expect_ok(detach(ifindex, ingress, attached, progs[attached]),
			  "detach");
	expect_ok(unprepare(ifindex), "clsact");
	expect_ok(detach(other_ifindex, ingress, 0, progs[OTHER_PROG]),
		  "detach");
	expect_ok(unprepare(other_ifindex), "clsact");
}

/* r0 = bpf_redirect(other device, 0), which is TCX_REDIRECT */
static int redirect_load(void)
{
	struct bpf_insn code[] = {
		{ BPF_ALU64 | BPF_MOV | BPF_K, 1, 0, 0, other_ifindex },
		{ BPF_ALU64 | BPF_MOV | BPF_K, 2, 0, 0, 0 },
		{ BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_redirect },
		{ BPF_JMP | BPF_EXIT },
	};

	return insns_load(BPF_PROG_TYPE_SCHED_CLS, code);
}

void packet(const char *how)
{
	bool few = !strcmp(how, "short");

	for (int v = 0; v < VERDICTS; v++)
		last[v] = expect_ok(verdicts[v].code == TCX_REDIRECT ?
				    redirect_load() :
				    verdict_load(BPF_PROG_TYPE_SCHED_CLS,
						 verdicts[v].code),
				    "loading a program");
	if (counting)
		printf("env\tns per instruction\t%.5f\n", ns_per_instruction());
	perf_init();
	measure_nothing(few ? 1 : SIZES);
	packet_direction(true, few);
	packet_direction(false, few);
}
