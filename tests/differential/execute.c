// SPDX-License-Identifier: GPL-2.0
/* Carries out an operation and says in words what came of it. */
#include <stdio.h>

#include "differ.h"

#define POISON		0xabababab
#define PATIENCE_MS	5000

static int type_value(enum type type)
{
	switch (type) {
	case IN:
		return BPF_TCX_INGRESS;
	case OUT:
		return BPF_TCX_EGRESS;
	default:
		return 999;
	}
}

static int ifindex_of(const struct op *op)
{
	return op->dev < DEVS ? IFINDEX(op->dev) : IFINDEX_NONE;
}

static __u64 revision_of(const struct world *w, const struct op *op)
{
	__u64 now = 1;

	if (op->dev < DEVS && op->type < TYPE_BAD)
		now = w->seen[op->dev][op->type].revision;
	switch (op->rev) {
	case REV_NOW:
		return now;
	case REV_NEXT:
		return now + 1;
	case REV_PREV:
		return now - 1;
	case REV_ONE:
		return 1;
	case REV_HUGE:
		/* Equal to the present one in the lower half. */
		return now | 1ULL << 32;
	default:
		return 0;
	}
}

/* An id says nothing about what it is of: only one of the right kind is sure
 * to be of nothing else.
 */
static __u32 relative_of(const struct world *w, const struct op *op)
{
	bool link = op->rel >= REF_L || op->rel == REF_XDPLINK;

	if (!(op->flags & BPF_F_ID))
		return ref_fd(w, op->rel);
	if (op->rel != REF_NONE && link != !!(op->flags & BPF_F_LINK))
		return ID_NONE;
	return ref_id(w, op->rel);
}

static int answer(char *text, size_t size, int ret)
{
	const char *name = ret < 0 ? strerrorname_np(-ret) : "0";

	if (!name)	/* one of the kernel's own, like ENOTSUPP */
		return snprintf(text, size, " = error %d", -ret);
	return snprintf(text, size, " = %s", name);
}

static int seen_print(const struct seen *seen, char *text, size_t size)
{
	int n = snprintf(text, size, " | revision %llu:", seen->revision);
	__u32 i;

	for (i = 0; i < seen->count; i++) {
		n += snprintf(text + n, size - n, " p%d", seen->prog[i]);
		if (seen->link[i] < LINKS)
			n += snprintf(text + n, size - n, "/l%d",
				      seen->link[i]);
	}
	return n;
}

static void look_print(struct world *w, int dev, enum type type, char *text,
		       size_t size)
{
	struct seen *seen = &w->seen[dev][type];
	int ret = look(w, dev, type, seen);

	if (ret)
		snprintf(text, size, " | %s", strerrorname_np(-ret));
	else
		seen_print(seen, text, size);
}

static bool user_begin(const struct op *op)
{
	return op->user && !seteuid(65534);
}

static void user_end(bool begun)
{
	if (begun && seteuid(0))
		abort();
}

/* When a link lets go of its program is uncertain. What is closed while it is
 * attached, to see when it goes, is no link's.
 */
static bool kept_from_links(enum ref prog)
{
	return prog >= REF_P + LINK_PROGS && prog < REF_L;
}

/* The three requests that change an attach point. */
static int change(struct world *w, const struct op *op, char *text,
		  size_t size)
{
	__u64 revision = revision_of(w, op);
	int prog = ref_fd(w, op->prog), type = type_value(op->type), ret, n;
	struct link *link = NULL;
	bool undocumented = false, user;

	if (op->kind == CREATE) {
		if (op->link < REF_L)
			return snprintf(text, size, " = no slot");
		link = &w->link[op->link - REF_L];
		if (link->fd >= 0 || link->pinned)
			return snprintf(text, size, " = slot in use");
		if (kept_from_links(op->prog))
			return snprintf(text, size, " = not for links");
	}
	space_enter(op->far);
	user = user_begin(op);
	switch (op->kind) {
	case ATTACH:
		ret = sys_prog_attach(ifindex_of(op), type, prog, op->flags,
				      ref_fd(w, op->old), relative_of(w, op),
				      revision);
		break;
	case DETACH:
		ret = sys_prog_detach(ifindex_of(op), type, prog, op->flags,
				      relative_of(w, op), revision);
		break;
	default:
		ret = create(ifindex_of(op), type, prog, op->flags,
			     relative_of(w, op), revision, &undocumented);
	}
	user_end(user);
	space_enter(false);
	n = answer(text, size, ret);
	if (undocumented)
		n += snprintf(text + n, size - n, " ACCEPTED UNKNOWN FLAGS");
	if (ret < 0 || !link)
		return ret;
	*link = (struct link){
		.fd = ret, .id = link_id(ret), .dev = op->dev,
		.type = op->type, .prog = op->prog - REF_P, .attached = true,
	};
	return 0;
}

