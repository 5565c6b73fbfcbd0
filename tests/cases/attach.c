// SPDX-License-Identifier: GPL-2.0
/* Attaching a program by its fd. */
#include <errno.h>

#include "row.h"

static const struct row attach_position[] = {
	{ "", "attach A", 0, "A" },
	{ "", "attach A before", 0, "A" },
	{ "", "attach A after", 0, "A" },
	{ "AB", "attach C", 0, "ABC" },
	{ "AB", "attach C after", 0, "ABC" },
	{ "AB", "attach C before", 0, "CAB" },
	{ "AB", "attach C before id rel B", 0, "ACB" },
	{ "ABC", "attach D before rel A", 0, "DABC" },
	{ "ABC", "attach D before rel B", 0, "ADBC" },
	{ "ABC", "attach D before rel C", 0, "ABDC" },
	{ "ABC", "attach D after rel A", 0, "ADBC" },
	{ "ABC", "attach D after rel B", 0, "ABDC" },
	{ "ABC", "attach D after rel C", 0, "ABCD" },
	{ "ABC", "attach D before id rel B", 0, "ADBC" },
	{ "ABC", "attach D after id rel B", 0, "ABDC" },
	{ "A", "attach B before id rel A", 0, "BA" },
	{ "A", "attach B rev now", 0, "AB" },
	{ "A", "attach B before rel A rev now", 0, "BA" },
	/* Nobody looks at it without BPF_F_REPLACE. */
	{ "AB", "attach C junk A", 0, "ABC" },
};

static const struct row attach_refused[] = {
	{ "A", "attach B badflag", -EINVAL },
	{ "A", "attach B rev old", -ESTALE },
	{ "A", "attach B rev next", -ESTALE },
	{ "A", "attach B rev high", -ESTALE },
	{ "AB", "attach A", -EEXIST },
	{ "AB", "attach B before", -EEXIST },
	{ "AB", "attach A after rel B", -EEXIST },

	/* A relative alone says no position, whether it is attached or not. */
	{ "A", "attach C id rel A", -EINVAL },
	{ "AB", "attach C rel A", -EINVAL },
	{ "AB", "attach C rel B", -EINVAL },
	{ "AB", "attach C rel E", -EINVAL },
	{ "AB", "attach C id rel A", -EINVAL },

	/* Never the same position. */
	{ "", "attach A before after", -ERANGE },
	{ "AB", "attach C before after", -ERANGE },
	{ "AB", "attach C before after rel A", -ERANGE },
	{ "AB", "attach C before after rel B", -ERANGE },
	{ "ABC", "attach D before after rel B", -ERANGE },

	/* The relative is not attached here. */
	{ "", "attach A before rel B", -ENOENT },
	{ "", "attach A after rel B", -ENOENT },
	{ "", "attach A before rel A", -ENOENT },
	{ "A", "attach B before rel B", -ENOENT },
	{ "A", "attach B before rel E", -ENOENT },
	{ "AB", "attach C before rel D", -ENOENT },
	{ "AB", "attach C after rel D", -ENOENT },
	{ "AB", "attach C before rel C", -ENOENT },
	{ "AB", "attach C before id rel D", -ENOENT },

	/* There is nothing of the kind. */
	{ "AB", "attach C before id rel gone", -ENOENT },
	{ "AB", "attach C after id rel gone", -ENOENT },
	{ "AB", "attach C before rel closed", -EBADF },
	{ "AB", "attach C after rel closed", -EBADF },
	{ "AB", "attach C before rel file", -EINVAL },
};

/* What fds, ids, devices and types name, before there is a position. */
static const struct row attach_named[] = {
	{ "AB", "attach C junk closed", 0, "ABC" },
	{ "A", "attach B badtype", -EINVAL },
	{ "A", "attach none", -EINVAL },	/* an fd of no program */
	{ "A", "attach closed", -EBADF },
	{ "A", "attach file", -EINVAL },
	{ "A", "attach map", -EINVAL },
	{ "A", "attach xdp", -EINVAL },
	{ "A", "attach xdplink", -EINVAL },
	{ "A", "attach B nodev", -ENODEV },

	{ "AB", "attach C id", -ENOENT },
	{ "AB", "attach C link", -EINVAL },
	{ "AB", "attach C before id", -ENOENT },
	{ "AB", "attach C after id rel none", -ENOENT },
	{ "AB", "attach C before rel map", -EINVAL },
	{ "AB", "attach C before rel xdp", -EINVAL },
	{ "AB", "attach C before rel xdplink", -EINVAL },
	{ "AB", "attach C before id rel xdp", -EINVAL },
};

