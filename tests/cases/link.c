// SPDX-License-Identifier: GPL-2.0
/* Links among what is attached. */
#include <errno.h>

#include "row.h"

static const struct row create_position[] = {
	{ "", "create A", 0, "a" },
	{ "", "create A before", 0, "a" },
	{ "", "create A after", 0, "a" },
	{ "", "create A rev now", 0, "a" },
	{ "ab", "create C", 0, "abc" },
	{ "ab", "create C after", 0, "abc" },
	{ "ab", "create C before", 0, "cab" },
	{ "AB", "create C", 0, "ABc" },
	{ "Ab", "create C", 0, "Abc" },
	{ "Ab", "create C before", 0, "cAb" },
	{ "Ab", "create C rev now", 0, "Abc" },

	/* Beside a link. */
	{ "ab", "create C before link rel b", 0, "acb" },
	{ "abD", "create C before link rel a", 0, "cabD" },
	{ "abD", "create C after link rel a", 0, "acbD" },
	{ "abD", "create C before link rel b", 0, "acbD" },
	{ "abD", "create C after link rel b", 0, "abcD" },
	{ "abD", "create C before link id rel b", 0, "acbD" },
	{ "abD", "create C after link id rel b", 0, "abcD" },

	/* Beside a program, also one that a link owns. */
	{ "abD", "create C before rel D", 0, "abcD" },
	{ "abD", "create C after rel D", 0, "abDc" },
	{ "abD", "create C before id rel D", 0, "abcD" },
	{ "abD", "create C after rel A", 0, "acbD" },
	{ "abD", "create C before id rel A", 0, "cabD" },

	/* Two rules that mean the same place. */
	{ "", "create A before rev now", 0, "a" },
	{ "ab", "create C before link rel b rev now", 0, "acb" },

	/* Programs beside links. */
	{ "ab", "attach C before link rel b", 0, "aCb" },
	{ "ab", "attach C after link rel a", 0, "aCb" },
	{ "ab", "attach C before link id rel a", 0, "Cab" },
	{ "ab", "attach C after link id rel b", 0, "abC" },
	{ "ab", "attach C before rel B", 0, "aCb" },
	{ "ab", "attach C after id rel A", 0, "aCb" },
	{ "ab", "attach C", 0, "abC" },
	{ "ab", "attach C before", 0, "Cab" },
};

static const struct row create_refused[] = {
	{ "Ab", "create C badflag", -EINVAL },
	{ "Ab", "create C rev old", -ESTALE },
	{ "Ab", "create C rev next", -ESTALE },
	{ "", "create A rev next", -ESTALE },

	/* The same program, whoever owns it. */
	{ "AB", "create A", -EEXIST },
	{ "Ab", "create A", -EEXIST },
	{ "Ab", "create B", -EEXIST },
	{ "Ab", "create B before", -EEXIST },
	{ "Ab", "attach B", -EEXIST },
	{ "Ab", "attach B after link rel b", -EEXIST },

	/* A link replaces nothing. */
	{ "", "create A replace", -ENOENT },
	{ "Ab", "create C replace", -ENOENT },
	{ "Ab", "create C replace before", -ENOENT },
	{ "Ab", "create C replace before after", -ENOENT },
	{ "Ab", "create C replace rel A", -ENOENT },
	{ "Ab", "create C replace after rel A", -ENOENT },
	{ "Ab", "create C replace link rel b", -ENOENT },
	{ "Ab", "create C replace before link id rel b", -ENOENT },

	/* A relative alone says no position. */
	{ "Ab", "create C rel A", -EINVAL },
	{ "Ab", "create C id rel A", -EINVAL },
	{ "Ab", "create C link rel b", -EINVAL },
	{ "Ab", "create C link id rel b", -EINVAL },

	/* Never the same position. */
	{ "", "create A before after", -ERANGE },
	{ "Ab", "create C before after", -ERANGE },
	{ "Ab", "create C before after rel A", -ERANGE },
	{ "Ab", "create C before after link rel b", -ERANGE },

	/* The relative is not attached here. */
	{ "", "create A before rel B", -ENOENT },
	{ "Ab", "create C before rel D", -ENOENT },
	{ "Ab", "create C after rel D", -ENOENT },
	{ "Ab", "create C before rel C", -ENOENT },
	{ "Ab", "create C after id rel D", -ENOENT },
	{ "Ab", "create C before after rel D", -ENOENT },
	{ "Ab", "create C before link rel other", -ENOENT },
	{ "Ab", "create C after link rel other", -ENOENT },
	{ "Ab", "create C after link id rel other", -ENOENT },
	{ "Ab", "create C before link rel defunct", -ENOENT },
	{ "Ab", "create C before link id rel defunct", -ENOENT },
	{ "Ab", "attach C after link rel other", -ENOENT },
	{ "Ab", "attach C after link rel defunct", -ENOENT },

	/* There is nothing of the kind. */
	{ "Ab", "create C before id rel gone", -ENOENT },
	{ "Ab", "create C before rel closed", -EBADF },
	{ "Ab", "create C before rel file", -EINVAL },
	{ "Ab", "create C before link rel file", -EINVAL },
	{ "Ab", "create C before link rel closed", -EBADF },
	{ "Ab", "create C before link id rel gone", -ENOENT },
};

