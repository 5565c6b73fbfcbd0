// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include <stdbool.h>
#include <stdio.h>

#include "internal.h"

/* Bytes that belong together. What does not fit ends the text: len is then
 * past the end, so that nothing that would fit follows.
 */
static void put(struct tcx__text *text, const char *bytes, size_t n)
{
	if (text->len + n < text->size) {
		memcpy(text->buf + text->len, bytes, n);
		text->buf[text->len + n] = '\0';
	} else if (text->len < text->size) {
		text->buf[text->len] = '\0';
	}
	text->len += n;
}

/* Characters of a byte each, of which as many are put as fit. */
static void put_bytes(struct tcx__text *text, const char *bytes, size_t n)
{
	size_t room = text->len < text->size ? text->size - text->len - 1 : 0;

	if (n > room) {
		put(text, bytes, room);
		text->len += n - room;
	} else {
		put(text, bytes, n);
	}
}

/* Most texts are long runs of what needs no second look. */
static size_t plain_run(const char *from)
{
	const char *at = from;

	while (*at >= ' ' && *at < 0x7f && *at != '\\')
		at++;
	return at - from;
}

static void put_times(struct tcx__text *text, char c, size_t n)
{
	while (n--)
		put(text, &c, 1);
}

static void put_escaped(struct tcx__text *text, const char *from)
{
	struct tcx__shown shown;
	size_t n;

	while (*from) {
		n = plain_run(from);
		put_bytes(text, from, n);
		from += n;
		if (!*from)
			break;
		from += tcx__show_next(from, &shown);
		put(text, shown.bytes, shown.len);
	}
}

size_t tcx__width(const char *from)
{
	struct tcx__shown shown;
	size_t width = 0, n;

	while (*from) {
		n = plain_run(from);
		width += n;
		from += n;
		if (!*from)
			break;
		from += tcx__show_next(from, &shown);
		width += shown.width;
	}
	return width;
}

void tcx__say_as_is(struct tcx__text *text, const char *from)
{
	struct tcx__shown shown;
	size_t n;

	/* Character by character for the sake of the last that fits. */
	while (*from) {
		n = plain_run(from);
		put_bytes(text, from, n);
		from += n;
		if (!*from)
			break;
		n = tcx__show_next(from, &shown);
		put(text, from, n);
		from += n;
	}
}

enum length { INT, LONG, LONG_LONG, SIZE };

/* What stands between a % and the letter. */
struct directive {
	bool left;
	bool zeros;
	size_t width;
	enum length length;
};

/* Returns what follows it, the letter. */
static const char *parse(const char *at, struct directive *d, va_list *args)
{
	int width;

	memset(d, 0, sizeof(*d));
	for (; *at == '-' || *at == '0'; at++) {
		if (*at == '-')
			d->left = true;
		else
			d->zeros = true;
	}
	if (*at == '*') {
		width = va_arg(*args, int);
		d->left |= width < 0;
		d->width = width < 0 ? -(size_t)width : (size_t)width;
		at++;
	}
	for (; *at >= '0' && *at <= '9'; at++)
		d->width = d->width * 10 + (*at - '0');
	if (*at == 'z') {
		d->length = SIZE;
		at++;
	}
	for (; *at == 'l' && d->length < LONG_LONG; at++)
		d->length++;
	return at;
}

static void put_string(struct tcx__text *text, const struct directive *d,
		       const char *from)
{
	size_t width, pad;

	if (!from)
		from = "(null)";
	width = d->width ? tcx__width(from) : 0;
	pad = width < d->width ? d->width - width : 0;
	if (!d->left)
		put_times(text, ' ', pad);
	put_escaped(text, from);
	if (d->left)
		put_times(text, ' ', pad);
}

/* A number that is taken for signed fills all bits of what is returned. */
static unsigned long long take_number(enum length length, bool is_signed,
				      va_list *args)
{
	switch (length) {
	case LONG:
		return is_signed ? (unsigned long long)va_arg(*args, long) :
				   va_arg(*args, unsigned long);
	case LONG_LONG:
		return va_arg(*args, unsigned long long);
	case SIZE:
		return is_signed ? (unsigned long long)va_arg(*args, ssize_t) :
				   va_arg(*args, size_t);
	default:
		return is_signed ? (unsigned long long)va_arg(*args, int) :
				   va_arg(*args, unsigned int);
	}
}

static void put_number(struct tcx__text *text, const struct directive *d,
		       char letter, va_list *args)
{
	unsigned long long n = take_number(d->length, letter == 'd', args);
	bool minus = letter == 'd' && (long long)n < 0;
	char digits[24];
	size_t len, pad;

	snprintf(digits, sizeof(digits), letter == 'x' ? "%llx" : "%llu",
		 minus ? -n : n);
	len = minus + strlen(digits);
	pad = len < d->width ? d->width - len : 0;
	if (!d->left && !d->zeros)
		put_times(text, ' ', pad);
	put_times(text, '-', minus);
	if (!d->left && d->zeros)
		put_times(text, '0', pad);
	tcx__say_as_is(text, digits);
	if (d->left)
		put_times(text, ' ', pad);
}

/* Returns false for a letter that is none of these. */
static bool put_directive(struct tcx__text *text, const struct directive *d,
			  char letter, va_list *args)
{
	char c[2] = "";

	switch (letter) {
	case 's':
		put_string(text, d, va_arg(*args, const char *));
		return true;
	case 'c':
		c[0] = va_arg(*args, int);
		put_string(text, d, c);
		return true;
	case 'd':
	case 'u':
	case 'x':
		put_number(text, d, letter, args);
		return true;
	case '%':
		put(text, "%", 1);
		return true;
	}
	return false;
}

void tcx__vsay(struct tcx__text *text, const char *format, va_list args)
{
	struct directive d;
	const char *at, *letter;
	va_list own;	/* a va_list that is a parameter has no address */

	va_copy(own, args);
	put(text, "", 0);
	for (at = format; *at; at++) {
		if (*at != '%') {
			size_t n = strcspn(at, "%");

			put_bytes(text, at, n);
			at += n - 1;
			continue;
		}
		letter = parse(at + 1, &d, &own);
		if (!put_directive(text, &d, *letter, &own)) {
			tcx__say_as_is(text, at);
			break;
		}
		at = letter;
	}
	va_end(own);
}

void tcx__say(struct tcx__text *text, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	tcx__vsay(text, format, args);
	va_end(args);
}
