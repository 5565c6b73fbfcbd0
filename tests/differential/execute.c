// SPDX-License-Identifier: GPL-2.0
/* Carries out an operation and says in words what came of it. */
#include <stdio.h>

#include "execute.h"

int ifindex_of(const struct op *op)
{
	return op->dev < DEVS ? IFINDEX(op->dev) : IFINDEX_NONE;
}

static __u64 revision_of(const struct world *w, const struct op *op)
{
	__u64 now = 1, last = 0;

	if (op->dev < DEVS && op->type < TYPE_BAD) {
		now = w->seen[op->dev][op->type].revision;
		last = w->seen[op->dev][op->type].last;
	}
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
	case REV_LAST:
		return last + 1;
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

int answer(char *text, size_t size, int ret)
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

bool user_begin(const struct op *op)
{
	return op->user && !seteuid(65534);
}

void user_end(bool begun)
{
	if (begun && seteuid(0))
		abort();
}

bool kept_from_links(enum ref prog)
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