/* What fds, ids, devices and types name, before there is a position. */
static const struct row create_named[] = {
	{ "Ab", "create C badtype", -EINVAL },
	{ "Ab", "create none", -EINVAL },	/* an fd of no program */
	{ "Ab", "create closed", -EBADF },
	{ "Ab", "create file", -EINVAL },
	{ "Ab", "create map", -EINVAL },
	{ "Ab", "create b", -EINVAL },
	{ "Ab", "create xdp", -EINVAL },
	{ "Ab", "create xdplink", -EINVAL },
	{ "Ab", "create C nodev", -ENODEV },

	{ "Ab", "create C id", -ENOENT },
	{ "Ab", "create C link", -EINVAL },
	{ "Ab", "create C before id", -ENOENT },
	{ "Ab", "create C before rel map", -EINVAL },
	{ "Ab", "create C before rel xdp", -EINVAL },
	{ "Ab", "create C before rel b", -EINVAL },
	{ "Ab", "create C before id rel xdp", -EINVAL },
	{ "Ab", "create C before link", -EINVAL },
	{ "Ab", "create C before link rel A", -EINVAL },
	{ "Ab", "create C before link rel B", -EINVAL },
	{ "Ab", "create C before link rel xdplink", -EINVAL },
	{ "Ab", "create C after link rel tplink", -EINVAL },
	{ "Ab", "create C before link id", -ENOENT },
	{ "Ab", "create C before link id rel xdplink", -EINVAL },
	{ "Ab", "create C after link id rel tplink", -EINVAL },
};

/* Every row is wrong in all that is checked later, too. */
static const struct row create_precedence[] = {
	{ "Ab", "create B replace rev old before rel closed", -ESTALE },
	{ "Ab", "create B replace before rel closed", -EEXIST },
	{ "Ab", "create C replace before after rel closed", -EBADF },
	{ "Ab", "create C replace before after rel D", -ENOENT },
	{ "", "create A rev next before rel closed", -ESTALE },
	{ "", "create A rev now before rel closed", -EBADF },
};

static const struct row create_named_precedence[] = {
	{ "Ab", "create closed badtype nodev replace rev old rel closed", -EBADF },
	{ "Ab", "create map badtype nodev replace rev old rel closed", -EINVAL },
	{ "Ab", "create A badtype nodev replace rev old rel closed", -EINVAL },
	{ "Ab", "create closed nodev replace rev old rel closed", -EBADF },
	{ "Ab", "create xdp nodev replace rev old rel closed", -EINVAL },
	{ "Ab", "create B nodev replace rev old rel closed", -ENODEV },
	{ "Ab", "create B rev old link before after rel xdplink", -ESTALE },
	{ "Ab", "create A before after link rel xdplink", -EEXIST },
	{ "Ab", "create C replace before after link rel xdplink", -EINVAL },
};

/* Programs replace programs, and nothing else. */
static const struct row replace_owned[] = {
	{ "aB", "attach C replace B", 0, "aC" },
	{ "aB", "attach C replace B after link rel a", 0, "aC" },
	{ "aBc", "attach D replace B before link id rel c", 0, "aDc" },
	{ "aB", "attach C replace A", -EBUSY },
	{ "a", "attach C replace A", -EBUSY },
	{ "aB", "attach C replace A before rel B", -EBUSY },
	{ "aB", "attach C replace A before", -EBUSY },
	{ "aB", "attach A replace A", -EEXIST },
	{ "aB", "attach A replace B", -EEXIST },
	{ "aB", "attach C replace A rev old", -ESTALE },
	{ "aB", "attach C replace A before after rel D", -EBUSY },
	{ "aB", "attach C replace A rel closed", -EBADF },
};

