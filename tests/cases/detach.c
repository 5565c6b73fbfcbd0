// SPDX-License-Identifier: GPL-2.0
/* Detaching a program by its fd, or by its position. */
#include <errno.h>

#include "row.h"

static const struct row detach[] = {
	{ "A", "detach A", 0, "" },
	{ "ABC", "detach A", 0, "BC" },
	{ "ABC", "detach B", 0, "AC" },
	{ "ABC", "detach C", 0, "AB" },
	{ "ABC", "detach C rev now", 0, "AB" },
	{ "AB", "detach A rev now", 0, "B" },

	/* A position beside the program must be the program's. */
	{ "ABC", "detach A before rel B", 0, "BC" },
	{ "ABC", "detach B before rel C", 0, "AC" },
	{ "ABC", "detach B after rel A", 0, "AC" },
	{ "ABC", "detach C after id rel B", 0, "AB" },
	{ "ABC", "detach A before rel C", -ERANGE },
	{ "ABC", "detach B before rel B", -ERANGE },
	{ "ABC", "detach B after rel B", -ERANGE },
	{ "ABC", "detach B before after rel A", -ERANGE },
	{ "ABC", "detach A before", -ERANGE },
	{ "ABC", "detach C after", -ERANGE },
	{ "AB", "detach A before", -ERANGE },
	{ "AB", "detach B after", -ERANGE },

	/* A relative without a position must exist, and that is all. */
	{ "AB", "detach A rel E", 0, "B" },
	{ "ABC", "detach A rel B", 0, "BC" },
	{ "ABC", "detach A rel F", 0, "BC" },
	{ "ABC", "detach A id rel F", 0, "BC" },
	{ "ABC", "detach A rel closed", -EBADF },
	{ "ABC", "detach A id rel gone", -ENOENT },

	{ "A", "detach B", -ENOENT },
	{ "ABC", "detach D", -ENOENT },
	{ "ABC", "detach D before rel F", -ENOENT },
	{ "ABC", "detach A before rel F", -ENOENT },
	{ "ABC", "detach A after rel F", -ENOENT },
	{ "A", "detach A replace A", -EINVAL },
	{ "ABC", "detach A replace B", -EINVAL },
	{ "A", "detach A rev next", -ESTALE },
	{ "ABC", "detach A rev old", -ESTALE },
	{ "ABC", "detach A rev next", -ESTALE },
};

static const struct row detach_named[] = {
	{ "ABC", "detach A rel xdp", -EINVAL },
	{ "ABC", "detach A id", -ENOENT },
	{ "ABC", "detach A link", -EINVAL },
	{ "ABC", "detach A link rel A", -EINVAL },
	{ "ABC", "detach A link rel closed", -EBADF },
	{ "ABC", "detach A link rel xdplink", -EINVAL },
	{ "ABC", "detach A before link id rel tplink", -EINVAL },
	{ "ABC", "detach A link id rel gone", -ENOENT },
	{ "ABC", "detach closed", -EBADF },
	{ "ABC", "detach file", -EINVAL },
	{ "ABC", "detach map", -EINVAL },
	{ "ABC", "detach xdp", -EINVAL },
	{ "ABC", "detach A badtype", -EINVAL },
	{ "ABC", "detach A badflag", -EINVAL },
	{ "ABC", "detach A nodev", -ENODEV },
};

static const struct row detach_position[] = {
	{ "A", "detach", 0, "" },
	{ "A", "detach before", 0, "" },
	{ "A", "detach after", 0, "" },
	{ "ABC", "detach", 0, "AB" },
	{ "ABC", "detach rev now", 0, "AB" },
	{ "ABC", "detach after", 0, "AB" },
	{ "ABC", "detach before", 0, "BC" },
	{ "ABC", "detach before rel B", 0, "BC" },
	{ "ABC", "detach before rel C", 0, "AC" },
	{ "ABC", "detach after rel A", 0, "AC" },
	{ "ABC", "detach after rel B", 0, "AB" },
	{ "ABC", "detach after id rel B", 0, "AB" },

	/* Beyond either end: the relative itself. */
	{ "ABC", "detach before rel A", 0, "BC" },
	{ "ABC", "detach after rel C", 0, "AB" },
	{ "A", "detach before rel A", 0, "" },

	{ "A", "detach before after", -ERANGE },
	{ "ABC", "detach before after", -ERANGE },
	{ "ABC", "detach before after rel B", -ERANGE },
	{ "AB", "detach rel A", -EINVAL },
	{ "AB", "detach id rel A", -EINVAL },
	{ "ABC", "detach rel A", -EINVAL },
	{ "ABC", "detach id rel A", -EINVAL },
	{ "ABC", "detach link", -EINVAL },
	{ "AB", "detach before rel E", -ENOENT },
	{ "ABC", "detach before rel D", -ENOENT },
	{ "ABC", "detach before id rel gone", -ENOENT },
	{ "ABC", "detach before rel closed", -EBADF },
	{ "ABC", "detach after rel file", -EINVAL },
	{ "ABC", "detach badflag", -EINVAL },
	{ "ABC", "detach replace A", -EINVAL },
	{ "ABC", "detach rev old", -ESTALE },
};

