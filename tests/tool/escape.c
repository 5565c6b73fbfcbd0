// SPDX-License-Identifier: GPL-2.0
/* The escaped form, and what the library says in it */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <libtcx.h>

#include "text.h"

#define CHECK(name, ok) \
	printf("%s %s\n", (ok) ? "yes" : "no", name)

/* What is said, compared with what snprintf() makes of it. */
#define SAME(name, ...) \
	do { \
		struct tcx__text t = { .buf = one, .size = sizeof(one) }; \
		tcx__say(&t, __VA_ARGS__); \
		snprintf(two, sizeof(two), __VA_ARGS__); \
		CHECK(name, !strcmp(one, two) && t.len == strlen(two)); \
	} while (0)

static char one[4096], two[4096];

static size_t decode(char *to, const char *from)
{
	size_t n = 0;
	unsigned int byte;

	while (*from) {
		if (from[0] == '\\') {
			if (from[1] != 'x' || sscanf(from + 2, "%2x", &byte) != 1)
				return 0;
			to[n++] = byte;
			from += 4;
		} else {
			to[n++] = *from++;
		}
	}
	to[n] = 0;
	return n;
}

/* Mostly what is special, and what nearly is. */
static size_t make(char *to)
{
	static const char * const parts[] = {
		"\\", "\\x41", "\n", "\033[", "\xe2\x80\xae", "\xc3\xbc", "\xe6\x97\xa5", "\xe6\x97",
		"\xc0\xaf", "\xed\xa1\x80", "\xf4\x90\x80\x80", "\xf0\x9f\x9a\x80", "\xff", "\x9b", "a", " ",
	};
	size_t n = 0;
	int i, count = rand() % 12;

	for (i = 0; i < count; i++) {
		if (rand() % 3) {
			const char *part = parts[rand() % (sizeof(parts) / sizeof(parts[0]))];

			strcpy(to + n, part);
			n += strlen(part);
		} else {
			to[n++] = 1 + rand() % 255;
		}
	}
	to[n] = 0;
	return n;
}

static int random_texts(void)
{
	char text[256], shown[1024], part[1024], back[1024];
	int i, n;
	size_t size;

	for (i = 0; i < 20000; i++) {
		make(text);
		n = tcx_escape(text, shown, sizeof(shown));
		if (n != (int)strlen(shown) || decode(back, shown) != strlen(text) || strcmp(back, text))
			return 0;
		if (tcx_escape(text, NULL, 0) != n)
			return 0;
		/* The longest beginning that fits, and no part of a character. */
		for (size = 1; size <= (size_t)n + 1; size++) {
			memset(part, 'X', sizeof(part));
			if (tcx_escape(text, part, size) != n || strlen(part) >= size ||
			    strncmp(part, shown, strlen(part)) || part[size] != 'X')
				return 0;
			decode(back, part);
			if (strncmp(back, text, strlen(back)) || size - strlen(part) > 16)
				return 0;
			if (strlen(part) < (size_t)n && (shown[strlen(part)] & 0xc0) == 0x80)
				return 0;
		}
	}
	return 1;
}

/* Each character that is shown as it is: its number and its width. */
static void list(void)
{
	char text[5], shown[64];
	unsigned int code;

	for (code = 1; code < 0x110000; code++) {
		int n = 0;

		if (code < 0x80) {
			text[n++] = code;
		} else if (code < 0x800) {
			text[n++] = 0xc0 | code >> 6;
			text[n++] = 0x80 | (code & 0x3f);
		} else if (code < 0x10000) {
			text[n++] = 0xe0 | code >> 12;
			text[n++] = 0x80 | (code >> 6 & 0x3f);
			text[n++] = 0x80 | (code & 0x3f);
		} else {
			text[n++] = 0xf0 | code >> 18;
			text[n++] = 0x80 | (code >> 12 & 0x3f);
			text[n++] = 0x80 | (code >> 6 & 0x3f);
			text[n++] = 0x80 | (code & 0x3f);
		}
		text[n] = 0;
		tcx_escape(text, shown, sizeof(shown));
		if (!strcmp(text, shown))
			printf("%u %zu\n", code, tcx__width(text));
		else if (strlen(shown) != 4 * strlen(text) || tcx__width(text) != strlen(shown))
			printf("%u 0\n", code);
	}
}

