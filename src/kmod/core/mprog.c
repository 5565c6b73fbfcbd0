// SPDX-License-Identifier: GPL-2.0
/*
 * The multi-program array, see mprog.h.
 *
 * A request states up to three rules about a position: the place of a given
 * program (BPF_F_REPLACE, or a detach that names its program), before
 * something (BPF_F_BEFORE), after something (BPF_F_AFTER). As upstream, each
 * rule is evaluated on its own against the present array and yields an index,
 * and all of them must yield the same one:
 *
 *   index   -1   0    1    2    3 = count
 *              +----+----+----+
 *              | P1 | P2 | P3 |
 *              +----+----+----+
 *
 *   exact P2           1
 *   before P2          0     the element in front of P2
 *   before P1         -1     so does 'before' without a relative
 *   after P2           2     the element after P2
 *   after P3           3     so does 'after' without a relative
 *
 * What the index means depends on the operation. Replacing and removing take
 * the element at that index (removing reads -1 as the first, count as the
 * last). Inserting by BPF_F_BEFORE goes after the element at the index,
 * inserting by BPF_F_AFTER goes in front of it: directly beside the relative
 * either way.
 */
#include <linux/bpf.h>
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/slab.h>
#include <linux/string.h>

#include <linux/tcx_backport.h>

#include "core/mprog.h"

/* No rule has spoken yet; below every index that a rule can yield. */
#define NO_POSITION	(-2)

static struct tcx_mprog_array *tcx_mprog_array_alloc(u32 count, gfp_t gfp)
{
	struct tcx_mprog_array *array;

	array = kzalloc(struct_size(array, progs, count + 1) +
			count * sizeof(*array->links), gfp);
	if (!array)
		return NULL;
	array->count = count;
	array->links = (struct bpf_link **)&array->progs[count + 1];
	return array;
}

static void tcx_mprog_array_copy(struct tcx_mprog_array *dst, u32 to,
				 const struct tcx_mprog_array *src, u32 from,
				 u32 count)
{
	if (!count)
		return;
	memcpy(&dst->progs[to], &src->progs[from],
	       count * sizeof(dst->progs[0]));
	memcpy(&dst->links[to], &src->links[from],
	       count * sizeof(dst->links[0]));
}

static void tcx_mprog_array_set(struct tcx_mprog_array *array, u32 idx,
				const struct tcx_mprog_tuple *tuple)
{
	array->progs[idx] = tuple->prog;
	array->links[idx] = tuple->link;
}

static int tcx_mprog_find(const struct tcx_mprog_array *array,
			  const struct bpf_prog *prog)
{
	u32 i;

	for (i = 0; i < tcx_mprog_count(array); i++)
		if (array->progs[i] == prog)
			return i;
	return -ENOENT;
}

/* A program can be attached by whoever, but the one who replaces or removes
 * it must be its owner: the same link, or no link at all.
 */
static int tcx_mprog_pos_exact(const struct tcx_mprog_array *array,
			       const struct bpf_prog *prog,
			       const struct bpf_link *link)
{
	int idx = tcx_mprog_find(array, prog);

	if (idx >= 0 && array->links[idx] != link)
		return -EBUSY;
	return idx;
}

/* Index of the relative; -ENOENT if it is not attached here. A link is
 * recognised by itself, so that its program need not be known.
 */
static int tcx_mprog_pos_relative(const struct tcx_mprog_array *array,
				  const struct tcx_mprog_tuple *relative)
{
	u32 i;

	if (!relative->link)
		return tcx_mprog_find(array, relative->prog);
	for (i = 0; i < tcx_mprog_count(array); i++)
		if (array->links[i] == relative->link)
			return i;
	return -ENOENT;
}

/* Evaluate BPF_F_BEFORE and BPF_F_AFTER and check them against each other and
 * against *@idx, the index that another rule has yielded or NO_POSITION.
 */
static int tcx_mprog_pos(const struct tcx_mprog_array *array,
			 const struct tcx_mprog_req *req, int *idx)
{
	bool relative = req->relative.prog || req->relative.link;
	int pos, rel = 0;

	if (!(req->flags & (BPF_F_BEFORE | BPF_F_AFTER))) {
		if (*idx == NO_POSITION && (relative || req->flags))
			return -EINVAL;
		return 0;
	}
	if (relative) {
		rel = tcx_mprog_pos_relative(array, &req->relative);
		if (rel < 0)
			return rel;
	}
	if (req->flags & BPF_F_BEFORE) {
		pos = relative ? rel - 1 : -1;
		if (*idx != NO_POSITION && pos != *idx)
			return -ERANGE;
		*idx = pos;
	}
	if (req->flags & BPF_F_AFTER) {
		pos = relative ? rel + 1 : (int)tcx_mprog_count(array);
		if (*idx != NO_POSITION && pos != *idx)
			return -ERANGE;
		*idx = pos;
	}
	return 0;
}

