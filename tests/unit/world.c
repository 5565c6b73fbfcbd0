// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include <linux/tcx_backport.h>

#include "shim.h"
#include "world.h"

/* Addresses where nothing is: to follow one is to crash. */
static struct bpf_prog *prog_ptr(int prog)
{
	return prog ? (struct bpf_prog *)(0x1000UL + prog * 8) : NULL;
}

static struct bpf_link *link_ptr(int link)
{
	return link ? (struct bpf_link *)(0x2000UL + link * 8) : NULL;
}

static bool __attribute__((format(printf, 2, 3)))
wrong(struct world *w, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(w->why, sizeof(w->why), fmt, args);
	va_end(args);
	return false;
}

void world_init(struct world *w, uint64_t revision)
{
	shim_reset();
	memset(w, 0, sizeof(*w));
	/* tcx_mprog_init() is to set all of it. */
	memset(&w->mprog, 0x5a, sizeof(w->mprog));
	tcx_mprog_init(&w->mprog);
	if (revision)
		w->mprog.revision = revision;
	w->model.revision = revision ?: 1;
	for (int i = 1; i <= WORLD_LINKS; i++)
		w->link_prog[i] = i;
}

void world_exit(struct world *w)
{
	w->mprog.array = NULL;
	w->mprog.only = NULL;
	shim_reset();
}

static bool check_array(struct world *w)
{
	const struct tcx_mprog_array *array = rcu_dereference(w->mprog.array);
	const struct model *m = &w->model;

	if (tcx_mprog_count(array) != (u32)m->count)
		return wrong(w, "%u programs, not %d", tcx_mprog_count(array),
			     m->count);
	if (!m->count && array)
		return wrong(w, "an array although nothing is attached");
	if (rcu_dereference(w->mprog.only) !=
	    (m->count == 1 ? prog_ptr(m->list[0].prog) : NULL))
		return wrong(w, "packets find a wrong program alone");
	if (!array)
		return true;
	for (int i = 0; i < m->count; i++) {
		if (array->progs[i] != prog_ptr(m->list[i].prog))
			return wrong(w, "place %d: not program %d", i,
				     m->list[i].prog);
		if (array->links[i] != link_ptr(m->list[i].link))
			return wrong(w, "place %d: not link %d", i,
				     m->list[i].link);
	}
	if (array->progs[m->count])
		return wrong(w, "not NULL-terminated");
	return true;
}

static bool check_readers(struct world *w)
{
	for (int i = 0; i < WORLD_READERS; i++) {
		const struct world_reader *reader = &w->readers[i];
		int n = 0;

		if (!reader->array)
			continue;
		do {
			if (reader->array->progs[n] != reader->progs[n])
				return wrong(w, "a reader's program %d changed",
					     n);
		} while (reader->progs[n++]);
	}
	return true;
}

/* @unpublished: how many arrays are allocated besides the published one. */
static bool check(struct world *w, unsigned int unpublished)
{
	unsigned int live = !!w->model.count + unpublished;
	const char *complaint = shim_check();

	if (complaint)
		return wrong(w, "%s", complaint);
	if (w->mprog.revision != w->model.revision)
		return wrong(w, "revision %llu, not %llu",
			     (unsigned long long)w->mprog.revision,
			     (unsigned long long)w->model.revision);
	if (!check_array(w) || !check_readers(w))
		return false;
	if (shim_live() != live)
		return wrong(w, "%u arrays are allocated, not %u", shim_live(),
			     live);
	return true;
}

/* What src/kmod/core/mprog.c is asked. */
static struct tcx_mprog_req request(const struct model_req *req,
				    unsigned int how)
{
	struct tcx_mprog_req r = {
		.tuple.prog = prog_ptr(req->prog),
		.tuple.link = link_ptr(req->link),
		.replace = prog_ptr(req->replace),
		.relative.prog = prog_ptr(req->rel_prog),
		.relative.link = link_ptr(req->rel_link),
		.relative_err = req->rel_err,
		.flags = req->flags,
		.revision = req->revision,
	};

	if (req->rel_link && how & TRY_LINK_ALONE)
		r.relative.prog = NULL;
	return r;
}