static char caught[8192];

static int catch(enum tcx_print_level level, const char *format, va_list args)
{
	(void)level;
	return vsnprintf(caught, sizeof(caught), format, args);
}

int main(int argc, char **argv)
{
	TCX_OPTS(tcx_explain_opts, what, .op = TCX_OP_ATTACH, .ifindex = 1,
		 .device = "a\033\nb", .attach_type = BPF_TCX_EGRESS);
	struct tcx__text text = { .buf = one, .size = sizeof(one) };
	int n, i;

	(void)argv;
	if (argc > 1) {
		list();
		return 0;
	}
	CHECK("no text", tcx_escape(NULL, one, 1) == -EINVAL);
	CHECK("no buffer", tcx_escape("x", NULL, 1) == -EINVAL);
	CHECK("empty", !tcx_escape("", one, 1) && !*one);
	CHECK("each byte of what is not shown", tcx_escape("\xe2\x80\xae\x9b\n\\", one, sizeof(one)) == 24 &&
	      !strcmp(one, "\\xe2\\x80\\xae\\x9b\\x0a\\x5c"));
	CHECK("a character that is cut off", tcx_escape("\xe6\x97", one, sizeof(one)) == 8);
	CHECK("random texts come back", random_texts());

	SAME("numbers", "%d %u %x %ld %lu %lx %lld %llu %llx %zu", -3, 4u, 255u, -5l, 6ul, 254ul, -7ll, ~0ull, 253ull,
	     (size_t)8);
	SAME("the smallest numbers", "%d %ld %lld", INT_MIN, LONG_MIN, LLONG_MIN);
	SAME("widths", "%-8u|%8u|%08u|%-8d|%08d|%-*u|%*u|%2u", 1u, 2u, 3u, -4, -5, 6, 7u, 8, 9u, 100u);
	SAME("strings", "%s|%-6s|%6s|%-*s|%*s|%c|%%|%s", "a", "b", "c", 5, "d", -5, "e", 'f', "");
	tcx__say(&text, "%-6s|%6s|%-8s|%c|\n", "\xe6\x97\xa5", "\xc3\xbc", "\\", '\033');
	CHECK("columns", !strcmp(one, "\xe6\x97\xa5    |     \xc3\xbc|\\x5c    |\\x1b|\n"));
	text.len = 0;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat"
	tcx__say(&text, "%u %q %s", 1u, "x", "y");
#pragma GCC diagnostic pop
	CHECK("what it does not know ends it", !strcmp(one, "1 %q %s"));

	tcx_set_print(catch);
	setenv("LIBTCX_BACKEND", "b\033[1m\n\\", 1);
	tcx_backend();
	CHECK("a message", !strcmp(caught,
	      "libtcx: LIBTCX_BACKEND=b\\x1b[1m\\x0a\\x5c is ignored: it can be native, module, legacy, none or auto\n"));
	memset(two, '\n', 1000);
	two[1000] = 0;
	setenv("LIBTCX_BACKEND", two, 1);
	tcx_backend();
	CHECK("a long message", strlen(caught) > 4000 && strstr(caught, "\\x0a is ignored: it can be"));
	unsetenv("LIBTCX_BACKEND");

	setenv("LIBTCX_DEVICE", "/dev/d\377\n", 1);
	n = tcx_explain(-EACCES, &what, one, sizeof(one));
	CHECK("a sentence", n == (int)strlen(one) &&
	      !strncmp(one, "cannot attach to a\\x1b\\x0ab egress: /dev/d\\xff\\x0a may not be opened", 67));
	for (i = 1; i <= n + 1; i++) {
		memset(two, 'X', sizeof(two));
		if (tcx_explain(-EACCES, &what, two, i) != n || strlen(two) >= (size_t)i ||
		    strncmp(one, two, strlen(two)) || two[i] != 'X')
			break;
	}
	CHECK("a sentence that is cut", i == n + 2);
	return 0;
}
