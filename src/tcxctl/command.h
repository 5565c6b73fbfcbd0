/* SPDX-License-Identifier: GPL-2.0 */
/* Commands: each is described and carried out by a file in cmd/. */
#ifndef TCXCTL_COMMAND_H
#define TCXCTL_COMMAND_H

#include "options.h"

/* One way to call a command */
struct command_form {
	const char *arguments;		/* for the usage line; NULL: no form */
	const char *summary;
};

#define COMMAND_FORMS 3

struct command {
	const char *name;
	struct command_form forms[COMMAND_FORMS];	/* the first has options */
	const struct option_entry *options;	/* its own, or NULL */
	const char *arguments_help;	/* what arguments mean, or NULL */
	const char *options_help;	/* what those of options do, or NULL */
	int (*run)(char **words, int n);
};

#define COMMAND_DEVICE "DEV {ingress|egress|primary|peer}"

extern const struct command command_attach;
extern const struct command command_detach;
extern const struct command command_update;
extern const struct command command_migrate;
extern const struct command command_apply;
extern const struct command command_diff;
extern const struct command command_save;
extern const struct command command_show;
extern const struct command command_monitor;
extern const struct command command_trace;
extern const struct command command_doctor;
extern const struct command command_version;
extern const struct command command_help;

extern const struct command * const commands[];	/* ended by NULL */

const struct command *command_find(const char *word);
/* Says so, and which one may have been meant; returns an exit code. */
int command_unknown(const char *word);

#endif /* TCXCTL_COMMAND_H */
