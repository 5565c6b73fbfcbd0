// SPDX-License-Identifier: GPL-2.0
#include <string.h>

#include "command.h"
#include "letters.h"
#include "refuse.h"

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

static const struct command *nearest(const char *word)
{
	const struct command *meant = NULL;
	int i, apart, fewest = 3;

	for (i = 0; commands[i]; i++) {
		apart = letters_apart(word, commands[i]->name);
		/* Of so few letters as are left anything could be made. */
		if (apart < fewest && 2 * apart < (int)strlen(word)) {
			fewest = apart;
			meant = commands[i];
		}
	}
	return meant;
}

int command_unknown(const char *word)
{
	const struct command *meant = nearest(word);

	if (meant)
		return usage("there is no command '%s'; did you mean '%s'?",
			     word, meant->name);
	return usage("there is no command '%s'", word);
}
