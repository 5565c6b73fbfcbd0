// SPDX-License-Identifier: GPL-2.0
/* A query, and what it has written where. */
#include <stdio.h>

#include "execute.h"

#define POISON		0xabababab

/* What was not to be written holds its poison still. */
static int array_print(const __u32 *array, __u32 count, const char *name,
		       char *text, size_t size)
{
	int n = 0;
	__u32 i;

	for (i = 0; i < CAPACITY; i++)
		if (array[i] == POISON || array[i])
			break;
	if (i < count && array[i] != POISON)
		n = snprintf(text, size, " %s NOT ZERO", name);
	if (i < count && array[i] == POISON)
		n = snprintf(text, size, " %s untouched from %u", name, i);
	for (i = count; i < CAPACITY; i++)
		if (array[i] != POISON)
			return n + snprintf(text + n, size - n,
					    " %s OVERRUN", name);
	return n;
}

static int ids_print(const struct world *w, const __u32 *ids, bool links,
		     char *text, size_t size)
{
	int n = snprintf(text, size, links ? " links" : " programs"), i;

	for (i = 0; i < CAPACITY; i++) {
		if (ids[i] == POISON)
			continue;
		if (i && ids[i - 1] == POISON)
			n += snprintf(text + n, size - n, " GAP");
		if (!links)
			n += snprintf(text + n, size - n, " p%d",
				      prog_number(ids[i]));
		else if (ids[i])
			n += snprintf(text + n, size - n, " l%d",
				      link_number(w, ids[i]));
		else
			n += snprintf(text + n, size - n, " -");
	}
	return n;
}

int query(struct world *w, const struct op *op, char *text, size_t size)
{
	static __u32 ids[CAPACITY], flags[CAPACITY], links[CAPACITY],
		link_flags[CAPACITY];
	struct sys_query q = {
		.query_flags = op->query_flags,
		.attach_flags = op->flags,
		.count = op->cap,
		.prog_ids = op->want & WANT_BAD_PTR ? (void *)8 :
			    op->want & WANT_IDS ? ids : NULL,
		.prog_attach_flags = op->want & WANT_FLAGS ? flags : NULL,
		.link_ids = op->want & WANT_LINKS ? links : NULL,
		.link_attach_flags = op->want & WANT_LINK_FLAGS ? link_flags :
								  NULL,
	};
	__u32 filled;
	bool user;
	int ret, n;

	memset(ids, 0xab, sizeof(ids));
	memset(flags, 0xab, sizeof(flags));
	memset(links, 0xab, sizeof(links));
	memset(link_flags, 0xab, sizeof(link_flags));
	space_enter(op->far);
	user = user_begin(op);
	ret = sys_prog_query(ifindex_of(op), type_value(op->type), &q);
	user_end(user);
	space_enter(false);
	n = answer(text, size, ret);
	n += snprintf(text + n, size - n,
		      " count %u revision %llu attach_flags %#x", q.count,
		      q.revision, q.attach_flags);
	filled = q.count < (__u32)op->cap ? q.count : (__u32)op->cap;
	if (ret == 0 || ret == -ENOSPC) {
		if (q.prog_ids == ids)
			n += ids_print(w, ids, false, text + n, size - n);
		if (q.link_ids)
			n += ids_print(w, links, true, text + n, size - n);
	} else {
		filled = 0;
	}
	n += array_print(flags, q.prog_attach_flags && q.prog_ids ? filled : 0,
			 "flags", text + n, size - n);
	array_print(link_flags,
		    q.link_attach_flags && q.prog_ids ? filled : 0,
		    "link flags", text + n, size - n);
	return ret;
}