static bool try_attach(struct world *w, const struct model_req *req,
		       unsigned int how)
{
	struct tcx_mprog_req r = request(req, how);
	struct tcx_mprog_array *new = NULL;
	struct model after = w->model;
	int want;

	want = model_attach(&after, req);
	if (!want && how & TRY_NO_MEMORY)
		want = -ENOMEM;
	w->err = tcx_mprog_attach(w->mprog.array, w->mprog.revision, &r, &new);
	if (w->err != want)
		return wrong(w, "attach gave %d, not %d", w->err, want);
	if (w->err)
		return true;
	if (!new)
		return wrong(w, "attach gave no array");
	if (!check(w, 1))	/* nothing may have changed yet */
		return false;
	if (how & TRY_ABORT) {
		tcx_mprog_abort(new);
		return true;
	}
	tcx_mprog_commit(&w->mprog, new);
	w->model = after;
	if (req->link)
		w->link_prog[req->link] = req->prog;
	return true;
}

static bool try_detach(struct world *w, const struct model_req *req,
		       unsigned int how)
{
	struct tcx_mprog_req r = request(req, how);
	struct model_entry entry = { 0, 0 };
	struct tcx_mprog_tuple gone = { NULL, NULL };
	struct tcx_mprog_array *new = NULL;
	struct model after = w->model;
	int want;

	want = model_detach(&after, req, &entry);
	w->err = tcx_mprog_detach(w->mprog.array, w->mprog.revision, &r, &new,
				  &gone);
	if (w->err != want)
		return wrong(w, "detach gave %d, not %d", w->err, want);
	if (w->err)
		return true;
	if (gone.prog != prog_ptr(entry.prog) ||
	    gone.link != link_ptr(entry.link))
		return wrong(w, "detached another one than program %d link %d",
			     entry.prog, entry.link);
	tcx_mprog_commit(&w->mprog, new);
	w->model = after;
	return true;
}

bool world_try(struct world *w, const struct model_req *req, unsigned int how)
{
	const struct tcx_mprog_array *array = w->mprog.array;
	bool same;

	shim_fail_alloc(how & TRY_NO_MEMORY ? 1 : 0);
	same = how & TRY_DETACH ? try_detach(w, req, how) :
				  try_attach(w, req, how);
	shim_fail_alloc(0);
	if (!same)
		return false;
	if (w->err && w->mprog.array != array)
		return wrong(w, "failed, yet published another array");
	return check(w, 0);
}

bool world_build(struct world *w, const struct model_entry *list, int count)
{
	world_init(w, 0);
	for (int i = 0; i < count; i++) {
		struct model_req req = {
			.prog = list[i].prog,
			.link = list[i].link,
		};

		if (!world_try(w, &req, 0))
			return false;
		if (w->err)
			return wrong(w, "cannot attach program %d",
				     list[i].prog);
	}
	return true;
}

void world_read(struct world *w)
{
	struct world_reader *reader;

	reader = &w->readers[w->next_reader++ % WORLD_READERS];
	memset(reader, 0, sizeof(*reader));
	reader->array = rcu_dereference(w->mprog.array);
	for (int i = 0; i < w->model.count; i++)
		reader->progs[i] = prog_ptr(w->model.list[i].prog);
}

bool world_grace_period(struct world *w)
{
	memset(w->readers, 0, sizeof(w->readers));
	shim_grace_period();
	return check(w, 0);
}

static bool link_attached(const struct model *m, int link)
{
	for (int i = 0; i < m->count; i++)
		if (m->list[i].link == link)
			return true;
	return false;
}

/* Attach programs without links until there are so many. */
static bool fill(struct world *w, int count)
{
	for (int i = 1; w->model.count < count; i++) {
		struct model_req req = { .prog = i };

		if (!world_try(w, &req, 0))
			return false;
	}
	return true;
}

static const struct {
	uint32_t	flag;
	const char	*name;
} op_flags[] = {
	{ BPF_F_BEFORE,		"BEFORE" },
	{ BPF_F_AFTER,		"AFTER" },
	{ BPF_F_REPLACE,	"REPLACE" },
	{ BPF_F_ID,		"ID" },
	{ BPF_F_LINK,		"LINK" },
};

#define OP_FLAGS	(sizeof(op_flags) / sizeof(op_flags[0]))

static const int op_errs[] = { -EBADF, -EINVAL, -ENOENT };

#define OP_ERRS		(sizeof(op_errs) / sizeof(op_errs[0]))

static void set_relative(const struct world *w, const struct op *op,
			 struct model_req *req)
{
	switch (op->relative % REL_NR) {
	case REL_PROG:
		req->rel_prog = op->rel % WORLD_PROGS + 1;
		break;
	case REL_LINK:
		req->rel_link = op->rel % WORLD_LINKS + 1;
		req->rel_prog = w->link_prog[req->rel_link];
		break;
	case REL_ERR:
		req->rel_err = op_errs[op->rel % OP_ERRS];
		break;
	}
}

