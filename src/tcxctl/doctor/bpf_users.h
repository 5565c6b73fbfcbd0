/* SPDX-License-Identifier: GPL-2.0 */
/* Which programs, maps and links processes have open, but for this one: by their
 * fds, which are in /proc. Those of processes that may not be looked into are not
 * seen.
 */
#ifndef TCXCTL_BPF_USERS_H
#define TCXCTL_BPF_USERS_H

#include <stdbool.h>
#include <stddef.h>

#include <linux/types.h>

enum bpf_kind { BPF_KIND_PROG, BPF_KIND_MAP, BPF_KIND_LINK, BPF_KINDS };

struct bpf_users {
	struct bpf_ids {
		__u32 *ids;	/* sorted */
		size_t count;
	} of[BPF_KINDS];
};

/* Returns 0 or a negative errno; to be freed in either case. */
int bpf_users_find(struct bpf_users *users);
bool bpf_users_has(const struct bpf_users *users, enum bpf_kind kind, __u32 id);
void bpf_users_free(struct bpf_users *users);

#endif /* TCXCTL_BPF_USERS_H */
