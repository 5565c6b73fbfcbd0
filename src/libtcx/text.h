/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Sentences, and the texts of others in them. Names are chosen by whoever
 * makes a device, a process, a pin, an object file, and may hold anything but
 * a zero: what would turn into a second line, an order to the terminal, or
 * something else than it says. So no string enters a sentence but in the form
 * that tcx_escape() gives it. The tool, which contains the library, puts its
 * own sentences together here as well.
 */
#ifndef LIBTCX_TEXT_H
#define LIBTCX_TEXT_H

#include <stdarg.h>
#include <stddef.h>

/* A buffer that sentences are put together in. It holds a zero at its end
 * always, and never a part of a character.
 */
struct tcx__text {
	char *buf;
	size_t size;
	size_t len;	/* what it would hold if it were large enough */
};

/*
 * As printf(), but that each %s and %c is escaped; the format itself is not.
 * Understands %d, %u, %x with l, ll or z, %s and %c, with a width and the flags
 * - and 0; the width of a string counts columns, not bytes. What it does not
 * understand ends it: the rest of the format stands there as it is.
 */
__attribute__((format(printf, 2, 3)))
void tcx__say(struct tcx__text *text, const char *format, ...);
__attribute__((format(printf, 2, 0)))
void tcx__vsay(struct tcx__text *text, const char *format, va_list args);

/* Adds what is in the escaped form already. */
void tcx__say_as_is(struct tcx__text *text, const char *from);

/* How many columns a text takes when it is escaped. */
size_t tcx__width(const char *from);

/* escape.c: the next character of a text, as it is shown */
struct tcx__shown {
	char bytes[17];	/* four that are each escaped, at most, and a zero */
	size_t len;
	size_t width;	/* in columns */
};

/* Returns how many bytes of the text that was. */
size_t tcx__show_next(const char *from, struct tcx__shown *shown);

#endif /* LIBTCX_TEXT_H */
