// SPDX-License-Identifier: GPL-2.0
#include <string.h>

#include "command.h"

/* In the order of the help */
const struct command * const commands[] = {
	&command_attach,
	&command_detach,
	&command_update,
	&command_migrate,
	&command_apply,
	&command_diff,
	&command_save,
	&command_show,
	&command_monitor,
	&command_trace,
	&command_doctor,
	&command_version,
	&command_help,
	NULL,
};

const struct command *command_find(const char *word)
{
	int i;

	for (i = 0; commands[i]; i++)
		if (!strcmp(commands[i]->name, word))
			return commands[i];
	return NULL;
}
