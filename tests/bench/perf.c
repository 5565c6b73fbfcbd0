// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"
#include "perf.h"
#include "process.h"

#define STAT		"perf stat -x, -C " NUMBER(PKTGEN_CPU) \
			" -e instructions:k,cycles:k -o "

#define OUTPUT		"/tmp/tcx-bench-perf.XXXXXX"

static char output[sizeof(OUTPUT)];
static char command[sizeof(STAT) + sizeof(output) + 64];
static bool available;

/* A line: the count, its unit, the event, and more. */
static struct perf_counts counts_read(void)
{
	struct perf_counts counts = {};
	FILE *f = fopen(output, "r");
	char line[256];

	while (f && fgets(line, sizeof(line), f)) {
		if (strstr(line, ",instructions:k,"))
			counts.instructions = strtod(line, NULL);
		else if (strstr(line, ",cycles:k,"))
			counts.cycles = strtod(line, NULL);
	}
	if (f)
		fclose(f);
	return counts;
}

static void remove_output(void)
{
	unlink(output);
}

void perf_init(void)
{
	char trial[sizeof(command)];
	int fd;

	if (!env_number("BENCH_PERF", 0))
		return;
	strcpy(output, OUTPUT);
	fd = mkstemp(output);
	if (fd < 0)
		die("no temporary file for perf");
	close(fd);
	atexit(remove_output);
	snprintf(trial, sizeof(trial), STAT "%s -- true", output);
	if (system(trial)) {
		printf("env\tperf\tis not there, or failed: time only\n");
		return;
	}
	available = counts_read().instructions > 0;
	printf("env\tperf\t%s\n", available ? STAT "..." :
	       "has no counters here: time only");
	snprintf(command, sizeof(command), STAT "%s -- sh -c '%s'", output,
		 "echo start >" PKTGEN_CONTROL);
}

void perf_send(const struct stream *stream, enum fate fate,
	       struct perf_counts *counts)
{
	struct perf_counts all;

	/* A packet socket is not pktgen. */
	if (!available || (stream->fresh && !stream->ingress))
		return;
	pktgen_starter = command;
	stream_send(stream, fate);
	pktgen_starter = NULL;
	all = counts_read();
	counts->instructions = all.instructions / stream->packets;
	counts->cycles = all.cycles / stream->packets;
}