static struct tcx_mprog_array *
tcx_mprog_replace(const struct tcx_mprog_array *array,
		  const struct tcx_mprog_tuple *tuple, u32 idx)
{
	struct tcx_mprog_array *new;

	new = tcx_mprog_array_alloc(array->count, GFP_KERNEL);
	if (!new)
		return NULL;
	tcx_mprog_array_copy(new, 0, array, 0, array->count);
	tcx_mprog_array_set(new, idx, tuple);
	return new;
}

static struct tcx_mprog_array *
tcx_mprog_insert(const struct tcx_mprog_array *array,
		 const struct tcx_mprog_tuple *tuple, u32 idx)
{
	u32 count = tcx_mprog_count(array);
	struct tcx_mprog_array *new;

	new = tcx_mprog_array_alloc(count + 1, GFP_KERNEL);
	if (!new)
		return NULL;
	tcx_mprog_array_copy(new, 0, array, 0, idx);
	tcx_mprog_array_set(new, idx, tuple);
	tcx_mprog_array_copy(new, idx + 1, array, idx, count - idx);
	return new;
}

/* A detach must not fail, hence __GFP_NOFAIL: at most about a kilobyte, from
 * a context that may sleep. It is bounded by the size of what it replaces.
 */
static struct tcx_mprog_array *
tcx_mprog_remove(const struct tcx_mprog_array *array, u32 idx)
{
	struct tcx_mprog_array *new;

	if (array->count == 1)
		return NULL;
	new = tcx_mprog_array_alloc(array->count - 1,
				    GFP_KERNEL | __GFP_NOFAIL);
	tcx_mprog_array_copy(new, 0, array, 0, idx);
	tcx_mprog_array_copy(new, idx, array, idx + 1,
			     array->count - idx - 1);
	return new;
}

int tcx_mprog_attach(const struct tcx_mprog_array *array, u64 revision,
		     const struct tcx_mprog_req *req,
		     struct tcx_mprog_array **new)
{
	int err, idx = NO_POSITION, count = tcx_mprog_count(array);

	if (req->revision && req->revision != revision)
		return -ESTALE;
	if (tcx_mprog_find(array, req->tuple.prog) >= 0)
		return -EEXIST;
	if (req->relative_err)
		return req->relative_err;
	if (req->flags & BPF_F_REPLACE) {
		idx = tcx_mprog_pos_exact(array, req->replace,
					  req->tuple.link);
		if (idx < 0)
			return idx;
	} else if (count == TCX_MPROG_MAX) {
		return -ERANGE;
	}
	err = tcx_mprog_pos(array, req, &idx);
	if (err)
		return err;

	if (req->flags & BPF_F_REPLACE) {
		*new = tcx_mprog_replace(array, &req->tuple, idx);
	} else {
		if (idx == NO_POSITION)
			idx = count;
		else if (req->flags & BPF_F_BEFORE)
			idx++;
		*new = tcx_mprog_insert(array, &req->tuple, idx);
	}
	return *new ? 0 : -ENOMEM;
}

int tcx_mprog_detach(const struct tcx_mprog_array *array, u64 revision,
		     const struct tcx_mprog_req *req,
		     struct tcx_mprog_array **new,
		     struct tcx_mprog_tuple *gone)
{
	int err, idx = NO_POSITION, count = tcx_mprog_count(array);

	if (req->flags & BPF_F_REPLACE)
		return -EINVAL;
	if (req->revision && req->revision != revision)
		return -ESTALE;
	if (!count)
		return -ENOENT;
	if (req->relative_err)
		return req->relative_err;
	if (req->tuple.prog) {
		idx = tcx_mprog_pos_exact(array, req->tuple.prog,
					  req->tuple.link);
		if (idx < 0)
			return idx;
	}
	err = tcx_mprog_pos(array, req, &idx);
	if (err)
		return err;

	if (idx == NO_POSITION)
		idx = count;
	/* As upstream: in a full array 'the last one' cannot be expressed. */
	if (idx >= TCX_MPROG_MAX)
		return -ERANGE;
	idx = clamp(idx, 0, count - 1);
	if (array->links[idx] != req->tuple.link)
		return -EBUSY;
	gone->prog = array->progs[idx];
	gone->link = array->links[idx];
	*new = tcx_mprog_remove(array, idx);
	return 0;
}

void tcx_mprog_commit(struct tcx_mprog *mprog, struct tcx_mprog_array *new)
{
	struct tcx_mprog_array *old;
	struct bpf_prog *only;

	old = rcu_dereference_protected(mprog->array, true);
	only = tcx_mprog_count(new) == 1 ? new->progs[0] : NULL;
	rcu_assign_pointer(mprog->array, new);
	rcu_assign_pointer(mprog->only, only);
	mprog->revision++;
	if (old)
		kfree_rcu(old, rcu);
}

void tcx_mprog_abort(struct tcx_mprog_array *new)
{
	kfree(new);
}
