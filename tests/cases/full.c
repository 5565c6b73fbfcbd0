// SPDX-License-Identifier: GPL-2.0
/* 63 programs, which is all that an attach point takes, and the last steps. */
#include <errno.h>

#include "row.h"

static const struct row attach_last[] = {
	{ "62", "attach A", 0, "62A" },
	{ "62", "attach A before", 0, "A62" },
	{ "61B", "attach A after rel B", 0, "61BA" },
	/* One goes, one comes. */
	{ "62B", "attach A replace B", 0, "62A" },
	{ "62A", "attach B replace A", 0, "62B" },
	{ "AB61", "attach C replace A before rel B", 0, "CB61" },
};

static const struct row attach_too_many[] = {
	{ "A62", "attach B before rel A", -ERANGE },
	{ "A62", "attach A", -EEXIST },
	{ "62A", "attach A", -EEXIST },
	{ "63", "attach A", -ERANGE },
	{ "63", "attach A before", -ERANGE },
	{ "63", "attach A before rel E", -ERANGE },
	{ "63", "attach A rel E", -ERANGE },
	{ "63", "attach A rel closed", -EBADF },
	{ "63", "attach A before rel closed", -EBADF },
};

/* The place after the last of 63 is out of range to native tcx, so there the
 * last program comes off by its name only.
 */
static const struct row detach_last[] = {
	{ "63", "detach", -ERANGE },
	{ "63", "detach after", -ERANGE },
	{ "62A", "detach after rel A", -ERANGE },
	{ "62a", "detach", -ERANGE },
	{ "62A", "detach A", 0, "62" },
	{ "62", "detach", 0, "61" },
	{ "61A", "detach", 0, "61" },
	{ "61AB", "detach A", 0, "61B" },
	{ "61AB", "detach after rel A", 0, "61A" },
	{ "A61", "detach before", 0, "61" },
	{ "A62", "detach before", 0, "62" },
};

static const struct row link_last[] = {
	{ "61Ab", "create C", -ERANGE },
	{ "61Ab", "create C before", -ERANGE },
	{ "61Ab", "create C after rel A", -ERANGE },
	{ "61Ab", "create C before link rel b", -ERANGE },
	/* Position and flags do not matter any more. */
	{ "61Ab", "create C before after", -ERANGE },
	{ "61Ab", "create C rel A", -ERANGE },
	{ "61Ab", "create C before rel E", -ERANGE },
	{ "61Ab", "create C replace", -ENOENT },
	{ "61Ab", "create C before rel closed", -EBADF },
	{ "61Ab", "create C rev old", -ESTALE },
	{ "61Ab", "create A", -EEXIST },
	{ "61Ab", "create B", -EEXIST },
	{ "61Ab", "update b C", 0, "61Ac" },
	{ "61Ac", "update c B", 0, "61Ab" },
	{ "61Ab", "close b", 0, "61A" },
	{ "61A", "create B", 0, "61Ab" },
};

const struct table full_tables[] = {
	TABLE(attach_last, ASK_ALL),
	TABLE(attach_too_many, ASK_ALL),
	TABLE(detach_last, ASK_ALL),
	TABLE(link_last, ASK_ALL),
	{ }
};