static uint64_t op_revision(const struct world *w, const struct op *op)
{
	switch (op->revision % REV_NR) {
	case REV_PRESENT:
		return w->model.revision;
	case REV_NEXT:
		return w->model.revision + 1;
	case REV_LAST:
		return w->model.revision - 1;
	case REV_ONE:
		return 1;
	case REV_HIGH_BIT:
		return w->model.revision ^ (1ULL << 63);
	}
	return 0;
}

static bool step_request(struct world *w, const struct op *op, bool detach)
{
	struct model_req req = {
		.prog = op->prog % (WORLD_PROGS + 1),
		.link = op->link % (WORLD_LINKS + 1),
		.replace = op->replace % (WORLD_PROGS + 1),
		.revision = op_revision(w, op),
	};
	unsigned int how = op->how & ~TRY_DETACH;

	for (unsigned int i = 0; i < OP_FLAGS; i++)
		if (op->flags & 1 << i)
			req.flags |= op_flags[i].flag;
	set_relative(w, op, &req);

	if (detach) {
		how |= TRY_DETACH;
		if (!req.prog)
			req.link = 0;	/* a link names its program */
	} else {
		if (!req.prog)
			req.prog = 1;	/* as print_request() says */
		if (!(req.flags & BPF_F_REPLACE) &&
		    link_attached(&w->model, req.link))
			req.link = 0;
	}
	return world_try(w, &req, how);
}

bool world_step(struct world *w, const struct op *op)
{
	switch (op->what % OP_NR) {
	case OP_ATTACH:
		return step_request(w, op, false);
	case OP_DETACH:
		return step_request(w, op, true);
	case OP_FILL:
		return fill(w, op->prog % (MODEL_MAX + 1));
	case OP_READ:
		world_read(w);
		return true;
	default:
		return world_grace_period(w);
	}
}

static void print_request(FILE *out, const struct op *op, int no_prog)
{
	static const char *const revisions[REV_NR] = {
		[REV_PRESENT]	= "the present",
		[REV_NEXT]	= "the next",
		[REV_LAST]	= "the last",
		[REV_ONE]	= "1",
		[REV_HIGH_BIT]	= "the present with bit 63 flipped",
	};
	const char *sep = " flags ";

	fprintf(out, " program %d", op->prog % (WORLD_PROGS + 1) ?: no_prog);
	if (op->link % (WORLD_LINKS + 1))
		fprintf(out, " link %d", op->link % (WORLD_LINKS + 1));
	for (unsigned int i = 0; i < OP_FLAGS; i++) {
		if (!(op->flags & 1 << i))
			continue;
		fprintf(out, "%s%s", sep, op_flags[i].name);
		sep = "|";
	}
	if (op->flags & OP_F_REPLACE)
		fprintf(out, " replace %d", op->replace % (WORLD_PROGS + 1));
	switch (op->relative % REL_NR) {
	case REL_PROG:
		fprintf(out, " relative program %d",
			op->rel % WORLD_PROGS + 1);
		break;
	case REL_LINK:
		fprintf(out, " relative link %d%s", op->rel % WORLD_LINKS + 1,
			op->how & TRY_LINK_ALONE ? " (alone)" : "");
		break;
	case REL_ERR:
		fprintf(out, " relative error %d", op_errs[op->rel % OP_ERRS]);
		break;
	}
	if (op->revision % REV_NR)
		fprintf(out, " revision: %s", revisions[op->revision % REV_NR]);
	if (op->how & TRY_NO_MEMORY)
		fprintf(out, ", no memory");
	if (op->how & TRY_ABORT)
		fprintf(out, ", abort");
}

void world_print_op(FILE *out, const struct op *op)
{
	switch (op->what % OP_NR) {
	case OP_ATTACH:
		fprintf(out, "attach");
		print_request(out, op, 1);
		break;
	case OP_DETACH:
		fprintf(out, "detach");
		print_request(out, op, 0);
		break;
	case OP_FILL:
		fprintf(out, "fill up to %d", op->prog % (MODEL_MAX + 1));
		break;
	case OP_READ:
		fprintf(out, "a reader starts");
		break;
	default:
		fprintf(out, "grace period");
		break;
	}
	fputc('\n', out);
}
