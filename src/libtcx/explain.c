// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
/*
 * From an errno to a sentence. One errno has several causes: where the
 * attach point or the program can be asked which it is, they are asked. What
 * they answer may be younger than the failure; so nothing is asked that could
 * turn a right sentence into a wrong one, only a vague one into a sharp one.
 */
#include <errno.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdio.h>

#include "explain.h"
#include "module.h"
#include "opts.h"

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

/* What an fd is. For a program, its type and id too. */
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

/* The position of a program, from 1, or 0 if it is not attached here. */
__u32 tcx__explain_position(const struct tcx__explain *c, __u32 id)
{
	__u32 i;

	for (i = 0; c->asked && i < c->count; i++)
		if (c->prog_ids[i] == id)
			return i + 1;
	return 0;
}

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
		say(c, "%s fd %u", kind, c->what.relative_fd);
}

static void say_operation(struct tcx__explain *c)
{
	const char *verb;

	switch (c->what.op) {
	case TCX_OP_LINK_UPDATE:
	case TCX_OP_LINK_DETACH:
		tcx__explain_link_name(c);
		return;
	case TCX_OP_LINK_CREATE:
		verb = "attach with a link to";
		break;
	case TCX_OP_ATTACH:
		verb = "attach to";
		break;
	case TCX_OP_DETACH:
		verb = "detach from";
		break;
	case TCX_OP_QUERY:
		verb = "read what is attached to";
		break;
	default:
		return;
	}
	say(c, "cannot %s %s", verb, c->what.device);
	if (c->what.attach_type == BPF_TCX_INGRESS)
		say(c, " ingress");
	else if (c->what.attach_type == BPF_TCX_EGRESS)
		say(c, " egress");
	say(c, ": ");
}

static void explain_abi(struct tcx__explain *c)
{
	TCX_OPTS(tcx_module_info, info);

	if (tcx_module_info(&info) != -EPROTO || !info.version[0]) {
		say(c, "%s is not the device of tcx_backport; see what created it",
		    tcx__module_path());
		return;
	}
	say(c, "the module (version %s) has ABI version %u and libtcx (version %s) has %u; ",
	    info.version, info.abi, tcx_version(), TCX_BACKPORT_ABI);
	if (info.abi > TCX_BACKPORT_ABI)
		say(c, "upgrade libtcx and the programs that contain it, tcxctl for one");
	else
		say(c, "upgrade the module: install the newer tcx-backport-dkms, then 'modprobe -r tcx_backport && modprobe tcx_backport'");
}

