/* SPDX-License-Identifier: GPL-2.0 */
/* Links that 'tcxctl apply' has pinned, in a folder of bpffs for each network
 * namespace. Beside each pin is a symlink that tells what was attached: the
 * declared source, and the id of the program that was made of it.
 */
#ifndef TCXCTL_OWNED_H
#define TCXCTL_OWNED_H

#include <stdbool.h>

#include "declared.h"
#include "json.h"
#include "libtcx.h"
#include "point.h"

struct owned {
	char *path;
	char name[DECLARED_NAME_MOST + 1];
	struct point point;	/* device is not set */
	struct tcx_link_info info;
	json_t *source;		/* NULL: unknown, or changed by others since */
	bool used;		/* while a plan is made */
};

struct owned_list {
	struct owned *all;
	size_t count;
	int lock;		/* or -1 */
};

/* make: the folder, if there is none; it stays locked until the list is freed. */
int owned_read(struct owned_list *list, bool make);
void owned_free(struct owned_list *list);

char *owned_path(const struct declared *what, const struct point *point);
/* Whether a pin is one of them, with what is beside it */
bool owned_is_marked(const char *path);
int owned_mark(const char *path, const json_t *source, __u32 prog_id);
/* The pin, what is beside it, and with the last reference the link */
int owned_remove(const char *path, __u32 link_id);

#endif /* TCXCTL_OWNED_H */
