// SPDX-License-Identifier: GPL-2.0
/* Options as data: parsing and help read the same table. */
#include <errno.h>
#include <getopt.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "options.h"
#include "print.h"
#include "refuse.h"

struct options options;

enum {
	OPT_BEFORE = 256,
	OPT_AFTER,
	OPT_REPLACE,
	OPT_REVISION,
	OPT_LINK,
	OPT_PIN,
	OPT_PIN_MAPS,
	OPT_TIMEOUT,
	OPT_OLD,
};

static const struct entry {
	const char *name;
	int value;		/* the short option, or one of OPT_* */
	int argument;
	const char *meta;
	unsigned int command;	/* COMMAND_* bit; 0: all commands take it */
	const char *help;
} entries[] = {
	{ "before", OPT_BEFORE, optional_argument, "[=REF]", COMMAND_PLACE,
	  "directly before REF; without REF before all others" },
	{ "after", OPT_AFTER, optional_argument, "[=REF]", COMMAND_PLACE,
	  "directly after REF; without REF after all others (default)" },
	{ "replace", OPT_REPLACE, required_argument, "=REF", COMMAND_PLACE,
	  "in the place of REF" },
	{ "expected-revision", OPT_REVISION, required_argument, "=N",
	  COMMAND_REVISION, "only if the attach point's revision is N" },
	{ "link", OPT_LINK, no_argument, "", COMMAND_LINK,
	  "by a link, and hold it until SIGINT or SIGTERM" },
	{ "pin", OPT_PIN, required_argument, "=PATH", COMMAND_LINK,
	  "with --link: pin it there, and do not hold it" },
	{ "pin-maps", OPT_PIN_MAPS, required_argument, "=DIR", COMMAND_MAPS,
	  "pin there those maps that the kernel would empty" },
	{ "timeout", OPT_TIMEOUT, required_argument, "=SECONDS", COMMAND_LINK,
	  "with --link: hold it no longer than that" },
	{ "old", OPT_OLD, required_argument, "=REF", COMMAND_OLD,
	  "only if REF is the link's present program" },
	{ "json", 'j', no_argument, "", 0, "print JSON" },
	{ "pretty", 'p', no_argument, "", 0, "print JSON for people to read" },
	{ "debug", 'd', no_argument, "", 0,
	  "print what libbpf and libtcx have to say" },
	{ "help", 'h', no_argument, "", 0, "print help" },
	{ "version", 'V', no_argument, "", 0, "the same as 'tcxctl version'" },
};

#define ENTRIES (sizeof(entries) / sizeof(entries[0]))

static bool given(const struct entry *e)
{
	switch (e->value) {
	case OPT_BEFORE:
		return options.before;
	case OPT_AFTER:
		return options.after;
	case OPT_REPLACE:
		return options.replace_ref;
	case OPT_REVISION:
		return options.expected_revision;
	case OPT_LINK:
		return options.link;
	case OPT_PIN:
		return options.pin;
	case OPT_PIN_MAPS:
		return options.pin_maps;
	case OPT_TIMEOUT:
		return options.timeout;
	case OPT_OLD:
		return options.old_ref;
	}
	return false;
}

static int parse_number(const char *name, const char *text, __u64 most,
			__u64 *number)
{
	unsigned long long n;
	char *end;

	errno = 0;
	n = strtoull(text, &end, 10);
	if (errno || *end || *text < '0' || *text > '9' || !n || n > most)
		return usage("%s takes a number above 0, not '%s'", name, text);
	*number = n;
	return 0;
}

static int take(int value)
{
	__u64 number;
	int err;

	switch (value) {
	case OPT_BEFORE:
		options.before = true;
		options.before_ref = optarg;
		break;
	case OPT_AFTER:
		options.after = true;
		options.after_ref = optarg;
		break;
	case OPT_REPLACE:
		options.replace_ref = optarg;
		break;
	case OPT_REVISION:
		return parse_number("--expected-revision", optarg, UINT64_MAX,
				    &options.expected_revision);
	case OPT_LINK:
		options.link = true;
		break;
	case OPT_PIN:
		options.pin = optarg;
		break;
	case OPT_PIN_MAPS:
		options.pin_maps = optarg;
		break;
	case OPT_TIMEOUT:
		err = parse_number("--timeout", optarg, INT32_MAX, &number);
		if (err)
			return err;
		options.timeout = number;
		break;
	case OPT_OLD:
		options.old_ref = optarg;
		break;
	case 'p':
		options.pretty = true;
		options.json = true;
		break;
	case 'j':
		options.json = true;
		break;
	case 'd':
		options.debug = true;
		break;
	case 'h':
		options.help = true;
		break;
	case 'V':
		options.version = true;
		break;
	}
	return 0;
}

/* A failure to parse is to be reported as JSON also if that is asked for later,
 * in whichever way: so getopt itself looks for it, in a copy that it may put
 * into order.
 */
static int look_ahead(int argc, char **argv, const char *shorts,
		      const struct option *longs)
{
	char **copy = calloc(argc + 1, sizeof(*copy));
	int value;

	if (!copy)
		return refuse("out of memory");
	memcpy(copy, argv, argc * sizeof(*copy));
	while ((value = getopt_long(argc, copy, shorts, longs, NULL)) != -1) {
		if (value == 'j' || value == 'p')
			options.json = true;
		if (value == 'p')
			options.pretty = true;
	}
	free(copy);
	optind = 0;	/* begin anew */
	return EXIT_DONE;
}

/* What getopt did not understand, which ended in the word before optind. */
static int refuse_option(const char *word, const char *shorts)
{
	unsigned char letter = optopt;

	if (optopt >= 256 || (letter && strchr(shorts, letter)))
		return usage("%s takes no value", word);
	if (letter)
		return usage("there is no option -%c", letter);
	return usage("there is no option %s, or not in this form", word);
}

int options_parse(int argc, char **argv)
{
	struct option longs[ENTRIES + 1] = {};
	char shorts[2 * ENTRIES + 2] = ":";
	size_t i, n = 1;
	int value, err;

	for (i = 0; i < ENTRIES; i++) {
		longs[i].name = entries[i].name;
		longs[i].has_arg = entries[i].argument;
		longs[i].val = entries[i].value;
		if (entries[i].value < 256)
			shorts[n++] = entries[i].value;
	}
	err = look_ahead(argc, argv, shorts, longs);
	if (err)
		return err;
	while ((value = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		if (value == ':')
			return usage("%s needs a value", argv[optind - 1]);
		if (value == '?')
			return refuse_option(argv[optind - 1], shorts);
		err = take(value);
		if (err)
			return err;
	}
	options.words = argv + optind;
	options.n_words = argc - optind;
	return 0;
}

bool options_fit(const struct command *command)
{
	size_t i;

	for (i = 0; i < ENTRIES; i++) {
		if (!entries[i].command ||
		    entries[i].command & command->options ||
		    !given(&entries[i]))
			continue;
		usage("--%s does not go with '%s'", entries[i].name,
		      command->name);
		return false;
	}
	return true;
}

/* command NULL: those that every command takes */
void options_help(const struct command *command)
{
	size_t i;

	for (i = 0; i < ENTRIES; i++) {
		const struct entry *e = &entries[i];
		char name[64];

		if (command ? !(e->command & command->options) : !!e->command)
			continue;
		if (e->value < 256)
			snprintf(name, sizeof(name), "-%c, --%s%s", e->value,
				 e->name, e->meta);
		else
			snprintf(name, sizeof(name), "    --%s%s", e->name,
				 e->meta);
		print("  %-29s %s\n", name, e->help);
	}
}
