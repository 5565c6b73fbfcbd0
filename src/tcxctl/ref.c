// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ref.h"
#include "refuse.h"

const char ref_help[] =
"\n"
"REF is a program that is attached there\n"
"  id:N                          by its id\n"
"  link:N                        by the id of the link that owns it\n"
"  pinned:PATH                   by its path in bpffs, or its link's\n"
"  first, last                   by its place\n";

int ref_id_parse(__u32 *id, const char *text)
{
	unsigned long long n;
	char *end;

	errno = 0;
	n = strtoull(text, &end, 10);
	if (errno || *end || *text < '0' || *text > '9' || !n || n > UINT32_MAX)
		return usage("'%s' is not an id; ids are numbers above 0",
			     text);
	*id = n;
	return 0;
}

int ref_parse(struct ref *ref, const char *text, const char *option)
{
	if (!strcmp(text, "first")) {
		ref->kind = REF_FIRST;
	} else if (!strcmp(text, "last")) {
		ref->kind = REF_LAST;
	} else if (!strncmp(text, "id:", 3)) {
		ref->kind = REF_ID;
		return ref_id_parse(&ref->id, text + 3);
	} else if (!strncmp(text, "link:", 5)) {
		ref->kind = REF_LINK;
		return ref_id_parse(&ref->id, text + 5);
	} else if (!strncmp(text, "pinned:", 7) && text[7]) {
		ref->kind = REF_PINNED;
		ref->path = text + 7;
	} else {
		return usage("%s takes id:N, link:N, pinned:PATH, first or last, not '%s'",
			     option, text);
	}
	return 0;
}
