// SPDX-License-Identifier: GPL-2.0
#include "command.h"
#include "options.h"
#include "print.h"
#include "refuse.h"

static void overview(void)
{
	const struct command_form *form;
	int i, j;

	print("tcxctl attaches BPF programs to network devices with tcx: on kernels that have\n"
	      "it, and on older ones with the tcx_backport module.\n\n");
	for (i = 0; commands[i]; i++) {
		for (j = 0; j < COMMAND_FORMS; j++) {
			form = &commands[i]->forms[j];
			if (form->arguments)
				print("  tcxctl %s%s%s\n", commands[i]->name,
				      *form->arguments ? " " : "",
				      form->arguments);
		}
	}
	print("\nOptions of every command\n");
	options_help_common();
	print("\nExit status: 0 done, 1 refused, 2 wrong usage, 3 done, but what was done could\n"
	      "not be written; of doctor, 4 to 6: it has found something. See 'tcxctl help\n"
	      "attach', tcxctl(8).\n");
}

static void describe(const struct command *c)
{
	int i;

	print("tcxctl %s%s%s [OPTIONS]\n%s\n", c->name,
	      *c->forms[0].arguments ? " " : "", c->forms[0].arguments,
	      c->forms[0].summary);
	for (i = 1; i < COMMAND_FORMS && c->forms[i].arguments; i++)
		print("\ntcxctl %s %s\n%s\n", c->name, c->forms[i].arguments,
		      c->forms[i].summary);
	if (c->arguments_help)
		print_as_is(c->arguments_help);
	print("\nOptions\n");
	options_help(c->options);
	options_help_common();
	if (c->options_help)
		print_as_is(c->options_help);
}

static int run(char **words, int n)
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
		return command_unknown(words[0]);
	describe(c);
	return EXIT_DONE;
}

const struct command command_help = {
	.name = "help",
	.forms = { { "[COMMAND]", "print this" } },
	.run = run,
};
