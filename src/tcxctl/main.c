// SPDX-License-Identifier: GPL-2.0
/* tcxctl: attach, detach and list tcx programs */
#include <sys/resource.h>

#include "backend.h"
#include "command.h"
#include "log.h"
#include "options.h"
#include "print.h"
#include "refuse.h"

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
	err = backend_choose();
	if (err)
		return err;

	if (options.version)
		return command_version.run(NULL, 0);
	if (!options.n_words)
		return options.help ? command_help.run(NULL, 0) :
		       usage("no command given");
	command = command_find(options.words[0]);
	if (!command)
		return command_unknown(options.words[0]);
	if (options.help)
		return command_help.run(options.words, 1);
	if (!options_fit(command))
		return EXIT_USAGE;
	return command->run(options.words + 1, options.n_words - 1);
}

/* The soft limit, 1024 as a rule, is for programs that use select(); what is put on
 * a device at once may need more.
 */
static void files_allow(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

int main(int argc, char **argv)
{
	int code;

	files_allow();
	output_open();
	code = run(argc, argv);
	log_drop();
	return output_close(code);
}
