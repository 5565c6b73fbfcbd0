// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
/* What can go wrong with a request about an attach point. */
#include <errno.h>

#include "explain.h"

static bool places(const struct tcx__explain *c)
{
	return c->what.flags & (BPF_F_BEFORE | BPF_F_AFTER);
}

static bool has_relative(const struct tcx__explain *c)
{
	return c->what.relative_fd || c->what.relative_id;
}

static void say_relative(struct tcx__explain *c)
{
	const char *kind = c->what.flags & BPF_F_LINK ? "link" : "program";
	__u32 type, id;

	if (c->what.relative_id)
		say(c, "%s id %u", kind, c->what.relative_id);
	else if (tcx__explain_kind(c->what.relative_fd, &type, &id) == TCX__PROG)
		say(c, "program id %u", id);
	else
		say(c, "%s fd %d", kind, (int)c->what.relative_fd);
}

static void explain_revision(struct tcx__explain *c)
{
	say(c, "it has changed since it was looked at");
	tcx__explain_ask(c);
	if (c->asked && c->what.expected_revision)
		say(c, ": its revision is %llu, not %llu",
		    (unsigned long long)c->revision,
		    (unsigned long long)c->what.expected_revision);
	say(c, "; look at it again and decide anew");
}

static void explain_exists(struct tcx__explain *c)
{
	__u32 type, id = 0, pos;

	tcx__explain_ask(c);
	if (tcx__explain_kind(c->what.prog_fd, &type, &id) != TCX__PROG) {
		say(c, "the program is attached there already");
	} else {
		say(c, "program id %u is attached there already", id);
		pos = tcx__explain_position(c, id);
		if (pos)
			say(c, ", at place %u", pos);
	}
	say(c, "; detach it first to move it, or load it a second time to run it twice");
}

static void explain_missing(struct tcx__explain *c)
{
	__u32 type, id = 0, old = 0;
	bool detach = c->what.op == TCX_OP_DETACH;
	bool known;

	if (tcx__explain_no_relative(c))
		return;
	tcx__explain_ask(c);
	if (c->asked && !c->count) {
		say(c, "nothing is attached there");
		if (has_relative(c) || c->what.flags & BPF_F_REPLACE)
			say(c, ", so there is no program to refer to; attach without naming one");
		else
			say(c, "; 'tcxctl show' lists what is attached where");
		return;
	}
	if (!detach && c->what.flags & BPF_F_REPLACE &&
	    !(tcx__explain_kind(c->what.replace_prog_fd, &type, &old) == TCX__PROG &&
	      tcx__explain_position(c, old))) {
		if (old)
			say(c, "program id %u, which is to be replaced, is not attached there",
			    old);
		else
			say(c, "the program to be replaced is not attached there");
		say(c, "; 'tcxctl show' lists what is");
		return;
	}
	known = detach && c->what.prog_fd > 0 &&
		tcx__explain_kind(c->what.prog_fd, &type, &id) == TCX__PROG;
	if (known && !tcx__explain_position(c, id)) {
		say(c, "program id %u is not attached there", id);
	} else if (has_relative(c)) {
		say_relative(c);
		say(c, ", which the place was to be relative to, is not attached there");
	} else {
		say(c, "no such program is attached there");
	}
	say(c, "; 'tcxctl show' lists what is");
}

/* Finds the link that owns the program that the request would have touched. */
static __u32 owner(struct tcx__explain *c)
{
	bool replace = c->what.op == TCX_OP_ATTACH;
	int fd = replace ? (int)c->what.replace_prog_fd : c->what.prog_fd;
	__u32 type, id, pos = 0;

	tcx__explain_ask(c);
	if (!c->asked || !c->count)
		return 0;
	if (replace || fd > 0)
		pos = tcx__explain_kind(fd, &type, &id) == TCX__PROG ? tcx__explain_position(c, id) : 0;
	else if (!has_relative(c))
		pos = c->what.flags & BPF_F_BEFORE ? 1 : c->count;
	return pos ? c->link_ids[pos - 1] : 0;
}

static void explain_busy(struct tcx__explain *c)
{
	__u32 link = owner(c);

	say(c, "the program is owned by ");
	if (link)
		say(c, "link id %u, and only its owner can %s it; 'tcxctl show' says who that is, 'tcxctl %s link %u' acts as the owner would",
		    link, c->what.op == TCX_OP_DETACH ? "remove" : "replace",
		    c->what.op == TCX_OP_DETACH ? "detach" : "update", link);
	else
		say(c, "a link, and only the link can change it; 'tcxctl show' lists the links and who holds them");
}

