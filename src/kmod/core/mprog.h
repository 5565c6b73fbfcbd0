/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The multi-program array: which programs an attach point holds, in which
 * order, and how that order may be changed. It knows no device, no hook and
 * no file descriptor, and it takes no reference: programs and links are
 * compared by address and never dereferenced here.
 *
 * The rules are those of the kernel's bpf_mprog (kernel/bpf/mprog.c of 6.12).
 * The memory scheme is not: upstream keeps two arrays per attach point, swaps
 * them and waits for a grace period under RTNL. Here every change publishes a
 * fresh array and hands the old one to kfree_rcu(), so no change ever waits.
 *
 * Use:
 *
 *   err = tcx_mprog_attach(mprog, &req, &new);
 *   if (err)
 *           // nothing has changed
 *   // whatever else may fail; to give up: tcx_mprog_abort(new)
 *   tcx_mprog_commit(mprog, new);
 *
 * Locking: all functions need the caller's lock (RTNL, for attach points),
 * except that tcx_mprog_array pointers may be read under RCU.
 *
 * RCU: mprog->array is published with rcu_assign_pointer(). An array is
 * immutable once published. Readers run its programs inside an RCU read-side
 * section; the array they see stays for that section, and so do its programs:
 * whoever commits a change drops the references of removed programs only
 * after the commit, and bpf_prog_put() frees past a grace period.
 *
 * A reader looks at mprog->only first, which saves it the array where there is
 * but one program, and at mprog->array if that is NULL. Each of the two is what
 * was attached at the moment when it was read, so it does not matter in which
 * order they are written or seen.
 */
#ifndef TCX_BACKPORT_MPROG_H
#define TCX_BACKPORT_MPROG_H

#include <linux/rcupdate.h>
#include <linux/types.h>

struct bpf_link;
struct bpf_prog;

/* Upstream's limit: one of its 64 slots holds the terminating NULL. */
#define TCX_MPROG_MAX	63

/* One allocation holds two parts: what packets need, the packed and
 * NULL-terminated program pointers, and after it what only the control path
 * needs, the links that own them (NULL: attached without a link).
 */
struct tcx_mprog_array {
	struct rcu_head		rcu;
	struct bpf_link		**links;	/* count entries */
	u32			count;
	struct bpf_prog		*progs[];	/* count + 1 entries */
};

struct tcx_mprog {
	struct bpf_prog __rcu		*only;	/* NULL: none, or several */
	struct tcx_mprog_array __rcu	*array;	/* NULL: nothing attached */
	u64				revision;	/* starts at 1 */
};

/* What is or becomes attached (link NULL: without a link), or a relative
 * (link set: that link, whatever program it has; both NULL: none).
 */
struct tcx_mprog_tuple {
	struct bpf_prog	*prog;
	struct bpf_link	*link;
};

struct tcx_mprog_req {
	struct tcx_mprog_tuple	tuple;	/* detach: prog NULL names none */
	struct bpf_prog		*replace;	/* with BPF_F_REPLACE */
	struct tcx_mprog_tuple	relative;
	int			relative_err;	/* why it could not be found */
	u32			flags;	/* BPF_F_* */
	u64			revision;	/* expected one, 0: any */
};

static inline void tcx_mprog_init(struct tcx_mprog *mprog)
{
	RCU_INIT_POINTER(mprog->only, NULL);
	RCU_INIT_POINTER(mprog->array, NULL);
	mprog->revision = 1;
}

static inline u32 tcx_mprog_count(const struct tcx_mprog_array *array)
{
	return array ? array->count : 0;
}

/**
 * tcx_mprog_attach() - compute the array with a program added or replaced
 * @array: the present array, or NULL
 * @revision: the present revision
 * @req: what to do
 * @new: the array to commit
 *
 * Errors, in the order in which they are checked: -ESTALE, -EEXIST,
 * @req->relative_err, -ENOENT or -EBUSY for the program to replace, -ERANGE
 * for a full array, -ENOENT for the relative, -ERANGE if the rules ask for
 * different positions, -EINVAL for a relative without a rule, -ENOMEM.
 */
int tcx_mprog_attach(const struct tcx_mprog_array *array, u64 revision,
		     const struct tcx_mprog_req *req,
		     struct tcx_mprog_array **new);

/**
 * tcx_mprog_detach() - compute the array with a program removed
 * @array: the present array, or NULL
 * @revision: the present revision
 * @req: what to do
 * @new: the array to commit, NULL if nothing is left
 * @gone: what the commit removes
 *
 * Errors, in the order in which they are checked: -EINVAL for BPF_F_REPLACE,
 * -ESTALE, -ENOENT for an empty array, @req->relative_err, -ENOENT or -EBUSY
 * for the program, -ENOENT for the relative, -ERANGE, -EINVAL, -EBUSY if a
 * link owns the program found. Never fails for want of memory.
 */
int tcx_mprog_detach(const struct tcx_mprog_array *array, u64 revision,
		     const struct tcx_mprog_req *req,
		     struct tcx_mprog_array **new,
		     struct tcx_mprog_tuple *gone);

/* Publishes @new, frees the old array after a grace period and increments the
 * revision. Cannot fail.
 */
void tcx_mprog_commit(struct tcx_mprog *mprog, struct tcx_mprog_array *new);

/* Frees an array that was not committed. */
void tcx_mprog_abort(struct tcx_mprog_array *new);

#endif /* TCX_BACKPORT_MPROG_H */
