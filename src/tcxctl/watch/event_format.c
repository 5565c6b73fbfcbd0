// SPDX-License-Identifier: GPL-2.0
/*
 * libtraceevent would read this, too, but Debian 11 has none, and of what it does
 * these lines are all that is needed:
 *
 *	ID: 1234
 *		field:u32 netns;	offset:8;	size:4;	signed:0;
 *		field:__data_loc u8[] bytes;	offset:64;	size:4;	signed:0;
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "event_format.h"

static const char * const places[] = {
	"/sys/kernel/tracing", "/sys/kernel/debug/tracing",
};

static FILE *format_open(const char *event)
{
	int mounted = 0;
	char path[128];
	FILE *file;
	size_t i;

	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		snprintf(path, sizeof(path), "%s/events", places[i]);
		mounted |= !access(path, F_OK);
		snprintf(path, sizeof(path), "%s/events/tcx_backport/%s/format",
			 places[i], event);
		file = fopen(path, "re");
		if (file)
			return file;
		if (errno != ENOENT)
			return NULL;
	}
	errno = mounted ? ENOENT : ENODEV;
	return NULL;
}

/* The last word of the declaration, without what says that it is an array */
static void name_of(struct event_field *field, char *declaration)
{
	char *name, *bracket;

	name = strrchr(declaration, ' ');
	name = name ? name + 1 : declaration;
	bracket = strchr(name, '[');
	if (bracket)
		*bracket = '\0';
	snprintf(field->name, sizeof(field->name), "%.*s",
		 (int)sizeof(field->name) - 1, name);
}

int event_format_read(const char *event, struct event_format *format)
{
	char *line = NULL, declaration[128];
	FILE *file = format_open(event);
	struct event_field field;
	size_t room = 0;

	if (!file)
		return -errno;
	memset(format, 0, sizeof(*format));
	while (getline(&line, &room, file) > 0) {
		if (sscanf(line, "ID: %u", &format->id) == 1)
			continue;
		if (sscanf(line, " field:%127[^;]; offset:%u; size:%u;",
			   declaration, &field.offset, &field.size) != 3 ||
		    format->count == EVENT_FIELDS)
			continue;
		name_of(&field, declaration);
		format->fields[format->count++] = field;
	}
	free(line);
	fclose(file);
	return format->id && format->count ? 0 : -EPROTO;
}

static const void *find(const struct event_format *format, const void *data,
			size_t size, const char *name, unsigned int *length)
{
	int i;

	for (i = 0; i < format->count; i++) {
		const struct event_field *field = &format->fields[i];

		if (strcmp(field->name, name))
			continue;
		if (field->size > size || field->offset > size - field->size)
			return NULL;
		*length = field->size;
		return (const char *)data + field->offset;
	}
	return NULL;
}

__u64 event_number(const struct event_format *format, const void *data,
		   size_t size, const char *name)
{
	unsigned int length;
	const void *at = find(format, data, size, name, &length);
	__u64 number = 0;

	/* Both architectures have the low byte first. */
	if (at && length <= sizeof(number))
		memcpy(&number, at, length);
	return number;
}

const char *event_text(const struct event_format *format, const void *data,
		       size_t size, const char *name)
{
	unsigned int length;
	const char *at = find(format, data, size, name, &length);

	return at && memchr(at, '\0', length) ? at : "";
}

/* A dynamic array: its place in the record, and its length in the high half */
const void *event_bytes(const struct event_format *format, const void *data,
			size_t size, const char *name, size_t *length)
{
	__u64 where = event_number(format, data, size, name);
	size_t offset = where & 0xffff;

	*length = where >> 16;
	if (offset > size || *length > size - offset)
		*length = 0;
	return (const char *)data + (*length ? offset : 0);
}
