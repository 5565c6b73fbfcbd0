// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
/* What explanations find out: about the attach point, and about fds. */
#include <errno.h>

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

/* Some kernels, 5.10 for one, let nobody into bpf(2) at all who lacks CAP_BPF,
 * unless kernel.unprivileged_bpf_disabled is 0.
 */
bool tcx__explain_wants_cap_bpf(void)
{
	struct bpf_prog_info info;

	return tcx__info(-1, &info, sizeof(info)) == -EPERM;
}

static bool explain_no_link(struct tcx__explain *c, int fd)
{
	TCX_OPTS(tcx_link_info, info);

	switch (tcx__kind(fd)) {
	case TCX__PROG:
		say(c, "the relative, fd %d, is a program; leave BPF_F_LINK out",
		    fd);
		return true;
	case TCX__OTHER:
		say(c, "the relative, fd %d, is not a BPF link", fd);
		return true;
	case TCX__LINK:
		if (tcx_link_info(fd, &info) != -EINVAL)
			return false;
		say(c, "the relative, fd %d, is a link, but not of tcx; 'tcxctl show' lists those that are",
		    fd);
		return true;
	default:
		return false;
	}
}

static bool explain_no_program(struct tcx__explain *c, int fd)
{
	__u32 type = 0, id = 0;

	switch (tcx__explain_kind(fd, &type, &id)) {
	case TCX__LINK:
		say(c, "the relative, fd %d, is a link; add BPF_F_LINK", fd);
		return true;
	case TCX__OTHER:
		say(c, "the relative, fd %d, is not a BPF program", fd);
		return true;
	case TCX__PROG:
		if (type == BPF_PROG_TYPE_SCHED_CLS)
			return false;
		say(c, "the relative, program id %u, has type number %u, and only type %u (sched_cls) is attached there; name one of those, 'tcxctl show' lists them",
		    id, type, BPF_PROG_TYPE_SCHED_CLS);
		return true;
	default:
		return false;
	}
}

bool tcx__explain_no_relative(struct tcx__explain *c)
{
	__u32 flags = c->what.flags & (BPF_F_ID | BPF_F_LINK);

	if (!flags || c->what.relative_fd || c->what.relative_id)
		return false;
	/* Alone, the one for links makes 0 an fd. */
	if (flags == BPF_F_LINK && tcx__kind(0) == TCX__LINK)
		return false;
	say(c, "%s is given, but no relative; name one, or leave the flag out",
	    flags & BPF_F_LINK ? "BPF_F_LINK" : "BPF_F_ID");
	return true;
}

bool tcx__explain_relative(struct tcx__explain *c)
{
	bool link = c->what.flags & BPF_F_LINK;
	int fd = c->what.relative_fd;

	if (tcx__explain_no_relative(c))
		return true;
	/* With the flag, 0 is an fd. */
	if (c->what.relative_id || c->what.flags & BPF_F_ID || (!fd && !link))
		return false;
	if (tcx__kind(fd) == TCX__CLOSED) {
		say(c, "the relative, fd %d, is not an open file", fd);
		return true;
	}
	return link ? explain_no_link(c, fd) : explain_no_program(c, fd);
}