/* An array's end has no place if all places are taken. */
static bool names_end_of_full(const struct tcx__explain *c)
{
	return c->what.op == TCX_OP_DETACH && c->asked &&
	       c->count >= TCX_BACKPORT_MAX_PROGS && !has_relative(c) &&
	       !(c->what.flags & BPF_F_BEFORE);
}

static void explain_range(struct tcx__explain *c)
{
	tcx__explain_ask(c);
	if (names_end_of_full(c))
		say(c, "the last of %u programs cannot be named by its place; name the program%s",
		    c->count, c->what.flags & BPF_F_AFTER ?
		    ", and leave BPF_F_AFTER out" : "");
	else if (c->what.op != TCX_OP_DETACH && c->asked &&
	    c->count >= TCX_BACKPORT_MAX_PROGS &&
	    !(c->what.flags & BPF_F_REPLACE))
		say(c, "%u programs are attached there, and there is room for no more; detach one first",
		    c->count);
	else
		say(c, "no place satisfies everything that was asked for%s; ask for a single place",
		    c->what.flags & BPF_F_REPLACE ?
		    " (the program to be replaced stands elsewhere)" : "");
}

/* 0 is an fd as any other, except where it stands for no program. */
static bool has_prog(const struct tcx__explain *c)
{
	return c->what.prog_fd || c->what.op == TCX_OP_ATTACH ||
	       c->what.op == TCX_OP_LINK_CREATE;
}

/* Says which of the request's fds is not what it should be, if one is. */
static bool explain_fds(struct tcx__explain *c)
{
	if (has_prog(c) && tcx__explain_prog(c, c->what.prog_fd, "the program"))
		return true;
	if (c->what.op == TCX_OP_ATTACH && c->what.flags & BPF_F_REPLACE &&
	    tcx__explain_prog(c, c->what.replace_prog_fd,
			      "the program to be replaced"))
		return true;
	return c->what.op != TCX_OP_QUERY && tcx__explain_relative(c);
}

static void explain_fd(struct tcx__explain *c)
{
	if (explain_fds(c))
		return;
	say(c, "an fd in the request is not open; open the program or link it should be");
}

static void explain_invalid(struct tcx__explain *c)
{
	const __u32 flags = BPF_F_BEFORE | BPF_F_AFTER | BPF_F_ID |
			    BPF_F_LINK | BPF_F_REPLACE;
	__u32 unknown = c->what.flags & ~flags;

	if (c->what.attach_type != BPF_TCX_INGRESS &&
	    c->what.attach_type != BPF_TCX_EGRESS &&
	    !tcx__explain_of_netkit(c))
		say(c, "%u is not an attach type of tcx; use BPF_TCX_INGRESS (%d) or BPF_TCX_EGRESS (%d)",
		    c->what.attach_type, BPF_TCX_INGRESS, BPF_TCX_EGRESS);
	else if (c->what.op == TCX_OP_DETACH && c->what.flags & BPF_F_REPLACE)
		say(c, "a detach replaces nothing; leave BPF_F_REPLACE out");
	else if (unknown)
		say(c, "flags 0x%x are unknown to tcx; leave them out", unknown);
	else if (c->what.relative_fd && c->what.relative_id)
		say(c, "the relative is named by fd and by id; name it one way");
	else if (explain_fds(c))
		return;
	else if (has_relative(c) && !places(c))
		say(c, "a relative is named, but not whether to go before or after it; add BPF_F_BEFORE or BPF_F_AFTER");
	else if (c->what.op == TCX_OP_DETACH && !has_prog(c) &&
		 tcx__kind(0) == TCX__PROG)
		say(c, "fd 0 is a program, but 0 stands for none here; move it up with fcntl(0, F_DUPFD_CLOEXEC, 3)");
	else
		say(c, "the request is invalid; its options may not have been declared with TCX_OPTS(), the program may be offloaded to a device, or the kernel may have no tcx ('tcxctl version')");
}

bool tcx__explain_request(struct tcx__explain *c, int err)
{
	switch (err) {
	case -ESTALE:
		explain_revision(c);
		return true;
	case -EEXIST:
		explain_exists(c);
		return true;
	case -ENOENT:
		explain_missing(c);
		return true;
	case -EBUSY:
		explain_busy(c);
		return true;
	case -ERANGE:
		explain_range(c);
		return true;
	case -EBADF:
		explain_fd(c);
		return true;
	case -EINVAL:
		explain_invalid(c);
		return true;
	}
	return false;
}
