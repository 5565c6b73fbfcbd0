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
#include "opts.h"

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
	else if (c->what.attach_type == TCX_BACKPORT_NETKIT_PRIMARY)
		say(c, " primary");
	else if (c->what.attach_type == TCX_BACKPORT_NETKIT_PEER)
		say(c, " peer");
	say(c, ": ");
}

/* Some requests take a capability, wherever they go; asking the kernel whether it
 * has tcx takes the same one.
 */
static void explain_permission(struct tcx__explain *c)
{
	bool unknown = tcx_backend() < 0;
	const char *too = unknown && tcx__explain_wants_cap_bpf() ?
			  " and, on this kernel, CAP_BPF" : "";

	if (c->what.op == TCX_OP_QUERY)
		say(c, "a query takes CAP_NET_ADMIN%s", too);
	else if (c->what.op == TCX_OP_DETACH && !c->what.prog_fd)
		say(c, "a detach that names no program takes CAP_NET_ADMIN%s", too);
	else if (unknown)
		say(c, "the module is not loaded, and whether the kernel has tcx cannot be found out; that takes CAP_NET_ADMIN%s", too);
	else
		say(c, "the kernel does not permit it; it takes CAP_NET_ADMIN (and CAP_BPF or CAP_SYS_ADMIN to use programs by id)");
	say(c, " in the initial user namespace: run this as root on the host");
}

static void explain_errno(struct tcx__explain *c, int err)
{
	if (tcx__explain_legacy(c, err) || tcx__explain_netkit(c, err) ||
	    tcx__explain_link(c, err) || tcx__explain_module(c, err) ||
	    tcx__explain_request(c, err))
		return;
	switch (err) {
	case -EPERM:
		explain_permission(c);
		break;
	case -ENODEV:
		say(c, "there is no device %s in this network namespace; 'ip link' lists those that are here, 'nsenter --net=/run/netns/NAME' runs a command elsewhere",
		    c->what.device);
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
		say(c, "%s", strerror(-err));
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

	if (err > 0)
		err = -err;
	if (!opts_valid(opts, tcx_explain_opts) || opts_get(opts, reserved, 0)) {
		/* Many print the buffer without a look at what is returned. */
		say(&c, "%s", strerror(-err));
		errno = saved;
		return -EINVAL;
	}
	complete(&c, opts);
	if (!err) {
		say(&c, "nothing has failed: the error is 0");
	} else if (c.what.op > TCX_OP_LINK_DETACH) {
		say(&c, "operation %u is unknown to libtcx %s: %s", c.what.op,
		    tcx_version(), strerror(-err));
	} else {
		say_operation(&c);
		explain_errno(&c, err);
	}
	errno = saved;
	return c.text.len;
}