static void explain_revision(struct tcx__explain *c)
{
	say(c, "it has changed since it was looked at");
	tcx__explain_ask(c);
	if (c->asked)
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

static void explain_range(struct tcx__explain *c)
{
	tcx__explain_ask(c);
	if (c->what.op != TCX_OP_DETACH && c->asked &&
	    c->count >= TCX_BACKPORT_MAX_PROGS &&
	    !(c->what.flags & BPF_F_REPLACE))
		say(c, "%u programs are attached there, and there is room for no more; detach one first",
		    c->count);
	else
		say(c, "no place satisfies everything that was asked for%s; ask for a single place",
		    c->what.flags & BPF_F_REPLACE ?
		    " (the program to be replaced stands elsewhere)" : "");
}

/* Says what is wrong with an fd that should be a SCHED_CLS program. */
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

/* 0 is an fd as any other, except where it stands for no program. */
static bool has_prog(const struct tcx__explain *c)
{
	return c->what.prog_fd || c->what.op == TCX_OP_ATTACH ||
	       c->what.op == TCX_OP_LINK_CREATE;
}

static void explain_fd(struct tcx__explain *c)
{
	if (has_prog(c) && tcx__explain_prog(c, c->what.prog_fd, "the program"))
		return;
	if (c->what.flags & BPF_F_REPLACE &&
	    tcx__explain_prog(c, c->what.replace_prog_fd,
			 "the program to be replaced"))
		return;
	say(c, "an fd in the request is not open; open the program or link it should be");
}

static void explain_invalid(struct tcx__explain *c)
{
	const __u32 flags = BPF_F_BEFORE | BPF_F_AFTER | BPF_F_ID |
			    BPF_F_LINK | BPF_F_REPLACE;
	__u32 unknown = c->what.flags & ~flags;

	if (c->what.attach_type != BPF_TCX_INGRESS &&
	    c->what.attach_type != BPF_TCX_EGRESS)
		say(c, "%u is not an attach type of tcx; use BPF_TCX_INGRESS (%d) or BPF_TCX_EGRESS (%d)",
		    c->what.attach_type, BPF_TCX_INGRESS, BPF_TCX_EGRESS);
	else if (has_prog(c) &&
		 tcx__explain_prog(c, c->what.prog_fd, "the program"))
		return;
	else if (c->what.flags & BPF_F_REPLACE &&
		 tcx__explain_prog(c, c->what.replace_prog_fd,
			      "the program to be replaced"))
		return;
	else if (unknown)
		say(c, "flags 0x%x are unknown to tcx; leave them out", unknown);
	else if (c->what.relative_fd && c->what.relative_id)
		say(c, "the relative is named by fd and by id; name it one way");
	else if (has_relative(c) && !places(c))
		say(c, "a relative is named, but not whether to go before or after it; add BPF_F_BEFORE or BPF_F_AFTER");
	else if (c->what.op == TCX_OP_DETACH && !has_prog(c) &&
		 tcx__kind(0) == TCX__PROG)
		say(c, "fd 0 is a program, but 0 stands for none here; move it up with fcntl(0, F_DUPFD_CLOEXEC, 3)");
	else if (c->what.op == TCX_OP_DETACH && c->what.flags & BPF_F_REPLACE)
		say(c, "BPF_F_REPLACE does not go with a detach; leave it out");
	else
		say(c, "the kernel finds the request invalid; the program may be offloaded to a device, or the kernel may have no tcx ('tcxctl version')");
}

static void explain_errno(struct tcx__explain *c, int err)
{
	if (tcx__explain_link(c, err))
		return;
	switch (err) {
	case -EOPNOTSUPP:
		tcx__say_absent(&c->text);
		break;
	case -EACCES:
		say(c, "%s may not be opened; run this as root, or have the open device handed on",
		    tcx__module_path());
		break;
	case -EPROTO:
		explain_abi(c);
		break;
	case -EPERM:
		if (tcx_backend() < 0) {
			say(c, "the module is not loaded, and whether the kernel has tcx cannot be found out without CAP_BPF and CAP_NET_ADMIN in the initial user namespace; run this as root on the host");
			break;
		}
		say(c, "the kernel does not permit it; it takes CAP_NET_ADMIN (and CAP_BPF or CAP_SYS_ADMIN to use programs by id) in the initial user namespace: run this as root on the host");
		break;
	case -ENODEV:
		say(c, "there is no device %s in this network namespace; 'ip link' lists those that are here, 'ip netns exec NAME' runs a command elsewhere",
		    c->what.device);
		break;
	case -ESTALE:
		explain_revision(c);
		break;
	case -EEXIST:
		explain_exists(c);
		break;
	case -ENOENT:
		explain_missing(c);
		break;
	case -EBUSY:
		explain_busy(c);
		break;
	case -ERANGE:
		explain_range(c);
		break;
	case -EBADF:
		explain_fd(c);
		break;
	case -EINVAL:
		explain_invalid(c);
		break;
	case -ENOSPC:
		say(c, "more programs are attached than the arrays can hold; query again with larger ones");
		break;
	case -E2BIG:
		say(c, "libtcx asks for something that the loaded module is too old for; upgrade tcx-backport-dkms and reload the module");
		break;
	case -ENOMEM:
		say(c, "the kernel is out of memory; try again");
		break;
	default:
		say(c, "%s", strerror(err < 0 ? -err : err));
	}
}

static void complete(struct tcx__explain *c, const struct tcx_explain_opts *opts)
{
	c->what.op = opts_get(opts, op, TCX_OP_NONE);
	c->what.ifindex = opts_get(opts, ifindex, 0);
	c->what.device = opts_get(opts, device, NULL);
	c->what.attach_type = opts_get(opts, attach_type, 0);
	c->what.prog_fd = opts_get(opts, prog_fd, 0);
	c->what.flags = opts_get(opts, flags, 0);
	c->what.relative_fd = opts_get(opts, relative_fd, 0);
	c->what.relative_id = opts_get(opts, relative_id, 0);
	c->what.replace_prog_fd = opts_get(opts, replace_prog_fd, 0);
	c->what.expected_revision = opts_get(opts, expected_revision, 0);
	c->what.link_fd = opts_get(opts, link_fd, 0);

	if (c->what.link_fd > 0 || c->what.op == TCX_OP_LINK_UPDATE ||
	    c->what.op == TCX_OP_LINK_DETACH)
		tcx__explain_link_complete(c);
	if (!c->what.device) {
		if (!if_indextoname(c->what.ifindex, c->device))
			snprintf(c->device, sizeof(c->device), "ifindex %d",
				 c->what.ifindex);
		c->what.device = c->device;
	}
}

int tcx_explain(int err, const struct tcx_explain_opts *opts, char *buf,
		size_t size)
{
	struct tcx__explain c = { .text = { .buf = buf, .size = size } };
	int saved = errno;

	if (!opts_valid(opts, tcx_explain_opts) || opts_get(opts, reserved, 0))
		return -EINVAL;
	complete(&c, opts);
	say_operation(&c);
	explain_errno(&c, err);
	errno = saved;
	return c.text.len;
}