static const struct row attach_named_link[] = {
	{ "AB", "attach C before link", -EINVAL },
	{ "AB", "attach C after link rel none", -EINVAL },
	{ "AB", "attach C before link rel A", -EINVAL },
	{ "AB", "attach C before link rel file", -EINVAL },
	{ "AB", "attach C before link rel map", -EINVAL },
	{ "AB", "attach C before link rel closed", -EBADF },
	{ "AB", "attach C after link rel closed", -EBADF },
	{ "AB", "attach C before link rel xdplink", -EINVAL },
	{ "AB", "attach C after link rel tplink", -EINVAL },
	{ "AB", "attach C link rel xdplink", -EINVAL },
	{ "AB", "attach C before link id", -ENOENT },
	{ "AB", "attach C before link id rel gone", -ENOENT },
	{ "AB", "attach C before link id rel xdplink", -EINVAL },
	{ "AB", "attach C after link id rel tplink", -EINVAL },
	{ "AB", "attach C replace A link rel xdplink", -EINVAL },
	{ "AB", "attach C replace A link rel closed", -EBADF },
	{ "AB", "attach C replace A link", -EINVAL },
};

static const struct row replace[] = {
	{ "A", "attach B replace A", 0, "B" },
	{ "ABC", "attach D replace A", 0, "DBC" },
	{ "ABC", "attach D replace B", 0, "ADC" },
	{ "ABC", "attach D replace C", 0, "ABD" },
	{ "ABC", "attach D replace C rev now", 0, "ABD" },

	/* Positions that agree. */
	{ "ABC", "attach D replace A before rel B", 0, "DBC" },
	{ "ABC", "attach D replace B before rel C", 0, "ADC" },
	{ "ABC", "attach D replace B after rel A", 0, "ADC" },
	{ "ABC", "attach D replace C after rel B", 0, "ABD" },
	{ "ABC", "attach D replace B before id rel C", 0, "ADC" },

	/* Positions that do not. */
	{ "ABC", "attach D replace A before", -ERANGE },
	{ "ABC", "attach D replace C after", -ERANGE },
	{ "A", "attach B replace A before", -ERANGE },
	{ "A", "attach B replace A after", -ERANGE },
	{ "AB", "attach C replace A before", -ERANGE },
	{ "AB", "attach C replace B after", -ERANGE },
	{ "AB", "attach C replace B after rel B", -ERANGE },
	{ "ABC", "attach D replace A before rel C", -ERANGE },
	{ "ABC", "attach D replace B before rel A", -ERANGE },
	{ "ABC", "attach D replace B before rel B", -ERANGE },
	{ "ABC", "attach D replace B after rel B", -ERANGE },
	{ "ABC", "attach D replace B after rel C", -ERANGE },
	{ "ABC", "attach D replace B before after rel A", -ERANGE },
	{ "ABC", "attach D replace A before after rel B", -ERANGE },

	/* A relative without a position must exist, and that is all. */
	{ "AB", "attach C replace B rel E", 0, "AC" },
	{ "ABC", "attach D replace B rel A", 0, "ADC" },
	{ "ABC", "attach D replace B rel E", 0, "ADC" },
	{ "ABC", "attach D replace B id rel E", 0, "ADC" },
	{ "ABC", "attach D replace B rel closed", -EBADF },
	{ "ABC", "attach D replace B id rel gone", -ENOENT },

	{ "", "attach A replace B", -ENOENT },
	{ "AB", "attach C replace E", -ENOENT },
	{ "ABC", "attach D replace E", -ENOENT },
	{ "ABC", "attach D replace D", -ENOENT },
	{ "ABC", "attach D replace E before rel F", -ENOENT },
	{ "ABC", "attach D replace A before rel F", -ENOENT },
	{ "ABC", "attach D replace A after rel F", -ENOENT },
	{ "AB", "attach B replace B", -EEXIST },
	{ "ABC", "attach A replace A", -EEXIST },
	{ "ABC", "attach A replace B", -EEXIST },
	{ "ABC", "attach D replace B rev old", -ESTALE },
};

