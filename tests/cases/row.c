// SPDX-License-Identifier: GPL-2.0
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/tcx_backport.h>

#include "row.h"

static const char *const object_names[OBJ_SPARE] = {
	"A", "B", "C", "D", "E", "F",
	"a", "b", "c", "d", "e", "f",
	[OBJ_OTHER] = "other",
	[OBJ_DEFUNCT] = "defunct",
	[OBJ_XDP] = "xdp",
	[OBJ_XDPLINK] = "xdplink",
	[OBJ_TPLINK] = "tplink",
	[OBJ_MAP] = "map",
	[OBJ_FILE] = "file",
	[OBJ_CLOSED] = "closed",
	[OBJ_GONE] = "gone",
	[OBJ_NONE] = "none",
};

static const char *const verb_names[VERBS] = {
	[CREATE] = "create",
	[ATTACH] = "attach",
	[DETACH] = "detach",
	[UPDATE] = "update",
	[CLOSE] = "close",
};

static const char *const revision_names[] = {
	[WHEN_NOW] = "now",
	[WHEN_OLD] = "old",
	[WHEN_NEXT] = "next",
	[WHEN_HIGH] = "high",
};

static const struct {
	const char *word;
	uint32_t flag;
} flag_names[] = {
	{ "before", BPF_F_BEFORE },
	{ "after", BPF_F_AFTER },
	{ "id", BPF_F_ID },
	{ "link", BPF_F_LINK },
	{ "replace", BPF_F_REPLACE },
	{ "old", BPF_F_REPLACE },
	{ "badflag", BADFLAG },
};

#define COUNT(array)	((int)(sizeof(array) / sizeof((array)[0])))

static void __attribute__((noreturn, format(printf, 1, 2)))
unreadable(const char *fmt, ...)
{
	va_list args;

	fprintf(stderr, "# a row cannot be read: ");
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fprintf(stderr, "\n");
	exit(1);
}

const char *object_name(int object)
{
	return object_names[object];
}

/* The word's index in @names, -1 where it is none of them. */
static int find(const char *word, const char *const *names, int count)
{
	int i;

	for (i = 0; word && i < count; i++)
		if (names[i] && !strcmp(word, names[i]))
			return i;
	return -1;
}

static int need(const char *word, const char *const *names, int count)
{
	int i = find(word, names, count);

	if (i < 0)
		unreadable("'%s'", word ?: "a word is missing");
	return i;
}

static bool is_object(const char *word)
{
	return find(word, object_names, OBJ_SPARE) >= 0;
}

static int need_object(const char *word)
{
	return need(word, object_names, OBJ_SPARE);
}

static bool read_flag(const char *word, uint32_t *flags)
{
	int i;

	for (i = 0; i < COUNT(flag_names); i++) {
		if (strcmp(word, flag_names[i].word))
			continue;
		*flags |= flag_names[i].flag;
		return true;
	}
	return false;
}

static bool read_switch(const char *word, struct request *req)
{
	if (!strcmp(word, "nodev"))
		req->nodev = true;
	else if (!strcmp(word, "badtype"))
		req->badtype = true;
	else if (!strcmp(word, "nomem"))
		req->nomem = true;
	else
		return false;
	return true;
}

static void read_value(const char *word, const char *value,
		       struct request *req)
{
	if (!strcmp(word, "junk"))
		req->second = need_object(value);
	else if (!strcmp(word, "rel"))
		req->relative = need_object(value);
	else if (!strcmp(word, "by"))
		req->by = need_object(value);
	else if (!strcmp(word, "rev"))
		req->revision = (enum when)need(value, revision_names,
						    COUNT(revision_names));
	else
		unreadable("'%s'", word);
}

struct request row_request(const struct row *row)
{
	struct request req = {
		.subject = OBJ_NONE,
		.prog = OBJ_NONE,
		.second = OBJ_NONE,
		.relative = OBJ_NONE,
		.by = OBJ_NONE,
	};
	char copy[128], *save, *word, *next;

	if (strlen(row->request) >= sizeof(copy))
		unreadable("'%s' is too long", row->request);
	strcpy(copy, row->request);
	req.verb = (enum verb)need(strtok_r(copy, " ", &save), verb_names,
				   VERBS);
	word = strtok_r(NULL, " ", &save);
	/* "detach" alone names no program: a word follows, not an object. */
	if (is_object(word)) {
		req.subject = need_object(word);
		word = strtok_r(NULL, " ", &save);
	}
	if (req.verb == UPDATE) {
		req.prog = need_object(word);
		word = strtok_r(NULL, " ", &save);
	}
	for (; word; word = next) {
		next = strtok_r(NULL, " ", &save);
		if (read_switch(word, &req))
			continue;
		if (!read_flag(word, &req.flags)) {
			read_value(word, next, &req);
		} else if ((!strcmp(word, "replace") || !strcmp(word, "old")) &&
			   is_object(next)) {
			req.second = need_object(next);
		} else {
			continue;
		}
		next = strtok_r(NULL, " ", &save);
	}
	return req;
}

uint64_t row_revision(enum when when, uint64_t now)
{
	switch (when) {
	case WHEN_NOW:
		return now;
	case WHEN_NEXT:
		return now + 1;
	case WHEN_HIGH:
		return now + (1ULL << 32);
	case WHEN_OLD:
		/* Never 0, which would mean any. */
		return now > 1 ? now - 1 : now + 2;
	default:
		return 0;
	}
}

int state_read(const char *state, int *objects)
{
	const char *at = state;
	int count = 0, spares;
	char *end;

	while (*at) {
		char name[] = { *at, 0 };

		spares = (int)strtol(at, &end, 10);
		if (end == at) {
			spares = 0;
			end++;
		}
		if (count + (spares ?: 1) > SPARES)
			unreadable("'%s' is too much", state);
		if (!spares)
			objects[count++] = need_object(name);
		for (int i = 0; i < spares; i++)
			objects[count++] = OBJ_SPARE + i;
		at = end;
	}
	return count;
}

void state_write(const int *objects, int count, char *state)
{
	int spares;

	while (count > 0) {
		for (spares = 0; spares < count; spares++)
			if (objects[spares] != OBJ_SPARE + spares)
				break;
		if (spares) {
			state += sprintf(state, "%d", spares);
		} else {
			*state++ = *objects < OBJ_OTHER ?
				   object_name(*objects)[0] : '?';
			spares = 1;
		}
		objects += spares;
		count -= spares;
	}
	*state = 0;
}
