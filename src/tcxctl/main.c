// SPDX-License-Identifier: GPL-2.0
/* tcxctl: attach, detach and list tcx programs */
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "log.h"
#include "options.h"
#include "print.h"
#include "refuse.h"

#define DEVICE "DEV {ingress|egress}"

const struct command commands[] = {
	{ "attach", DEVICE " PROGRAM", "attach a program",
	  COMMAND_PLACE | COMMAND_REVISION | COMMAND_LINK | COMMAND_MAPS,
	  do_attach },
	{ "detach", DEVICE " {id N | pinned PATH | first | last}",
	  "detach a program", COMMAND_REVISION, do_detach },
	{ "detach", "{link N | pinned PATH}",
	  "detach what a link has attached; the link remains, defunct", 0,
	  do_detach },
	{ "update", "{link N | pinned PATH} PROGRAM",
	  "put another program in the place that a link owns",
	  COMMAND_OLD | COMMAND_MAPS, do_update },
	{ "show", "[DEV]", "list what is attached", 0, do_show },
	{ "version", "", "say what is in use, and which version of it", 0,
	  do_version },
	{ "help", "[COMMAND]", "print this", 0, do_help },
	{},
};

const struct command *command_find(const char *word)
{
	const struct command *c;

	for (c = commands; c->name; c++)
		if (!strcmp(c->name, word))
			return c;
	return NULL;
}

static int run(int argc, char **argv)
{
	const struct command *command;
	int err;

	if (argc < 1)		/* kernels before 5.18 allow it */
		return usage("no command given");
	err = options_parse(argc, argv);
	if (err)
		return err;
	log_setup();

	if (options.version)
		return do_version(NULL, 0);
	if (!options.n_words)
		return options.help ? do_help(NULL, 0) :
		       usage("no command given");
	command = command_find(options.words[0]);
	if (!command)
		return usage("there is no command '%s'", options.words[0]);
	if (options.help)
		return do_help(options.words, 1);
	if (!options_fit(command))
		return EXIT_USAGE;
	return command->run(options.words + 1, options.n_words - 1);
}

int main(int argc, char **argv)
{
	int code;

	output_open();
	code = run(argc, argv);
	log_drop();
	return output_close(code);
}
