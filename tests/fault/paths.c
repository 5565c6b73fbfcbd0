// SPDX-License-Identifier: GPL-2.0
/* The requests: each with what has to be there before it, and the way back. */
#include "fault.h"
#include "path.h"

#define IN	BPF_TCX_INGRESS

static int none(struct world *w)
{
	return 0;
}

static int undo_nothing(struct world *w, int ret)
{
	return 0;
}

static int attach(struct world *w, int prog, __u32 flags, int replace, int rel)
{
	return sys_prog_attach(w->dev, IN, w->prog[prog], flags, replace, rel,
			       0);
}

static int detach(struct world *w, int prog)
{
	return sys_prog_detach(w->dev, IN, w->prog[prog], 0, 0, 0);
}

static int with_one(struct world *w)
{
	return attach(w, 1, 0, 0, 0);
}

static int with_three(struct world *w)
{
	return attach(w, 1, 0, 0, 0) ?: attach(w, 2, 0, 0, 0) ?:
	       attach(w, 0, 0, 0, 0);
}

static int with_link(struct world *w)
{
	w->link = sys_link_create(w->dev, IN, w->prog[1], 0, 0, 0);
	w->link_id = link_id(w->link);
	return w->link < 0 ? w->link : 0;
}

/* Beside the last one there is another, so that its release allocates. */
static int with_two_links(struct world *w)
{
	w->link2 = sys_link_create(w->dev, IN, w->prog[2], 0, 0, 0);
	return w->link2 < 0 ? w->link2 : with_link(w);
}

static int attach_first(struct world *w)
{
	return attach(w, 0, 0, 0, 0);
}

static int attach_egress(struct world *w)
{
	return sys_prog_attach(w->dev, BPF_TCX_EGRESS, w->prog[0], 0, 0, 0, 0);
}

static int attach_after_fd(struct world *w)
{
	return attach(w, 0, BPF_F_AFTER, 0, w->prog[1]);
}

static int attach_before_id(struct world *w)
{
	return attach(w, 0, BPF_F_BEFORE | BPF_F_ID, 0, w->prog1_id);
}

static int attach_after_link(struct world *w)
{
	return attach(w, 0, BPF_F_AFTER | BPF_F_LINK, 0, w->link);
}

static int attach_after_link_id(struct world *w)
{
	return attach(w, 0, BPF_F_AFTER | BPF_F_LINK | BPF_F_ID, 0,
		      w->link_id);
}

static int undo_attach(struct world *w, int ret)
{
	return detach(w, 0);
}

/* An attach point lives as long as its device: for the first program of the next
 * try there has to be another one.
 */
static int device_renew(struct world *w)
{
	int ret = link_del(w->dev);

	if (ret)
		return ret;
	w->dev = dummy_add("fault0");
	return w->dev < 0 ? w->dev : 0;
}

static int undo_attach_first(struct world *w, int ret)
{
	return detach(w, 0) ?: device_renew(w);
}

static int undo_attach_egress(struct world *w, int ret)
{
	return sys_prog_detach(w->dev, BPF_TCX_EGRESS, w->prog[0], 0, 0, 0) ?:
	       device_renew(w);
}

static int replace(struct world *w)
{
	return attach(w, 0, BPF_F_REPLACE, w->prog[1], 0);
}

static int undo_replace(struct world *w, int ret)
{
	return attach(w, 1, BPF_F_REPLACE, w->prog[0], 0);
}

static int detach_named(struct world *w)
{
	return detach(w, 1);
}

static int detach_unnamed(struct world *w)
{
	return sys_prog_detach(w->dev, IN, 0, BPF_F_BEFORE, 0, 0);
}

static int undo_detach(struct world *w, int ret)
{
	return attach(w, 1, BPF_F_BEFORE, 0, 0);
}

static int query(struct world *w)
{
	__u32 ids[64], links[64], flags[64], link_flags[64];
	struct sys_query q = {
		.count = 64,
		.prog_ids = ids,
		.prog_attach_flags = flags,
		.link_ids = links,
		.link_attach_flags = link_flags,
	};

	return sys_prog_query(w->dev, IN, &q);
}

static int info(struct world *w)
{
	struct tcx_backport_info arg = {};

	return sys_ioctl(TCX_BACKPORT_INFO, &arg);
}

static int open_device(struct world *w)
{
	int fd = open(TCX_BACKPORT_DEVICE, O_RDWR | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static int undo_fd(struct world *w, int ret)
{
	close(ret);
	return 0;
}

static int link_create(struct world *w)
{
	return sys_link_create(w->dev, IN, w->prog[0], 0, 0, 0);
}

static int link_create_before_link(struct world *w)
{
	return sys_link_create(w->dev, IN, w->prog[0],
			       BPF_F_BEFORE | BPF_F_LINK, w->link, 0);
}

/* It is freed later than it is closed; then its references are given back. */
static int undo_link(struct world *w, int ret)
{
	int links = links_count(), references = module_references(), tries;

	close(ret);
	for (tries = 0; tries < 150; tries++) {
		if (links_count() < links && module_references() < references)
			return 0;
		sleep_ms(20);
	}
	return -ETIMEDOUT;
}

static int undo_link_first(struct world *w, int ret)
{
	return undo_link(w, ret) ?: device_renew(w);
}

static int link_update(struct world *w)
{
	return tcx_link_update(w->link, w->prog[0]);
}

static int undo_link_update(struct world *w, int ret)
{
	return tcx_link_update(w->link, w->prog[1]);
}

static int link_detach(struct world *w)
{
	return tcx_link_detach(w->link);
}

static int undo_link_gone(struct world *w, int ret)
{
	if (w->link >= 0)
		undo_link(w, w->link);
	return with_link(w);
}

/* Its answer says nothing: look whether the program has gone. */
static int link_close(struct world *w)
{
	int fd = w->link;

	w->link = -1;
	return close(fd) ? -errno : 0;
}

static int undo_link_close(struct world *w, int ret)
{
	struct sys_query q = { 0 };
	int err = sys_prog_query(w->dev, IN, &q);

	if (err || q.count != 1) {
		problem("closed, but %u programs are attached", q.count);
		return -EBUSY;
	}
	return with_link(w);
}

const struct path paths[] = {
	{ "attach, the first one", none, attach_first, undo_attach_first },
	{ "attach, egress", none, attach_egress, undo_attach_egress },
	{ "attach after a program", with_one, attach_after_fd, undo_attach },
	{ "attach before an id", with_one, attach_before_id, undo_attach },
	{ "attach after a link", with_link, attach_after_link, undo_attach },
	{ "attach after a link's id", with_link, attach_after_link_id,
	  undo_attach },
	{ "replace", with_one, replace, undo_replace },
	{ "detach", with_three, detach_named, undo_detach, true },
	{ "detach, the last one", with_one, detach_named, undo_detach, true },
	{ "detach by position", with_three, detach_unnamed, undo_detach, true },
	{ "query", with_three, query, undo_nothing, true },
	{ "query of links", with_two_links, query, undo_nothing, true },
	{ "info", none, info, undo_nothing, true },
	{ "open", none, open_device, undo_fd },
	{ "link create, the first one", none, link_create, undo_link_first },
	{ "link create before a link", with_link, link_create_before_link,
	  undo_link },
	{ "link update", with_link, link_update, undo_link_update },
	{ "link detach", with_two_links, link_detach, undo_link_gone, true },
	{ "link close", with_two_links, link_close, undo_link_close, true },
};

const unsigned int nr_paths = sizeof(paths) / sizeof(*paths);