static const struct row detach_position_named[] = {
	/* Without a program, the relative's type is not compared. */
	{ "ABC", "detach before rel xdp", -ENOENT },
	{ "ABC", "detach before link rel xdplink", -ENOENT },
	{ "ABC", "detach after link id rel tplink", -ENOENT },
	{ "ABC", "detach link rel xdplink", -EINVAL },

	{ "ABC", "detach id", -ENOENT },
	{ "ABC", "detach badtype", -EINVAL },
	{ "ABC", "detach nodev", -ENODEV },
};

/* Beside programs that links own, which are no business of these requests. */
static const struct row detach_beside_links[] = {
	{ "DbC", "detach D", 0, "bC" },
	{ "DbC", "detach before link id rel b", 0, "bC" },
	{ "Ab", "detach B", -EBUSY },
	{ "AbC", "detach B", -EBUSY },
	{ "AbC", "detach before rel C", -EBUSY },
	{ "AbC", "detach after rel A", -EBUSY },
	{ "Ab", "detach", -EBUSY },
	{ "aB", "detach after link rel other", -ENOENT },
	{ "DbC", "close b", 0, "DC" },
};

/* Every row is wrong in all that is checked later, too. */
static const struct row detach_precedence[] = {
	{ "A", "detach A replace A rev old", -EINVAL },
	{ "ABC", "detach D replace B rev old", -EINVAL },
	{ "ABC", "detach D rev old before rel closed", -ESTALE },
	{ "A", "detach B rel closed", -EBADF },
	{ "a", "detach A rel file", -EINVAL },
	{ "ABC", "detach D before rel closed", -EBADF },
	{ "ABC", "detach D before after", -ENOENT },
	{ "a", "detach A before rel E", -EBUSY },
	{ "AB", "detach before after rel E", -ENOENT },
	{ "ab", "detach before after", -ERANGE },
	{ "a", "detach rel A", -EINVAL },
};

static const struct row detach_named_precedence[] = {
	{ "ABC", "detach closed badflag nodev", -EINVAL },
	{ "ABC", "detach closed nodev", -EBADF },
	{ "ABC", "detach xdp nodev", -EINVAL },
	{ "ABC", "detach D nodev replace B rev old", -ENODEV },
};

static const struct row detach_from_empty[] = {
	{ "", "detach A", -ENOENT },
	{ "", "detach", -ENOENT },
	{ "", "detach before", -ENOENT },
	{ "", "detach A rel closed", -ENOENT },
	{ "", "detach rel closed", -ENOENT },
};

static const struct row detach_from_empty_named[] = {
	{ "", "detach closed", -EBADF },
	{ "", "detach A nodev", -ENODEV },
	{ "", "detach A badflag", -EINVAL },
};

/* Without a qdisc nothing is left of an empty point that could be asked. */
static const struct row detach_from_nothing[] = {
	{ "", "detach A rev old", -ENOENT },
	{ "", "detach A replace B", -ENOENT },
};

/* A qdisc lets native tcx keep the point, and with it the other checks. */
static const struct row detach_from_kept[] = {
	{ "", "detach A rev now", -ENOENT },
	{ "", "detach A replace B", -EINVAL },
	{ "", "detach A replace B rev old", -EINVAL },
	{ "", "detach A rev old", -ESTALE },
};

const struct table detach_tables[] = {
	TABLE(detach, ASK_ALL),
	TABLE(detach_named, ASK_REQUEST),
	TABLE(detach_position, ASK_ALL),
	TABLE(detach_position_named, ASK_REQUEST),
	TABLE(detach_beside_links, ASK_ALL),
	TABLE(detach_precedence, ASK_ALL),
	TABLE(detach_named_precedence, ASK_REQUEST),
	TABLE(detach_from_empty, ASK_ALL),
	TABLE(detach_from_empty_named, ASK_REQUEST),
	TABLE(detach_from_nothing, ASK_POINT),
	TABLE(detach_from_kept, ASK_ARRAY | ASK_KEPT),
	{ }
};
