/* SPDX-License-Identifier: GPL-2.0 */
/* Who keeps links alive, but for this process */
#ifndef TCXCTL_OWNERS_H
#define TCXCTL_OWNERS_H

#include <stddef.h>

#include "json.h"
#include "libtcx.h"
#include "process.h"

struct holder {
	__u32 pid;
	char command[PROCESS_COMMAND];
};

struct owner {
	__u32 link_id;
	struct holder *holders;
	size_t n_holders;
	char **pins;
	size_t n_pins;
};

struct owners {
	struct owner *links;	/* sorted by id */
	size_t count;
};

int owners_add(struct owners *owners, __u32 link_id);
/* After all have been added, and before the first is looked for. */
void owners_sort(struct owners *owners);
void owners_find(struct owners *owners);
const struct owner *owners_of(const struct owners *owners, __u32 link_id);
void owners_free(struct owners *owners);
void owner_print(const struct owner *owner, const char *indent);
json_t *owner_json(const struct owner *owner);

#endif /* TCXCTL_OWNERS_H */
