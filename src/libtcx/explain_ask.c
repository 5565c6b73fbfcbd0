// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
/* What explanations find out: about the attach point, and about fds. */
#include "explain.h"

void tcx__explain_ask(struct tcx__explain *c)
{
	TCX_OPTS(tcx_query_opts, q,
		.count = TCX_BACKPORT_MAX_PROGS,
		.prog_ids = c->prog_ids,
		.link_ids = c->link_ids,
	);

	c->asked = !tcx_prog_query(c->what.ifindex, c->what.attach_type, &q) &&
		   q.count <= TCX_BACKPORT_MAX_PROGS;
	c->count = q.count;
	c->revision = q.revision;
}

enum tcx__kind tcx__explain_kind(int fd, __u32 *type, __u32 *id)
{
	enum tcx__kind kind = tcx__kind(fd);
	struct bpf_prog_info info;

	if (kind != TCX__PROG)
		return kind;
	if (tcx__info(fd, &info, sizeof(info)))
		return TCX__UNKNOWN;
	*type = info.type;
	*id = info.id;
	return TCX__PROG;
}

__u32 tcx__explain_position(const struct tcx__explain *c, __u32 id)
{
	__u32 i;

	for (i = 0; c->asked && i < c->count; i++)
		if (c->prog_ids[i] == id)
			return i + 1;
	return 0;
}

bool tcx__explain_prog(struct tcx__explain *c, int fd, const char *which)
{
	__u32 type = 0, id = 0;

	switch (tcx__explain_kind(fd, &type, &id)) {
	case TCX__CLOSED:
		say(c, "%s, fd %d, is not an open file", which, fd);
		return true;
	case TCX__OTHER:
	case TCX__LINK:
		say(c, "%s, fd %d, is not a BPF program", which, fd);
		return true;
	case TCX__PROG:
		if (type == BPF_PROG_TYPE_SCHED_CLS)
			return false;
		say(c, "%s, id %u, has type number %u, and only type %u (sched_cls) can be attached; put it in a section such as \"tcx/ingress\" or \"tc\"",
		    which, id, type, BPF_PROG_TYPE_SCHED_CLS);
		return true;
	default:
		return false;
	}
}
