// SPDX-License-Identifier: GPL-2.0
/* Links: requests to them, and who refers to them. */
#include <stdio.h>

#include "execute.h"

#define PATIENCE_MS	5000

static void pin_path(char *path, size_t size, enum ref ref)
{
	snprintf(path, size, BPFFS "/l%d", ref - REF_L);
}

/* A link whose last reference goes by another way than close() is released by
 * a worker, natively, or after a grace period (docs/differences.md, "a pin's
 * reference to a link"): wait, so that all agree what comes next. Its id
 * goes first, its program's place second.
 */
static int link_wait_gone(struct world *w, const struct link *link)
{
	struct seen seen;
	int tries, fd;
	__u32 i;

	for (tries = 0; tries < PATIENCE_MS; tries++) {
		bool there = false;

		fd = tcx_link_by_id(link->id);
		if (fd >= 0) {
			close(fd);
			there = true;
		} else if (fd != -ENOENT) {
			there = true;
		} else if (link->attached && w->dev[link->dev].there &&
			   !look(w, link->dev, link->type, &seen)) {
			for (i = 0; i < seen.count; i++)
				if (seen.link[i] == link - w->link)
					there = true;
		}
		if (!there)
			return 0;
		sleep_ms(1);
	}
	return -ETIMEDOUT;
}

/* The reference that a pin was goes after a grace period as well on 5.10. A
 * map whose only reference is another pin, removed later, goes after it: there
 * is one CPU.
 */
static int pins_wait(void)
{
	static const char path[] = BPFFS "/sentinel";
	union bpf_attr attr = {};
	struct bpf_map_info info = {};
	int map = map_create(), tries, fd, ret;

	if (map < 0)
		return map;
	ret = info_get(map, &info, sizeof(info)) ?: obj_pin(map, path);
	close(map);
	if (ret)
		return ret;
	if (unlink(path))
		return -errno;
	attr.map_id = info.id;
	for (tries = 0; tries < PATIENCE_MS; tries++) {
		fd = sys_bpf(BPF_MAP_GET_FD_BY_ID, &attr, sizeof(attr));
		if (fd < 0)
			return fd == -ENOENT ? 0 : fd;
		close(fd);
		sleep_ms(1);
	}
	return -ETIMEDOUT;
}

static int unpin(struct world *w, struct link *link, enum ref ref)
{
	char path[64];
	int ret;

	pin_path(path, sizeof(path), ref);
	if (unlink(path))
		return -errno;
	link->pinned = false;
	ret = pins_wait();
	if (ret || link->fd >= 0)
		return ret;
	return link_wait_gone(w, link);
}

/* Another fd of a link takes the place of the one it had. */
static int link_take(struct link *link, int fd)
{
	if (fd < 0)
		return fd;
	if (link->fd >= 0)
		close(link->fd);
	link->fd = fd;
	return 0;
}

static int info_print(const struct world *w, int fd, char *text, size_t size)
{
	struct tcx_link_info info = {};
	int ret, n;

	ret = info_get(fd, &info, sizeof(info));
	n = answer(text, size, ret);
	if (!ret && (info.type == BPF_LINK_TYPE_TCX ||
		     info.type == TCX_BACKPORT_LINK_TYPE_NETKIT))
		snprintf(text + n, size - n,
			 " %s l%d p%d ifindex %u attach_type %u",
			 info.type == BPF_LINK_TYPE_TCX ? "tcx" : "netkit",
			 link_number(w, info.id), prog_number(info.prog_id),
			 info.ifindex, info.attach_type);
	else if (!ret)
		snprintf(text + n, size - n, " type %u", info.type);
	return ret;
}

int on_link(struct world *w, const struct op *op, char *text, size_t size)
{
	struct link *link = op->link >= REF_L ? &w->link[op->link - REF_L] :
						NULL;
	int fd = ref_fd(w, op->link), ret;
	bool user;

	user = user_begin(op);
	switch (op->kind) {
	case UPDATE:
		ret = kept_from_links(op->prog) ? -EXDEV :
		      tcx_link_update_flags(fd, ref_fd(w, op->prog), op->flags,
					    ref_fd(w, op->old));
		if (!ret && link)
			link->prog = op->prog - REF_P;
		break;
	case LINK_DETACH:
		/* The other link that there is belongs to the tools. */
		ret = link ? tcx_link_detach(fd) : -EXDEV;
		if (!ret)
			link->attached = false;
		break;
	default:
		ret = info_print(w, fd, text, size);
		user_end(user);
		return ret;
	}
	user_end(user);
	answer(text, size, ret);
	return ret;
}

int on_reference(struct world *w, const struct op *op)
{
	struct link *link;
	char path[64];
	int ret;

	if (op->link < REF_L)
		return -EXDEV;
	link = &w->link[op->link - REF_L];
	pin_path(path, sizeof(path), op->link);
	switch (op->kind) {
	case CLOSE:
		if (link->fd < 0)
			return -EBADF;
		close(link->fd);
		link->fd = -1;
		if (!link->pinned)
			link->attached = false;
		return 0;
	case PIN:
		ret = obj_pin(ref_fd(w, op->link), path);
		if (!ret)
			link->pinned = true;
		return ret;
	case UNPIN:
		ret = unpin(w, link, op->link);
		if (!ret && link->fd < 0)
			link->attached = false;
		return ret;
	case GET:
		return link_take(link, obj_get(path));
	default:
		return link_take(link, tcx_link_by_id(link->id));
	}
}
