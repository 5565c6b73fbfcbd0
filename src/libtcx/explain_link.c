// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
/* What can go wrong with links only. */
#include <errno.h>

#include "explain.h"

/* A link knows where it is attached. */
void tcx__explain_link_complete(struct tcx__explain *c)
{
	TCX_OPTS(tcx_link_info, info);

	if (tcx_link_info(c->what.link_fd, &info))
		return;
	c->link = info;
	c->what.ifindex = info.ifindex;
	c->what.attach_type = info.attach_type;
}

void tcx__explain_link_name(struct tcx__explain *c)
{
	say(c, "cannot %s ",
	    c->what.op == TCX_OP_LINK_UPDATE ? "update" : "detach");
	if (c->link.id)
		say(c, "link id %u: ", c->link.id);
	else
		say(c, "the link: ");
}

static bool explain_create(struct tcx__explain *c, int err)
{
	switch (err) {
	case -EOPNOTSUPP:
		if (tcx_backend() != TCX_BACKEND_MODULE)
			return false;
		say(c, "the module does without links here, because this kernel lacks a function that they need; 'dmesg | grep tcx_backport' names it, and attaching without a link works");
		return true;
	case -ENOTTY:
		say(c, "the loaded module is from before links; upgrade tcx-backport-dkms and reload the module, or attach without a link");
		return true;
	case -ENOENT:
		if (!(c->what.flags & BPF_F_REPLACE))
			return false;
		say(c, "a link replaces nothing; leave BPF_F_REPLACE out, or update the link that is there");
		return true;
	}
	return false;
}

static void explain_defunct(struct tcx__explain *c)
{
	say(c, "it is defunct: its device is gone, or it was detached; ");
	say(c, "nothing brings it back, so close or unpin it and attach with a new link");
}

/* With the flag, fd 0 is a program as well. */
static bool has_old(const struct tcx__explain *c)
{
	return c->what.flags & BPF_F_REPLACE || c->what.replace_prog_fd;
}

static void explain_old(struct tcx__explain *c)
{
	__u32 type, id = 0;

	tcx__explain_kind(c->what.replace_prog_fd, &type, &id);
	say(c, "the program that was to be replaced");
	if (id)
		say(c, ", id %u,", id);
	say(c, " is not the present one");
	if (c->link.prog_id)
		say(c, ", which is id %u", c->link.prog_id);
	say(c, "; somebody was faster: look at it again and decide anew");
}

/* The link may be in another network namespace than we are, and what was asked
 * another device with the same ifindex.
 */
static bool asked_its_point(const struct tcx__explain *c)
{
	__u32 i;

	for (i = 0; c->asked && i < c->count; i++)
		if (c->link_ids[i] == c->link.id)
			return true;
	return false;
}

static void explain_exists(struct tcx__explain *c)
{
	__u32 type, id = 0, pos;

	tcx__explain_ask(c);
	if (tcx__explain_kind(c->what.prog_fd, &type, &id) == TCX__PROG)
		say(c, "program id %u", id);
	else
		say(c, "the new program");
	say(c, " is attached already where the link is");
	pos = asked_its_point(c) ? tcx__explain_position(c, id) : 0;
	if (pos)
		say(c, ", at place %u", pos);
	say(c, "; detach it there, or load it a second time to run it twice");
}

static void explain_invalid(struct tcx__explain *c)
{
	if (c->what.op == TCX_OP_LINK_UPDATE &&
	    tcx__explain_prog(c, c->what.prog_fd, "the new program"))
		return;
	if (c->what.op == TCX_OP_LINK_UPDATE && has_old(c) &&
	    tcx__explain_prog(c, c->what.replace_prog_fd, "the old program"))
		return;
	if (!c->link.id)
		say(c, "it is not a link of tcx; 'bpftool link' lists links of every kind");
	else
		say(c, "the kernel finds the request invalid; an old program is to be named together with BPF_F_REPLACE");
}

static bool explain_change(struct tcx__explain *c, int err)
{
	switch (err) {
	case -ENOLINK:
		explain_defunct(c);
		return true;
	case -EPERM:
		if (!has_old(c))
			return false;
		explain_old(c);
		return true;
	case -EEXIST:
		explain_exists(c);
		return true;
	case -EINVAL:
	case -EBADF:
		explain_invalid(c);
		return true;
	case -EOPNOTSUPP:
		say(c, "links of its type cannot be %s",
		    c->what.op == TCX_OP_LINK_UPDATE ? "updated" : "detached");
		return true;
	case -ENOENT:
		say(c, "the link is gone; 'tcxctl show' lists what is attached");
		return true;
	}
	return false;
}

bool tcx__explain_link(struct tcx__explain *c, int err)
{
	switch (c->what.op) {
	case TCX_OP_LINK_CREATE:
		return explain_create(c, err);
	case TCX_OP_LINK_UPDATE:
	case TCX_OP_LINK_DETACH:
		return explain_change(c, err);
	}
	return false;
}