/* What was not to be written holds its poison still. */
static int array_print(const __u32 *array, __u32 count, const char *name,
		       char *text, size_t size)
{
	int n = 0;
	__u32 i;

	for (i = 0; i < CAPACITY; i++)
		if (array[i] == POISON || array[i])
			break;
	if (i < count && array[i] != POISON)
		n = snprintf(text, size, " %s NOT ZERO", name);
	if (i < count && array[i] == POISON)
		n = snprintf(text, size, " %s untouched from %u", name, i);
	for (i = count; i < CAPACITY; i++)
		if (array[i] != POISON)
			return n + snprintf(text + n, size - n,
					    " %s OVERRUN", name);
	return n;
}

static int ids_print(const struct world *w, const __u32 *ids, bool links,
		     char *text, size_t size)
{
	int n = snprintf(text, size, links ? " links" : " programs"), i;

	for (i = 0; i < CAPACITY; i++) {
		if (ids[i] == POISON)
			continue;
		if (i && ids[i - 1] == POISON)
			n += snprintf(text + n, size - n, " GAP");
		if (!links)
			n += snprintf(text + n, size - n, " p%d",
				      prog_number(ids[i]));
		else if (ids[i])
			n += snprintf(text + n, size - n, " l%d",
				      link_number(w, ids[i]));
		else
			n += snprintf(text + n, size - n, " -");
	}
	return n;
}

static int query(struct world *w, const struct op *op, char *text, size_t size)
{
	static __u32 ids[CAPACITY], flags[CAPACITY], links[CAPACITY],
		link_flags[CAPACITY];
	struct sys_query q = {
		.query_flags = op->query_flags,
		.attach_flags = op->flags,
		.count = op->cap,
		.prog_ids = op->want & WANT_BAD_PTR ? (void *)8 :
			    op->want & WANT_IDS ? ids : NULL,
		.prog_attach_flags = op->want & WANT_FLAGS ? flags : NULL,
		.link_ids = op->want & WANT_LINKS ? links : NULL,
		.link_attach_flags = op->want & WANT_LINK_FLAGS ? link_flags :
								  NULL,
	};
	__u32 filled;
	bool user;
	int ret, n;

	memset(ids, 0xab, sizeof(ids));
	memset(flags, 0xab, sizeof(flags));
	memset(links, 0xab, sizeof(links));
	memset(link_flags, 0xab, sizeof(link_flags));
	space_enter(op->far);
	user = user_begin(op);
	ret = sys_prog_query(ifindex_of(op), type_value(op->type), &q);
	user_end(user);
	space_enter(false);
	n = answer(text, size, ret);
	n += snprintf(text + n, size - n,
		      " count %u revision %llu attach_flags %#x", q.count,
		      q.revision, q.attach_flags);
	filled = q.count < (__u32)op->cap ? q.count : (__u32)op->cap;
	if (ret == 0 || ret == -ENOSPC) {
		if (q.prog_ids == ids)
			n += ids_print(w, ids, false, text + n, size - n);
		if (q.link_ids)
			n += ids_print(w, links, true, text + n, size - n);
	} else {
		filled = 0;
	}
	n += array_print(flags, q.prog_attach_flags && q.prog_ids ? filled : 0,
			 "flags", text + n, size - n);
	array_print(link_flags,
		    q.link_attach_flags && q.prog_ids ? filled : 0,
		    "link flags", text + n, size - n);
	return ret;
}

static void pin_path(char *path, size_t size, enum ref ref)
{
	snprintf(path, size, BPFFS "/l%d", ref - REF_L);
}

/* A link whose last reference goes by another way than close() is released by
 * a worker, natively, or after a grace period (docs/differences.md, "5.10: a pin's
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
	if (!ret && info.type == BPF_LINK_TYPE_TCX)
		snprintf(text + n, size - n,
			 " tcx l%d p%d ifindex %u attach_type %u",
			 link_number(w, info.id), prog_number(info.prog_id),
			 info.ifindex, info.attach_type);
	else if (!ret)
		snprintf(text + n, size - n, " type %u", info.type);
	return ret;
}

static int on_link(struct world *w, const struct op *op, char *text,
		   size_t size)
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

static int on_reference(struct world *w, const struct op *op)
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

/* From then on only an attachment holds the program. */
static int prog_close(const struct op *op)
{
	struct prog *prog;

	if (!kept_from_links(op->prog))
		return -EXDEV;
	prog = &progs[op->prog - REF_P];
	if (prog->fd < 0)
		return -EBADF;
	close(prog->fd);
	prog->fd = -1;
	return 0;
}

