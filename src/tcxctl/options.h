/* SPDX-License-Identifier: GPL-2.0 */
/* What stands on the command line. Options are data: a command has a table of
 * those that it takes, with where their values go, and one parser reads all of
 * them.
 */
#ifndef TCXCTL_OPTIONS_H
#define TCXCTL_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "libtcx.h"

enum option_type {
	OPTION_FLAG,		/* bool */
	OPTION_TEXT,		/* const char *, NULL: not given */
	OPTION_MAYBE_TEXT,	/* struct option_text */
	OPTION_NUMBER,		/* __u64 above 0; 0: not given */
};

/* The value of an option that can do without one */
struct option_text {
	bool given;
	const char *text;	/* or NULL */
};

struct option_entry {
	const char *name;	/* NULL ends a table */
	char letter;		/* or 0 */
	enum option_type type;
	const char *argument;	/* its name in the help */
	__u64 most;		/* of a number */
	bool early;		/* a flag that failures before it obey too */
	void *value;
	const char *help;
};

/* Values of options that every command takes, or several */
struct options {
	bool json;
	bool pretty;
	bool debug;
	bool help;
	bool version;
	const char *backend;		/* NULL: tcx, whoever has it */
	bool best_effort;
	__u64 expected_revision;
	const char *pin_maps;		/* a folder for maps that need it */
	bool all_netns;
	__u64 count;			/* end after so many; 0: never */
	__u64 seconds;			/* the same */
	__u64 buffer_kib;		/* 0: not given */
	char **words;			/* the command and what follows it */
	int n_words;
};

extern struct options options;

#define OPTION_EXPECTED_REVISION { \
	.name = "expected-revision", \
	.type = OPTION_NUMBER, \
	.argument = "N", \
	.most = UINT64_MAX, \
	.value = &options.expected_revision, \
	.help = "only if the attach point's revision is N", \
}

#define OPTION_PIN_MAPS { \
	.name = "pin-maps", \
	.type = OPTION_TEXT, \
	.argument = "DIR", \
	.value = &options.pin_maps, \
	.help = "pin there those maps that the kernel would empty", \
}

/* Of what goes on until it is interrupted, see events.h */
#define OPTION_COUNT { \
	.name = "count", \
	.type = OPTION_NUMBER, \
	.argument = "N", \
	.most = UINT64_MAX, \
	.value = &options.count, \
	.help = "end after so many lines", \
}

#define OPTION_FOR { \
	.name = "for", \
	.type = OPTION_NUMBER, \
	.argument = "SECONDS", \
	.most = 86400, \
	.value = &options.seconds, \
	.help = "end after so many seconds", \
}

#define OPTION_BUFFER { \
	.name = "buffer", \
	.type = OPTION_NUMBER, \
	.argument = "KIB", \
	.most = 65536, \
	.value = &options.buffer_kib, \
	.help = "of each CPU, for what is not read yet (256)", \
}

#define OPTION_ALL_NETNS { \
	.name = "all-netns", \
	.value = &options.all_netns, \
	.help = "of all network namespaces, and whose they are", \
}

struct command;

int options_parse(int argc, char **argv);
bool options_fit(const struct command *command);
void options_help(const struct option_entry *entries);
void options_help_common(void);

#endif /* TCXCTL_OPTIONS_H */
