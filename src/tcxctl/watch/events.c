// SPDX-License-Identifier: GPL-2.0
/*
 * libbpf's perf_buffer reads rings that programs write to through a map; a
 * tracepoint's records come the same way, but for the map, which it wants all the
 * same.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/perf_event.h>

#include "events.h"
#include "options.h"
#include "refuse.h"

#define RING_KIB 256	/* of each CPU, unless --buffer says otherwise */

struct events {
	struct event_format format;
	struct perf_buffer *buffer;
	int map;
	__u64 lost;
	int err;
	/* Those of one look, with copies of their data */
	struct event *all;
	size_t count, room;
};

/* What the kernel puts before the tracepoint's own fields */
struct record {
	struct perf_event_header header;
	__u64 time;
	__u32 cpu, unused;
	__u32 size;
	char data[];
} __attribute__((packed));

struct lost_record {
	struct perf_event_header header;
	__u64 id, lost;
};

static void keep(struct events *events, const struct record *record)
{
	struct event *all = events->all;
	char *data;

	if (events->count == events->room) {
		events->room = 2 * events->room + 64;
		all = realloc(all, events->room * sizeof(*all));
		if (all)
			events->all = all;
	}
	data = all ? malloc(record->size) : NULL;
	if (!data) {
		events->err = -ENOMEM;
		return;
	}
	memcpy(data, record->data, record->size);
	all[events->count++] = (struct event){ record->time, data,
					       record->size };
}

static enum bpf_perf_event_ret take(void *ctx, int cpu,
				    struct perf_event_header *header)
{
	struct events *events = ctx;

	(void)cpu;
	if (header->type == PERF_RECORD_SAMPLE)
		keep(events, (const struct record *)header);
	else if (header->type == PERF_RECORD_LOST)
		events->lost += ((const struct lost_record *)header)->lost;
	return events->err ? LIBBPF_PERF_EVENT_ERROR : LIBBPF_PERF_EVENT_CONT;
}

/* A ring's size is a power of two, in pages. */
static size_t pages_of(__u64 kib)
{
	size_t pages = 1, page = sysconf(_SC_PAGESIZE);

	while (pages * page < kib * 1024)
		pages *= 2;
	return pages;
}

static int rings_open(struct events *events, __u32 type, __u64 config)
{
	struct perf_event_attr attr = {
		.type = type,
		.size = sizeof(attr),
		.config = config,
		.sample_type = PERF_SAMPLE_TIME | PERF_SAMPLE_CPU |
			       PERF_SAMPLE_RAW,
		.sample_period = 1,
		.wakeup_events = 1,
		.use_clockid = 1,
		.clockid = CLOCK_MONOTONIC,
	};
	int cpus = libbpf_num_possible_cpus();

	events->map = bpf_map_create(BPF_MAP_TYPE_PERF_EVENT_ARRAY,
				     "tcxctl_events", sizeof(int), sizeof(int),
				     cpus > 0 ? cpus : 1, NULL);
	if (events->map < 0)
		return -errno;
	events->buffer = perf_buffer__new_raw(events->map,
					      pages_of(options.buffer_kib ?:
						       RING_KIB),
					      &attr, take, events, NULL);
	return events->buffer ? 0 : -errno;
}

static int filter_set(struct events *events, const char *filter)
{
	size_t i, n = perf_buffer__buffer_cnt(events->buffer);

	for (i = 0; i < n; i++)
		if (ioctl(perf_buffer__buffer_fd(events->buffer, i),
			  PERF_EVENT_IOC_SET_FILTER, filter))
			return -errno;
	return 0;
}

static int refuse_format(int err, const char *tracepoint)
{
	refuse_errno(-err);
	if (err == -ENODEV)
		return refuse("the kernel's tracepoints are not to be seen: mount -t tracefs tracefs /sys/kernel/tracing");
	if (err == -ENOENT)
		return refuse("there is no tracepoint tcx_backport:%s: the module is not loaded ('modprobe tcx_backport'), or is older than this tcxctl, or its kernel was built without tracepoints",
			      tracepoint);
	return refuse("the tracepoint tcx_backport:%s cannot be read: %s",
		      tracepoint, strerror(-err));
}

