/* SPDX-License-Identifier: GPL-2.0 */
/* Attachments that files declare; docs/apply.md has the format. Functions return
 * an exit code, having said what is wrong, in which file and line.
 */
#ifndef TCXCTL_DECLARED_H
#define TCXCTL_DECLARED_H

#include <stdbool.h>
#include <stddef.h>

#include "json.h"
#include "point.h"

#define DECLARED_NAME_MOST 64

struct declared_list {
	char **texts;
	int *lines;
	size_t count;
};

struct declared {
	char *file;
	int line;
	char *name;
	char *object;		/* with program, section or neither; or */
	char *program;
	char *section;
	char *pinned;		/* a path in bpffs */
	struct declared_list devices;
	struct declared_list before;
	struct declared_list after;
	bool types[POINT_TYPES];	/* as in point_types[] */
	bool first;			/* before what others attached */
	json_t *source;		/* NULL: it cannot be read */
	bool placed;		/* while they are put into order */
};

/* In the order in which their programs run */
struct declarations {
	struct declared *all;
	size_t count;
};

int declarations_read(struct declarations *all, const char *path);
void declarations_free(struct declarations *all);

/* Adds what one file has: declared_yaml.c */
int declared_parse(struct declarations *all, const char *path);

#endif /* TCXCTL_DECLARED_H */