/* Says whether something has held it; if not there is a new one. */
static int prog_reopen(const struct op *op)
{
	union bpf_attr attr = {};
	struct prog *prog;
	int fd;

	if (!kept_from_links(op->prog))
		return -EXDEV;
	prog = &progs[op->prog - REF_P];
	if (prog->fd >= 0)
		return -EXDEV;
	attr.prog_id = prog->id;
	fd = sys_bpf(BPF_PROG_GET_FD_BY_ID, &attr, sizeof(attr));
	if (fd >= 0)
		prog->fd = fd;
	else
		prog_renew(op->prog - REF_P);
	return fd < 0 ? fd : 0;
}

/* Ask afterwards: what the revision of an emptied attach point does is known
 * only if somebody looks while the qdisc is away (docs/differences.md, "revision of an
 * emptied attach point").
 */
static int qdisc(struct world *w, const struct op *op, char *text, size_t size)
{
	int ret, n;

	if (op->dev >= DEVS)
		return answer(text, size, -EXDEV);
	space_enter(w->dev[op->dev].far);
	if (op->kind == QDISC_ADD)
		ret = qdisc_add(IFINDEX(op->dev),
				op->clsact ? "clsact" : "ingress");
	else
		ret = qdisc_del(IFINDEX(op->dev));
	space_enter(false);
	if (!ret)
		w->dev[op->dev].qdisc = op->kind == QDISC_ADD;
	n = answer(text, size, ret);
	if (!w->dev[op->dev].there)
		return ret;
	look_print(w, op->dev, IN, text + n, size - n);
	n = strlen(text);
	look_print(w, op->dev, OUT, text + n, size - n);
	return ret;
}

static int on_device(struct world *w, const struct op *op)
{
	if (op->dev >= DEVS)
		return -EXDEV;
	switch (op->kind) {
	case DEV_DEL:
		return dev_remove(w, op->dev);
	case DEV_ADD:
		return dev_make(w, op->dev);
	default:
		return dev_move(w, op->dev);
	}
}

static int one_answer(char *text, size_t size, int ret)
{
	answer(text, size, ret);
	return ret;
}

static int carry_out(struct world *w, const struct op *op, char *text,
		     size_t size)
{
	int n;

	switch (op->kind) {
	case ATTACH:
	case DETACH:
	case CREATE:
		return change(w, op, text, size);
	case QUERY:
		return query(w, op, text, size);
	case UPDATE:
	case LINK_DETACH:
	case INFO:
		return on_link(w, op, text, size);
	case CLOSE:
	case PIN:
	case UNPIN:
	case GET:
	case REOPEN:
		return one_answer(text, size, on_reference(w, op));
	case PROG_CLOSE:
		return one_answer(text, size, prog_close(op));
	case PROG_REOPEN:
		return one_answer(text, size, prog_reopen(op));
	case QDISC_ADD:
	case QDISC_DEL:
		return qdisc(w, op, text, size);
	case PACKET:
		n = snprintf(text, size, " =");
		packet_run(w, op->dev, text + n, size - n);
		return 0;
	default:
		return one_answer(text, size, on_device(w, op));
	}
}

/* Which attach point may look different now. */
static bool subject(const struct world *w, const struct op *op, int *dev,
		    enum type *type)
{
	*dev = op->dev;
	*type = op->type;
	if (op->link >= REF_L && op->kind != CREATE) {
		*dev = w->link[op->link - REF_L].dev;
		*type = w->link[op->link - REF_L].type;
	}
	return *dev >= 0 && *dev < DEVS && *type < TYPE_BAD &&
	       w->dev[*dev].there;
}

int execute(struct world *w, const struct op *op, char *text, size_t size)
{
	enum type type;
	int ret, dev, n;

	*text = '\0';
	ret = carry_out(w, op, text, size);
	if (op->look && subject(w, op, &dev, &type)) {
		n = strlen(text);
		look_print(w, dev, type, text + n, size - n);
	}
	return ret;
}
