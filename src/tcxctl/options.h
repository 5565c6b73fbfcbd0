/* SPDX-License-Identifier: GPL-2.0 */
/* What stands on the command line */
#ifndef TCXCTL_OPTIONS_H
#define TCXCTL_OPTIONS_H

#include <stdbool.h>

#include "command.h"
#include "libtcx.h"

struct options {
	bool json;
	bool pretty;
	bool debug;
	bool help;
	bool version;
	bool before;
	bool after;
	const char *before_ref;		/* NULL: the very beginning */
	const char *after_ref;		/* NULL: the very end */
	const char *replace_ref;
	__u64 expected_revision;
	bool link;			/* attach: by a link */
	const char *pin;		/* where to pin the link */
	const char *pin_maps;		/* a folder for maps that need it */
	__u32 timeout;			/* seconds to hold the link; 0: no limit */
	const char *old_ref;		/* update: only if this is the present one */
	char **words;			/* the command and what follows it */
	int n_words;
};

extern struct options options;

int options_parse(int argc, char **argv);
bool options_fit(const struct command *command);
void options_help(const struct command *command);

#endif /* TCXCTL_OPTIONS_H */
