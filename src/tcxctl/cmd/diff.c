// SPDX-License-Identifier: GPL-2.0
#include "apply/apply.h"
#include "command.h"
#include "refuse.h"

/* As diff(1) ends: 0 the same, 1 different, 2 trouble */
static int run(char **words, int n)
{
	struct declarations all;
	struct applied applied;
	int code;

	if (n != 1)
		return usage("diff needs one file or folder of declarations");
	if (apply_check_backend() || declarations_read(&all, words[0]))
		return EXIT_USAGE;
	apply_tell_absent(&all);
	code = apply(&all, true, &applied);
	declarations_free(&all);
	return code ? EXIT_USAGE : !!applied.changes;
}

const struct command command_diff = {
	.name = "diff",
	.forms = {
		{ "{FILE | FOLDER}",
		  "show what 'apply' would change; status 1 if anything" },
	},
	.run = run,
};
