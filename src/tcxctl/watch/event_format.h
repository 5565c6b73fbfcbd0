/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A tracepoint of the module's, as tracefs describes it: where in its records the
 * fields stand. They are looked for by name, so that a tool and a module of
 * different age understand each other.
 */
#ifndef TCXCTL_EVENT_FORMAT_H
#define TCXCTL_EVENT_FORMAT_H

#include <stddef.h>

#include <linux/types.h>

#define EVENT_FIELDS 32

struct event_field {
	char name[24];
	unsigned int offset, size;
};

struct event_format {
	unsigned int id;
	struct event_field fields[EVENT_FIELDS];
	int count;
};

/* 0 or a negative errno: -ENOENT: the module has no such event, -ENODEV: tracefs
 * is not mounted.
 */
int event_format_read(const char *event, struct event_format *format);

/* Of a record that begins at @data. What it does not have is 0, or empty. */
__u64 event_number(const struct event_format *format, const void *data,
		   size_t size, const char *name);
const char *event_text(const struct event_format *format, const void *data,
		       size_t size, const char *name);
const void *event_bytes(const struct event_format *format, const void *data,
			size_t size, const char *name, size_t *length);

#endif /* TCXCTL_EVENT_FORMAT_H */
