/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TCXCTL_COMMAND_H
#define TCXCTL_COMMAND_H

struct command {
	const char *name;
	const char *arguments;		/* for the usage line */
	const char *summary;
	unsigned int options;		/* COMMAND_* bits of those it takes */
	int (*run)(char **words, int n);
};

#define COMMAND_PLACE		(1U << 0)	/* --before, --after, --replace */
#define COMMAND_REVISION	(1U << 1)	/* --expected-revision */
#define COMMAND_LINK		(1U << 2)	/* --link, --pin, --timeout */
#define COMMAND_OLD		(1U << 3)	/* --old */
#define COMMAND_MAPS		(1U << 4)	/* --pin-maps */

extern const struct command commands[];

const struct command *command_find(const char *word);

int do_attach(char **words, int n);
int do_detach(char **words, int n);
int do_update(char **words, int n);
int do_show(char **words, int n);
int do_version(char **words, int n);
int do_help(char **words, int n);

#endif /* TCXCTL_COMMAND_H */
