// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
/*
 * How the texts of others are shown.
 *
 * A character is shown as it is if it does nothing but be seen: it takes its
 * own columns, and one knows how many; it moves nothing, joins nothing, and
 * does not change in which order its neighbours are read. Every byte of all
 * others, and of what is not UTF-8, becomes \xNN. So does the backslash, so
 * that replacing each \xNN by its byte gives back what was there.
 */
#include <errno.h>
#include <stdio.h>

#include "internal.h"

/*
 * Beyond ASCII that is known of these, which names are written in. There is no
 * table of what has to be escaped: of what came after such a table one would
 * have to assume that it is harmless. Not here are, among others, the controls
 * from U+0080, spaces and soft hyphens, what changes the direction and scripts
 * that are written from right to left, which reorder the numbers beside them,
 * and marks, which change the character before them.
 */
static const struct range {
	__u32 first;
	__u32 last;
	size_t width;
} shown_ranges[] = {
	{ 0x00a1, 0x00ac, 1 },	/* Latin */
	{ 0x00ae, 0x02af, 1 },
	{ 0x0370, 0x0377, 1 },	/* Greek */
	{ 0x037a, 0x037f, 1 },
	{ 0x0384, 0x038a, 1 },
	{ 0x038c, 0x038c, 1 },
	{ 0x038e, 0x03a1, 1 },
	{ 0x03a3, 0x0482, 1 },	/* and Cyrillic */
	{ 0x048a, 0x052f, 1 },
	{ 0x0531, 0x0556, 1 },	/* Armenian */
	{ 0x0559, 0x058a, 1 },
	{ 0x10d0, 0x10ff, 1 },	/* Georgian */
	{ 0x1e00, 0x1eff, 1 },	/* Latin */
	{ 0x2010, 0x2022, 1 },	/* dashes, quotation marks */
	{ 0x20a0, 0x20bf, 1 },	/* currencies */
	{ 0x3005, 0x3007, 2 },	/* Japanese */
	{ 0x3041, 0x3096, 2 },
	{ 0x30a1, 0x30fe, 2 },
	{ 0x3400, 0x4dbf, 2 },	/* Han */
	{ 0x4e00, 0x9fff, 2 },
	{ 0xac00, 0xd7a3, 2 },	/* Korean */
};

#define RANGES (sizeof(shown_ranges) / sizeof(shown_ranges[0]))

/* The length of the character that begins there, or 0 if none does. */
static size_t decode(const char *from, __u32 *code)
{
	static const __u32 smallest[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const unsigned char *bytes = (const unsigned char *)from;
	size_t len, i;

	*code = bytes[0];
	if (bytes[0] < 0x80)
		return 1;
	if (bytes[0] < 0xc0 || bytes[0] > 0xf7)
		return 0;
	len = bytes[0] < 0xe0 ? 2 : bytes[0] < 0xf0 ? 3 : 4;
	*code = bytes[0] & (0x7f >> len);
	/* A zero that ends the text is no byte of a character either. */
	for (i = 1; i < len; i++) {
		if ((bytes[i] & 0xc0) != 0x80)
			return 0;
		*code = *code << 6 | (bytes[i] & 0x3f);
	}
	return *code < smallest[len] ? 0 : len;
}

/* In columns; 0: not to be shown as it is. Surrogates are in no range. */
static size_t width_of(__u32 code)
{
	size_t i;

	if (code < 0x80)
		return code >= ' ' && code < 0x7f && code != '\\';
	for (i = 0; i < RANGES; i++)
		if (code <= shown_ranges[i].last)
			return code < shown_ranges[i].first ? 0 :
			       shown_ranges[i].width;
	return 0;
}

size_t tcx__show_next(const char *from, struct tcx__shown *shown)
{
	__u32 code;
	size_t len = decode(from, &code), i;

	shown->len = 0;
	shown->width = len ? width_of(code) : 0;
	if (shown->width) {
		memcpy(shown->bytes, from, len);
		shown->len = len;
	} else {
		len += !len;
		for (i = 0; i < len; i++)
			shown->len += sprintf(shown->bytes + shown->len,
					      "\\x%02x",
					      (unsigned char)from[i]);
		shown->width = shown->len;
	}
	shown->bytes[shown->len] = '\0';
	return len;
}

int tcx_escape(const char *from, char *buf, size_t size)
{
	struct tcx__text text = { .buf = buf, .size = size };

	if (!from || (!buf && size))
		return -EINVAL;
	tcx__say(&text, "%s", from);
	return text.len;
}
