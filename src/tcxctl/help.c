// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "options.h"
#include "print.h"
#include "refuse.h"

static const char program_help[] =
"\n"
"PROGRAM is one of\n"
"  obj FILE                      the only program of an object file\n"
"  obj FILE program NAME         the function with this name\n"
"  obj FILE section NAME         the program in this section\n"
"  id N                          a program that is loaded already\n"
"  pinned PATH                   a program pinned in bpffs\n";

static const char ref_help[] =
"\n"
"REF is a program that is attached there\n"
"  id:N                          by its id\n"
"  link:N                        by the id of the link that owns it\n"
"  pinned:PATH                   by its path in bpffs, or its link's\n"
"  first, last                   by its place\n";

static void overview(void)
{
	const struct command *c;

	print("tcxctl attaches BPF programs to network devices with tcx: on kernels that have\n"
	      "it, and on older ones with the tcx_backport module.\n\n");
	for (c = commands; c->name; c++)
		print("  tcxctl %s %s\n", c->name, c->arguments);
	print("\nOptions of every command\n");
	options_help(NULL);
	print("\nExit status: 0 done, 1 refused, 2 wrong usage, 3 done, but what was done could\n"
	      "not be written. See 'tcxctl help attach', tcxctl(8).\n");
}

int do_help(char **words, int n)
{
	const struct command *c;

	if (n > 1)
		return usage("help takes one command, not '%s' too", words[1]);
	if (!n) {
		overview();
		return EXIT_DONE;
	}
	c = command_find(words[0]);
	if (!c)
		return usage("there is no command '%s'", words[0]);

	print("tcxctl %s %s [OPTIONS]\n%s\n", c->name, c->arguments,
	      c->summary);
	/* A command may have a second form, with fewer options. */
	if (c[1].name && !strcmp(c[1].name, c->name))
		print("\ntcxctl %s %s\n%s\n", c[1].name, c[1].arguments,
		      c[1].summary);
	if (c->options & (COMMAND_PLACE | COMMAND_OLD))
		print_as_is(program_help);
	print("\nOptions\n");
	options_help(c);
	options_help(NULL);
	if (c->options & COMMAND_PLACE)
		print_as_is(ref_help);
	if (c->options & COMMAND_OLD)
		print_as_is("\nREF is id:N or pinned:PATH.\n");
	return EXIT_DONE;
}
