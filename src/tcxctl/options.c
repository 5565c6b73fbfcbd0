// SPDX-License-Identifier: GPL-2.0
/*
 * The parser. It knows the options of all commands, since an option may stand
 * before the command that it is for.
 */
#include <assert.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "options.h"
#include "print.h"
#include "refuse.h"

struct options options;

static const struct option_entry common[] = {
	{ .name = "json", .letter = 'j', .value = &options.json, .early = true,
	  .help = "print JSON" },
	{ .name = "pretty", .letter = 'p', .value = &options.pretty,
	  .early = true, .help = "print JSON for people to read" },
	{ .name = "backend", .type = OPTION_TEXT, .argument = "NAME",
	  .value = &options.backend,
	  .help = "by native, module, legacy (classic tc) or any of them" },
	{ .name = "best-effort", .value = &options.best_effort,
	  .help = "with legacy: places too, as well as priorities can" },
	{ .name = "debug", .letter = 'd', .value = &options.debug,
	  .help = "print what libbpf and libtcx have to say" },
	{ .name = "help", .letter = 'h', .value = &options.help,
	  .help = "print help" },
	{ .name = "version", .letter = 'V', .value = &options.version,
	  .help = "the same as 'tcxctl version'" },
	{},
};

/* More than all commands together have. */
#define MOST 32

/* What getopt returns for an option without a letter, less its index */
#define NO_LETTER 256

/* Each option once, whichever commands take it, and what getopt wants. */
struct parser {
	const struct option_entry *entries[MOST];
	size_t count;
	struct option longs[MOST + 1];
	char shorts[2 * MOST + 2];
};

static struct parser parser;
static bool given[MOST];

static const struct option_entry *find(const struct option_entry *entries,
				       const char *name)
{
	const struct option_entry *e;

	for (e = entries; e && e->name; e++)
		if (!strcmp(e->name, name))
			return e;
	return NULL;
}

static bool is_known(const char *name)
{
	size_t i;

	for (i = 0; i < parser.count; i++)
		if (!strcmp(parser.entries[i]->name, name))
			return true;
	return false;
}

static int has_argument(const struct option_entry *e)
{
	switch (e->type) {
	case OPTION_FLAG:
		return no_argument;
	case OPTION_MAYBE_TEXT:
		return optional_argument;
	default:
		return required_argument;
	}
}

static void add(const struct option_entry *entries)
{
	const struct option_entry *e;
	struct option *l;

	for (e = entries; e && e->name; e++) {
		if (is_known(e->name))
			continue;
		assert(parser.count < MOST);
		/* With a letter there is no value: nothing else is needed. */
		assert(!e->letter || e->type == OPTION_FLAG);
		l = &parser.longs[parser.count];
		l->name = e->name;
		l->has_arg = has_argument(e);
		l->val = e->letter ? e->letter : NO_LETTER + (int)parser.count;
		if (e->letter)
			strncat(parser.shorts, &e->letter, 1);
		parser.entries[parser.count++] = e;
	}
}

static void prepare(void)
{
	int i;

	strcpy(parser.shorts, ":");
	for (i = 0; commands[i]; i++)
		add(commands[i]->options);
	add(common);
}

/* The option that getopt has returned the value of */
static size_t index_of(int value)
{
	size_t i = 0;

	while (parser.longs[i].val != value)
		i++;
	return i;
}

static int take_number(const struct option_entry *e, const char *text)
{
	unsigned long long n;
	char *end;

	errno = 0;
	n = strtoull(text, &end, 10);
	if (errno || *end || *text < '0' || *text > '9' || !n || n > e->most)
		return usage("--%s takes a number above 0, not '%s'", e->name,
			     text);
	*(__u64 *)e->value = n;
	return EXIT_DONE;
}

/* text: the option's value, or NULL */
static int take(const struct option_entry *e, const char *text)
{
	struct option_text *maybe;

	switch (e->type) {
	case OPTION_FLAG:
		*(bool *)e->value = true;
		break;
	case OPTION_TEXT:
		*(const char **)e->value = text;
		break;
	case OPTION_MAYBE_TEXT:
		maybe = e->value;
		maybe->given = true;
		maybe->text = text;
		break;
	case OPTION_NUMBER:
		return take_number(e, text);
	}
	return EXIT_DONE;
}

/* A failure to parse is to be reported as JSON also if that is asked for later,
 * in whichever way: so getopt itself looks for it, in a copy that it may put
 * into order.
 */
static int look_ahead(int argc, char **argv)
{
	char **copy = calloc(argc + 1, sizeof(*copy));
	const struct option_entry *e;
	int value;

	if (!copy)
		return refuse("out of memory");
	memcpy(copy, argv, argc * sizeof(*copy));
	while ((value = getopt_long(argc, copy, parser.shorts, parser.longs,
				    NULL)) != -1) {
		if (value == ':' || value == '?')
			continue;
		e = parser.entries[index_of(value)];
		if (e->early)
			take(e, optarg);
	}
	options.json |= options.pretty;
	free(copy);
	optind = 0;	/* begin anew */
	return EXIT_DONE;
}

/* What getopt did not understand, which ended in the word before optind. */
static int refuse_option(const char *word)
{
	unsigned char letter = optopt;

	if (optopt >= NO_LETTER || (letter && strchr(parser.shorts, letter)))
		return usage("%s takes no value", word);
	if (letter)
		return usage("there is no option -%c", letter);
	return usage("there is no option %s, or not in this form", word);
}

int options_parse(int argc, char **argv)
{
	int value, err;
	size_t i;

	prepare();
	err = look_ahead(argc, argv);
	if (err)
		return err;
	while ((value = getopt_long(argc, argv, parser.shorts, parser.longs,
				    NULL)) != -1) {
		if (value == ':')
			return usage("%s needs a value", argv[optind - 1]);
		if (value == '?')
			return refuse_option(argv[optind - 1]);
		i = index_of(value);
		given[i] = true;
		err = take(parser.entries[i], optarg);
		if (err)
			return err;
	}
	options.words = argv + optind;
	options.n_words = argc - optind;
	return EXIT_DONE;
}

bool options_fit(const struct command *command)
{
	const char *name;
	size_t i;

	for (i = 0; i < parser.count; i++) {
		name = parser.entries[i]->name;
		if (!given[i] || find(command->options, name) ||
		    find(common, name))
			continue;
		usage("--%s does not go with '%s'", name, command->name);
		return false;
	}
	return true;
}

static void print_option(const struct option_entry *e)
{
	char letter[8] = "    ", argument[32] = "", name[64];

	if (e->letter)
		snprintf(letter, sizeof(letter), "-%c, ", e->letter);
	if (e->argument)
		snprintf(argument, sizeof(argument),
			 e->type == OPTION_MAYBE_TEXT ? "[=%s]" : "=%s",
			 e->argument);
	snprintf(name, sizeof(name), "%s--%s%s", letter, e->name, argument);
	print("  %-29s %s\n", name, e->help);
}

void options_help(const struct option_entry *entries)
{
	const struct option_entry *e;

	for (e = entries; e && e->name; e++)
		print_option(e);
}

void options_help_common(void)
{
	options_help(common);
}