static const struct row replace_named[] = {
	{ "ABC", "attach D replace B rel xdp", -EINVAL },
	{ "ABC", "attach D replace B id", -ENOENT },
	{ "ABC", "attach D replace closed", -EBADF },
	{ "ABC", "attach D replace none", -EINVAL },
	{ "ABC", "attach D replace file", -EINVAL },
	{ "ABC", "attach D replace map", -EINVAL },
	{ "ABC", "attach D replace xdp", -EINVAL },
};

/* Beside programs that links own, which are no business of these requests. */
static const struct row attach_beside_links[] = {
	{ "Ab", "attach C before link rel b", 0, "ACb" },
	{ "aB", "attach C after link id rel a", 0, "aCB" },
	{ "aB", "attach C after rel A", 0, "aCB" },
	{ "bC", "attach D before link rel b", 0, "DbC" },
	{ "bC", "attach D before rel B", 0, "DbC" },
	{ "AbC", "attach D replace A before link rel b", 0, "DbC" },

	{ "a", "attach A", -EEXIST },
	{ "AbC", "attach B", -EEXIST },
	{ "Ab", "attach C replace B", -EBUSY },
	{ "AbC", "attach D replace B", -EBUSY },
	{ "a", "attach C link rel a", -EINVAL },
	{ "AbC", "attach D link rel b", -EINVAL },
	{ "a", "attach B before link rel other", -ENOENT },
};

/* Every row is wrong in all that is checked later, too. */
static const struct row attach_precedence[] = {
	{ "A", "attach A rev old", -ESTALE },
	{ "A", "attach B rev old before rel closed", -ESTALE },
	{ "AB", "attach A replace D rev old before rel closed", -ESTALE },
	{ "AB", "attach A rev old before after rel closed", -ESTALE },
	{ "A", "attach A before rel closed", -EEXIST },
	{ "A", "attach A replace E", -EEXIST },
	{ "AB", "attach A replace D before rel closed", -EEXIST },
	{ "AB", "attach A link", -EEXIST },
	{ "A", "attach B rel closed", -EBADF },
	{ "A", "attach B id rel gone", -ENOENT },
	{ "A", "attach B replace E rel closed", -EBADF },
	{ "a", "attach B replace A rel file", -EINVAL },
	{ "AB", "attach C replace D before rel closed", -EBADF },
	{ "AB", "attach C replace D before rel file", -EINVAL },
	{ "AB", "attach C replace D before after", -ENOENT },
	{ "a", "attach B replace A before rel E", -EBUSY },
	{ "A", "attach B before after rel E", -ENOENT },
	{ "AB", "attach C before after rel D", -ENOENT },
	{ "AB", "attach C replace B before after rel D", -ENOENT },
	{ "", "attach A rev old before rel closed", -ESTALE },
	{ "", "attach A rev now before rel closed", -EBADF },
};

static const struct row attach_named_precedence[] = {
	{ "AB", "attach closed badflag nodev replace closed rev old before rel closed", -EINVAL },
	{ "AB", "attach closed badtype nodev replace closed rev old before rel closed", -EINVAL },
	{ "AB", "attach closed nodev replace closed rev old before rel closed", -EBADF },
	{ "AB", "attach xdp nodev replace closed rev old before rel closed", -EINVAL },
	{ "AB", "attach A nodev replace closed rev old before rel closed", -ENODEV },
	{ "AB", "attach A replace closed rev old before rel closed", -EBADF },
	{ "AB", "attach A replace xdp rev old before rel closed", -EINVAL },
	{ "AB", "attach C replace D before rel xdp", -EINVAL },
};

const struct table attach_tables[] = {
	TABLE(attach_position, ASK_ALL),
	TABLE(attach_refused, ASK_ALL),
	TABLE(attach_named, ASK_REQUEST),
	TABLE(attach_named_link, ASK_REQUEST),
	TABLE(replace, ASK_ALL),
	TABLE(replace_named, ASK_REQUEST),
	TABLE(attach_beside_links, ASK_ALL),
	TABLE(attach_precedence, ASK_ALL),
	TABLE(attach_named_precedence, ASK_REQUEST),
	{ }
};