/* A link's program comes off with the link only. */
static const struct row detach_owned[] = {
	{ "aB", "detach A", -EBUSY },
	{ "a", "detach A", -EBUSY },
	{ "aB", "detach A rev now", -EBUSY },
	{ "aB", "detach A rev old", -ESTALE },
	{ "aB", "detach A before rel B", -EBUSY },
	{ "aB", "detach A before", -EBUSY },
	{ "aB", "detach A rel closed", -EBADF },

	/* Not by its position either. */
	{ "a", "detach", -EBUSY },
	{ "a", "detach before", -EBUSY },
	{ "a", "detach after", -EBUSY },
	{ "aB", "detach before", -EBUSY },
	{ "aB", "detach before rel B", -EBUSY },
	{ "aB", "detach before id rel B", -EBUSY },
	{ "Ba", "detach", -EBUSY },
	{ "Ba", "detach after", -EBUSY },
	{ "Ba", "detach after rel B", -EBUSY },
	{ "ab", "detach before rel A", -EBUSY },
	{ "ab", "detach after link rel b", -EBUSY },
	{ "ab", "detach before link id rel b", -EBUSY },
	{ "aB", "detach before after link rel a", -ERANGE },
	{ "aB", "detach link rel a", -EINVAL },

	/* A link as relative; what goes is a program. */
	{ "aB", "detach", 0, "a" },
	{ "aB", "detach B", 0, "a" },
	{ "aB", "detach after", 0, "a" },
	{ "aB", "detach after link rel a", 0, "a" },
	{ "aB", "detach after link id rel a", 0, "a" },
	{ "aB", "detach B after link rel a", 0, "a" },
	{ "aBc", "detach before link rel c", 0, "ac" },
	{ "aBc", "detach B before link id rel c", 0, "ac" },
	{ "aBc", "detach B before link rel a", -ERANGE },
	{ "aBc", "detach B link rel a", 0, "ac" },
	{ "aBc", "detach after link rel other", -ENOENT },
	{ "aBc", "detach B after link rel defunct", -ENOENT },
};

/* A link's fd is no program's. */
static const struct row owned_named[] = {
	{ "aB", "attach C replace a", -EINVAL },
	{ "aB", "detach a", -EINVAL },
};

static const struct row update[] = {
	{ "a", "update a B", 0, "b" },
	{ "Abc", "update b D", 0, "Adc" },
	{ "Abc", "update c D", 0, "Abd" },
	/* On the hook already, whoever owns it. */
	{ "Abc", "update b A", -EEXIST },
	{ "Abc", "update b C", -EEXIST },
};

static const struct row update_named[] = {
	{ "Abc", "update b D old B", 0, "Adc" },
	{ "Abc", "update b D old C", -EPERM },
	{ "Abc", "update b D old A", -EPERM },
	{ "Abc", "update b D old D", -EPERM },
	{ "Abc", "update b D old xdp", -EPERM },
	{ "Abc", "update b C old B", -EEXIST },
	{ "Abc", "update b C old C", -EPERM },

	/* The same program again is nothing to do. */
	{ "Abc", "update b B", 0, "Abc" },
	{ "Abc", "update b B old B", 0, "Abc" },
	{ "Abc", "update b B old C", -EPERM },

	{ "Abc", "update b xdp", -EINVAL },
	{ "Abc", "update b xdp old B", -EINVAL },
	{ "Abc", "update b xdp old C", -EPERM },
	{ "Abc", "update b map", -EINVAL },
	{ "Abc", "update b file", -EINVAL },
	{ "Abc", "update b c", -EINVAL },
	{ "Abc", "update b closed", -EBADF },
	{ "Abc", "update b closed old closed", -EBADF },
	{ "Abc", "update b D old closed", -EBADF },
	{ "Abc", "update b D old map", -EINVAL },
	{ "Abc", "update b D junk B", -EINVAL },
	{ "Abc", "update b D badflag", -EINVAL },
	{ "Abc", "update b D before", -EINVAL },
	{ "Abc", "update closed D", -EBADF },
	{ "Abc", "update B D", -EINVAL },
	{ "Abc", "update file D", -EINVAL },

	{ "Abc", "update defunct D", -ENOLINK },
	{ "Abc", "update defunct B old C", -ENOLINK },
	{ "Abc", "update defunct A", -ENOLINK },
	{ "Abc", "update defunct xdp", -ENOLINK },
	{ "Abc", "update defunct closed", -EBADF },
};

static const struct row close_link[] = {
	{ "a", "close a", 0, "" },
	{ "AbC", "close b", 0, "AC" },
	{ "abc", "close a", 0, "bc" },
	{ "abc", "close c", 0, "ab" },
};

const struct table link_tables[] = {
	TABLE(create_position, ASK_ALL),
	TABLE(create_refused, ASK_ALL),
	TABLE(create_named, ASK_REQUEST),
	TABLE(create_precedence, ASK_ALL),
	TABLE(create_named_precedence, ASK_REQUEST),
	TABLE(replace_owned, ASK_ALL),
	TABLE(detach_owned, ASK_ALL),
	TABLE(owned_named, ASK_REQUEST),
	TABLE(update, ASK_ALL),
	TABLE(update_named, ASK_REQUEST),
	TABLE(close_link, ASK_ALL),
	{ }
};
