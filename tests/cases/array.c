// SPDX-License-Identifier: GPL-2.0
/* What mprog.c has to answer although no interface lets anybody ask it. */
#include <errno.h>

#include "row.h"

/* Through an interface an allocation fails where tests/fault makes it fail. */
static const struct row without_memory[] = {
	{ "A", "attach B nomem", -ENOMEM },
	{ "", "attach B nomem", -ENOMEM },
	{ "AB", "attach C replace A nomem", -ENOMEM },
	{ "AB", "attach C before after nomem", -ERANGE },
	{ "AB", "attach C rel A nomem", -EINVAL },
	{ "AB", "detach A nomem", 0, "B" },
};

/* Whoever asks has found out before what these mean. */
static const struct row not_looked_up[] = {
	{ "A", "attach C badflag before", 0, "CA" },
	{ "A", "attach C replace", -ENOENT },
	{ "AB", "detach A id", 0, "B" },
};

/* A link only asks for the place that it owns. */
static const struct row other_links[] = {
	{ "AbC", "attach D by b replace B", 0, "AdC" },
	/* As native tcx words an update. */
	{ "AbC", "attach D by b replace B id rel B", 0, "AdC" },
	{ "Ab", "attach C by c replace B", -EBUSY },
	{ "AB", "attach C by c replace B", -EBUSY },
	{ "AB", "detach B by b", -EBUSY },
	{ "Ab", "detach B by c", -EBUSY },
};

const struct table array_tables[] = {
	TABLE(without_memory, ASK_ARRAY),
	TABLE(not_looked_up, ASK_ARRAY),
	TABLE(other_links, ASK_ARRAY),
	{ }
};
