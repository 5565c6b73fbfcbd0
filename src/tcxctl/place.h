/* SPDX-License-Identifier: GPL-2.0 */
/* --before, --after, --replace, --expected-revision, made into the options of a
 * request. Functions return an exit code; EXIT_DONE goes on.
 */
#ifndef TCXCTL_PLACE_H
#define TCXCTL_PLACE_H

#include <stdbool.h>

#include "options.h"
#include "point.h"

struct place_options {
	struct option_text before;	/* no text: the very beginning */
	struct option_text after;	/* no text: the very end */
	const char *replace;
};

extern struct place_options place_options;

struct place {
	struct tcx_attach_opts opts;
	int relative_fd;	/* or -1 */
	int replace_fd;		/* or -1 */
	bool own_revision;	/* expected_revision is not the user's */
};

int place_check(void);
int place_find(struct place *place, const struct point *point);
void place_release(struct place *place);

#endif /* TCXCTL_PLACE_H */
