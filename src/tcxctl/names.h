/* SPDX-License-Identifier: GPL-2.0 */
/* Names in a line that begins with what they are of, continued below where the
 * terminal is not wide enough. Without names there is no line. No more than a few
 * are shown; JSON has them all.
 */
#ifndef TCXCTL_NAMES_H
#define TCXCTL_NAMES_H

#include <stddef.h>
#include <sys/types.h>

struct names {
	const char *indent;
	const char *label;
	size_t count;
	int column;
};

void names_begin(struct names *names, const char *indent, const char *label);
void names_add(struct names *names, const char *name);
void names_add_process(struct names *names, pid_t pid, const char *command);
void names_end(struct names *names);

#endif /* TCXCTL_NAMES_H */