static const char *rights(int err)
{
	return err == -EPERM || err == -EACCES ?
	       "; it takes root, or CAP_PERFMON and CAP_BPF" : "";
}

int events_open(struct events **events, const char *tracepoint,
		const char *filter)
{
	struct events *new = calloc(1, sizeof(*new));
	int err;

	if (!new)
		return refuse("out of memory");
	new->map = -1;
	err = event_format_read(tracepoint, &new->format);
	if (err) {
		events_close(new);
		return refuse_format(err, tracepoint);
	}
	err = rings_open(new, PERF_TYPE_TRACEPOINT, new->format.id);
	if (!err && filter)
		err = filter_set(new, filter);
	if (err) {
		events_close(new);
		refuse_errno(-err);
		return refuse("the tracepoint tcx_backport:%s cannot be followed: %s%s",
			      tracepoint, strerror(-err), rights(err));
	}
	*events = new;
	return EXIT_DONE;
}

int events_open_output(struct events **events)
{
	struct events *new = calloc(1, sizeof(*new));
	int err;

	if (!new)
		return refuse("out of memory");
	new->map = -1;
	err = rings_open(new, PERF_TYPE_SOFTWARE, PERF_COUNT_SW_BPF_OUTPUT);
	if (err) {
		events_close(new);
		refuse_errno(-err);
		return refuse("what programs put out cannot be followed: %s%s",
			      strerror(-err), rights(err));
	}
	*events = new;
	return EXIT_DONE;
}

int events_map(const struct events *events)
{
	return events->map;
}

const struct event_format *events_format(const struct events *events)
{
	return &events->format;
}

static int by_time(const void *a, const void *b)
{
	const struct event *x = a, *y = b;

	return x->time < y->time ? -1 : x->time > y->time;
}

int events_poll(struct events *events, int timeout_ms, event_fn fn, void *ctx)
{
	int err = perf_buffer__poll(events->buffer, timeout_ms);
	size_t i;

	if (events->count)
		qsort(events->all, events->count, sizeof(*events->all),
		      by_time);
	for (i = 0; i < events->count; i++) {
		fn(&events->all[i], ctx);
		free((void *)events->all[i].data);
	}
	events->count = 0;
	if (events->err)
		return events->err;
	return err < 0 && err != -EINTR ? err : 0;
}

__u64 events_lost(const struct events *events)
{
	return events->lost;
}

void events_close(struct events *events)
{
	if (!events)
		return;
	perf_buffer__free(events->buffer);
	if (events->map >= 0)
		close(events->map);
	free(events->all);
	free(events);
}

static __u64 nanoseconds(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return t.tv_sec * 1000000000ULL + t.tv_nsec;
}

void event_time(const struct event *event, char *text)
{
	__u64 ns = event->time + nanoseconds(CLOCK_REALTIME) -
		   nanoseconds(CLOCK_MONOTONIC);
	time_t seconds = ns / 1000000000;
	char date[24], zone[8];
	struct tm tm;

	if (!localtime_r(&seconds, &tm))
		memset(&tm, 0, sizeof(tm));
	strftime(date, sizeof(date), "%FT%T", &tm);
	strftime(zone, sizeof(zone), "%z", &tm);
	snprintf(text, EVENT_TIME_SIZE, "%s.%06llu%s", date,
		 (unsigned long long)(ns % 1000000000 / 1000), zone);
}

static volatile sig_atomic_t interrupted;

static void interrupt(int signal)
{
	(void)signal;
	interrupted = 1;
}

void events_catch_signals(void)
{
	struct sigaction action = { .sa_handler = interrupt };

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

bool events_interrupted(void)
{
	return interrupted;
}

__u32 events_own_netns(void)
{
	struct stat st;

	return stat("/proc/self/ns/net", &st) ? 0 : st.st_ino;
}
