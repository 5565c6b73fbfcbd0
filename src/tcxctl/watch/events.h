/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Reads what happens as it happens: a tracepoint of the module's, or what a BPF
 * program puts out. The kernel keeps records in a buffer of fixed size for each
 * CPU until they are read, and counts those for which there was no room.
 */
#ifndef TCXCTL_EVENTS_H
#define TCXCTL_EVENTS_H

#include <stdbool.h>

#include "event_format.h"

struct events;

struct event {
	__u64 time;		/* ns of CLOCK_MONOTONIC */
	const void *data;
	size_t size;
};

/* Returns an exit code, having said what is wrong. @filter: in the language of
 * the kernel's event filters, or NULL. Records of a moment before it was set may
 * come along. Each CPU's buffer has what --buffer says. As long as it is open the
 * module cannot be unloaded.
 */
int events_open(struct events **events, const char *tracepoint,
		const char *filter);
const struct event_format *events_format(const struct events *events);
/* Of programs, which put it out to the map of events_map(). */
int events_open_output(struct events **events);
int events_map(const struct events *events);

typedef void (*event_fn)(const struct event *event, void *ctx);

/* Waits so long for records and hands over those that there are, in the order of
 * time. Returns 0 or a negative errno.
 */
int events_poll(struct events *events, int timeout_ms, event_fn fn, void *ctx);

__u64 events_lost(const struct events *events);
void events_close(struct events *events);

/* Whether the record was one of those that are wanted */
typedef bool (*events_take_fn)(const struct event *event, void *ctx);

struct events_follower {
	const char *what;	/* records are, for telling that some are lost */
	events_take_fn take;
	int (*look)(void *ctx);	/* or NULL: before each wait; an exit code */
	int look_ms;		/* after which it is time for the next one */
	void *ctx;
};

/* Until --count or --for says that it is enough, or a signal. Returns an exit code,
 * having said what is wrong.
 */
int events_follow(struct events *events, const struct events_follower *follower);
__u64 events_now(void);		/* ns of CLOCK_MONOTONIC */

/* The time of day of a record, with microseconds: 2026-11-27T11:14:50.123456+0000 */
#define EVENT_TIME_SIZE 40
void event_time(const struct event *event, char *text);

/* Until SIGINT or SIGTERM: so that what was begun is ended. */
void events_catch_signals(void);
bool events_interrupted(void);

/* The namespace that tcxctl runs in, as records name it */
__u32 events_own_netns(void);

#endif /* TCXCTL_EVENTS_H */
