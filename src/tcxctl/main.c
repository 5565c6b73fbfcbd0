// SPDX-License-Identifier: GPL-2.0
/* tcxctl: attach, detach and list tcx programs */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tcxctl.h"

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

/*
 * Where stdin, stdout or stderr is closed, the next file to be opened would
 * take its place: a link, say, whose fd 0 means "none" to others. So something
 * is put there, open for reading only: what is written to a stdout that was
 * closed has to fail as before, with EBADF, and not to vanish.
 */
static bool fill_std(void)
{
	int fd;

	for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (fcntl(fd, F_GETFD) >= 0)
			continue;
		/* The lowest that is free is this one. */
		if (open("/dev/null", O_RDONLY) < 0 &&
		    open("/", O_RDONLY | O_DIRECTORY) < 0)
			return false;
	}
	return true;
}

int main(int argc, char **argv)
{
	int code;

	if (!fill_std())
		return refuse("stdin, stdout or stderr is closed, and nothing can be opened in its place: %s",
			      strerror(errno));
	code = run(argc, argv);
	log_drop();
	return output_close(code);
}
