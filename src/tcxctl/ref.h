/* SPDX-License-Identifier: GPL-2.0 */
/* Programs that are attached, as --before and its kin name them */
#ifndef TCXCTL_REF_H
#define TCXCTL_REF_H

#include "libtcx.h"

enum ref_kind { REF_ID, REF_LINK, REF_PINNED, REF_FIRST, REF_LAST };

struct ref {
	enum ref_kind kind;
	__u32 id;
	const char *path;
};

extern const char ref_help[];

int ref_parse(struct ref *ref, const char *text, const char *option);
int ref_id_parse(__u32 *id, const char *text);

#endif /* TCXCTL_REF_H */
