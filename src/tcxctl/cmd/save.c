// SPDX-License-Identifier: GPL-2.0
#include "apply/apply.h"
#include "command.h"
#include "refuse.h"
#include "apply/save.h"

static int run(char **words, int n)
{
	int code;

	if (n)
		return usage("save takes no arguments, not '%s': it is about all devices of this network namespace",
			     words[0]);
	code = apply_check_backend();
	return code ? code : save();
}

const struct command command_save = {
	.name = "save",
	.forms = {
		{ "", "write what 'apply' has attached, as 'apply' reads it" },
	},
	.run = run,
};
