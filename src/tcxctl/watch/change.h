/* SPDX-License-Identifier: GPL-2.0 */
/* A change of what is attached, as `tcxctl monitor` tells of it */
#ifndef TCXCTL_CHANGE_H
#define TCXCTL_CHANGE_H

#include "events.h"
#include "info.h"

struct change {
	char what[16], device[16], comm[24];
	__u32 netns, ifindex, attach_type, prog_id, old_prog_id, link_id;
	bool by_known;		/* else the two below and comm say nothing */
	__u32 tgid, uid;
	__u64 revision;
	const void *progs;	/* ids of 4 bytes each */
	size_t n_progs;
};

__u32 change_prog(const struct change *c, size_t i);	/* of progs */
void change_print(const struct event *event, const struct change *c,
		  const struct prog_details *details);

#endif /* TCXCTL_CHANGE_H */
