// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
/*
 * Requests carried out by classic tc: clsact, and a cls_bpf filter in direct
 * action mode for each program, through libbpf's bpf_tc_*().
 *
 * A place is a priority. What runs first, second and third is read, a priority
 * in between is chosen, and the filter is made with the demand that there be
 * none: of two who choose the same one, the second looks again. Nothing more
 * than that can be had, because the kernel knows no revision here and no request
 * about several filters.
 *
 * The filters of others are only looked at, to keep out of their priorities. The
 * qdisc is made if there is none, and never removed: the kernel cannot be asked
 * to remove one only if nobody has put anything there meanwhile.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <time.h>
#include <unistd.h>

#include <bpf/libbpf.h>

#include "backend.h"
#include "tc_filters.h"

/* No rule has spoken yet; below every index that a rule can yield. */
#define NO_POSITION	(-2)

/* Between neighbours, so that others fit in between; small, because whoever
 * attaches a new program each time before he detaches the old one moves on by it.
 */
#define PRIORITY_STEP	32

/* How often to look again when others keep changing what is there. After each
 * time a longer pause, of a random length: they choose as we do, and would meet
 * us again. Less than a second in all.
 */
#define TRIES		64
#define PAUSE_US	100	/* 200, 400, ... */
#define PAUSE_DOUBLED	7	/* times */

static struct bpf_tc_hook hook_of(const struct tcx__request *req)
{
	return (struct bpf_tc_hook){
		.sz = sizeof(struct bpf_tc_hook),
		.ifindex = req->ifindex,
		.attach_point = req->attach_type == BPF_TCX_EGRESS ?
				BPF_TC_EGRESS : BPF_TC_INGRESS,
	};
}

static int check_type(__u32 attach_type)
{
	if (tcx__is_tcx(attach_type))
		return 0;
	return tcx__is_netkit(attach_type) ? -EOPNOTSUPP : -EINVAL;
}

static bool has_relative(const struct tcx__request *req)
{
	return req->relative || req->flags & (BPF_F_ID | BPF_F_LINK);
}

/* What nothing here comes close to, whatever the caller puts up with. */
static int check_request(const struct tcx__request *req, __u32 flags)
{
	int err = check_type(req->attach_type);

	if (err)
		return err;
	if (req->flags & ~flags)
		return -EINVAL;
	if (req->expected_revision || req->flags & BPF_F_LINK)
		return -EOPNOTSUPP;
	return 0;
}

static int prog_id(int fd, __u32 *id)
{
	struct bpf_prog_info info;
	int err;

	switch (tcx__kind(fd)) {
	case TCX__CLOSED:
		return -EBADF;
	case TCX__PROG:
	case TCX__UNKNOWN:
		break;
	default:
		return -EINVAL;
	}
	err = tcx__info(fd, &info, sizeof(info));
	if (err)
		return err;
	if (info.type != BPF_PROG_TYPE_SCHED_CLS)
		return -EINVAL;
	*id = info.id;
	return 0;
}

static int find(const struct tcx__filters *filters, __u32 id)
{
	__u32 i;

	for (i = 0; i < filters->count; i++)
		if (filters->ours[i].prog_id == id)
			return i;
	return -ENOENT;
}

static int relative_id(const struct tcx__request *req, __u32 *id)
{
	*id = req->relative;
	if (!has_relative(req) || req->flags & BPF_F_ID)
		return 0;
	return prog_id(req->relative, id);
}

/* As tcx: each rule yields an index on its own, and all have to yield the same. */
static int place(const struct tcx__filters *filters,
		 const struct tcx__request *req, int *idx)
{
	int before = -1, after = filters->count, rel;
	bool relative = has_relative(req);
	__u32 id;

	rel = relative_id(req, &id);
	if (rel)
		return rel;
	/* A relative that decides nothing need not be there. */
	if (!(req->flags & (BPF_F_BEFORE | BPF_F_AFTER)))
		return relative && *idx == NO_POSITION ? -EINVAL : 0;
	if (relative) {
		rel = find(filters, id);
		if (rel < 0)
			return rel;
		before = rel - 1;
		after = rel + 1;
	}
	if (req->flags & BPF_F_BEFORE) {
		if (*idx != NO_POSITION && *idx != before)
			return -ERANGE;
		*idx = before;
	}
	if (req->flags & BPF_F_AFTER) {
		if (*idx != NO_POSITION && *idx != after)
			return -ERANGE;
		*idx = after;
	}
	return 0;
}

/* The free one between two that is next to the one wished for. */
static int free_priority(const struct tcx__filters *filters, int low, int high,
			 int wish)
{
	int distance;

	for (distance = 0; distance < high - low; distance++) {
		if (wish + distance < high &&
		    !tcx__filters_taken(filters, wish + distance))
			return wish + distance;
		if (wish - distance > low &&
		    !tcx__filters_taken(filters, wish - distance))
			return wish - distance;
	}
	return -ERANGE;
}

/* A priority for a program that is to be the one of that index. */
static int choose_priority(const struct tcx__filters *filters, __u32 idx)
{
	bool first = !idx, last = idx == filters->count;
	int low = TCX_LEGACY_PRIORITY_MIN - 1;
	int high = TCX_LEGACY_PRIORITY_MAX + 1;
	int wish;

	if (!first)
		low = filters->ours[idx - 1].priority;
	if (!last)
		high = filters->ours[idx].priority;
	wish = low + (high - low) / 2;
	if (first && last)
		wish = TCX_LEGACY_PRIORITY_FIRST;
	else if (last && low + PRIORITY_STEP < wish)
		wish = low + PRIORITY_STEP;
	else if (first && high - PRIORITY_STEP > wish)
		wish = high - PRIORITY_STEP;
	return free_priority(filters, low, high, wish);
}

static int make_qdisc(const struct tcx__request *req)
{
	struct bpf_tc_hook hook = hook_of(req);
	int err;

	hook.attach_point = BPF_TC_INGRESS | BPF_TC_EGRESS;
	err = bpf_tc_hook_create(&hook);
	return err == -EEXIST ? -EAGAIN : err;
}

static int make_filter(const struct tcx__request *req, __u32 priority,
		       __u32 flags)
{
	struct bpf_tc_hook hook = hook_of(req);
	struct bpf_tc_opts opts = {
		.sz = sizeof(opts),
		.prog_fd = req->prog_fd,
		.flags = flags,
		.handle = TCX__FILTER_HANDLE,
		.priority = priority,
	};
	int err;

	/* To libbpf 0 is no fd. */
	if (!opts.prog_fd)
		opts.prog_fd = fcntl(0, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	if (opts.prog_fd < 0)
		return -errno;
	err = bpf_tc_attach(&hook, &opts);
	if (!req->prog_fd)
		close(opts.prog_fd);
	return err == -EEXIST ? -EAGAIN : err;
}

/* -EAGAIN: somebody else was faster. */
static int attach_once(const struct tcx__request *req, __u32 id, __u32 old)
{
	int idx = NO_POSITION, priority, err;
	struct tcx__filters filters;

	err = tcx__filters_read(&filters, req->ifindex, req->attach_type);
	if (err)
		return err;
	if (filters.qdisc == TCX__QDISC_INGRESS &&
	    req->attach_type == BPF_TCX_EGRESS)
		return -EOPNOTSUPP;
	if (find(&filters, id) >= 0)
		return -EEXIST;
	if (req->flags & BPF_F_REPLACE) {
		idx = find(&filters, old);
		if (idx < 0)
			return idx;
	} else if (filters.count >= TCX_BACKPORT_MAX_PROGS) {
		return -ERANGE;
	}
	err = place(&filters, req, &idx);
	if (err)
		return err;
	if (req->flags & BPF_F_REPLACE)
		return make_filter(req, filters.ours[idx].priority,
				   BPF_TC_F_REPLACE);
	if (idx == NO_POSITION)
		idx = filters.count;
	else if (req->flags & BPF_F_BEFORE)
		idx++;
	priority = choose_priority(&filters, idx);
	if (priority < 0)
		return priority;
	err = filters.qdisc == TCX__QDISC_NONE ? make_qdisc(req) : 0;
	return err ? err : make_filter(req, priority, 0);
}

static void pause_before(int try)
{
	long longest = PAUSE_US << (try < PAUSE_DOUBLED ? try : PAUSE_DOUBLED);
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	usleep(now.tv_nsec % longest);
}

static int legacy_attach(const struct tcx__backend *backend,
			 const struct tcx__request *req)
{
	__u32 id, old = 0;
	int err, i;

	err = check_request(req, BPF_F_BEFORE | BPF_F_AFTER | BPF_F_ID |
				 BPF_F_LINK | BPF_F_REPLACE);
	if (err)
		return err;
	if (!backend->best &&
	    (req->flags & BPF_F_BEFORE || has_relative(req)))
		return -EOPNOTSUPP;
	err = prog_id(req->prog_fd, &id);
	if (!err && req->flags & BPF_F_REPLACE)
		err = prog_id(req->replace_prog_fd, &old);
	if (err)
		return err;
	for (i = 0; i < TRIES; i++) {
		if (i)
			pause_before(i);
		err = attach_once(req, id, old);
		if (err != -EAGAIN)
			break;
	}
	return err;
}

static int remove_filter(const struct tcx__request *req, __u32 priority)
{
	struct bpf_tc_hook hook = hook_of(req);
	struct bpf_tc_opts opts = {
		.sz = sizeof(opts),
		.handle = TCX__FILTER_HANDLE,
		.priority = priority,
	};

	return bpf_tc_detach(&hook, &opts);
}

static int legacy_detach(const struct tcx__backend *backend,
			 const struct tcx__request *req)
{
	struct tcx__filters filters;
	int idx = NO_POSITION, err;
	__u32 id;

	err = check_request(req, BPF_F_BEFORE | BPF_F_AFTER | BPF_F_ID |
				 BPF_F_LINK);
	if (err)
		return err;
	if (!backend->best && (!req->prog_fd || req->flags || req->relative))
		return -EOPNOTSUPP;
	err = req->prog_fd ? prog_id(req->prog_fd, &id) : 0;
	if (!err)
		err = tcx__filters_read(&filters, req->ifindex,
					req->attach_type);
	if (err)
		return err;
	if (!filters.count)
		return -ENOENT;
	if (req->prog_fd) {
		idx = find(&filters, id);
		if (idx < 0)
			return idx;
	}
	err = place(&filters, req, &idx);
	if (err)
		return err;
	/* What is before the first, or after the last, is these themselves. */
	if (idx == NO_POSITION || idx >= (int)filters.count)
		idx = filters.count - 1;
	return remove_filter(req, filters.ours[idx < 0 ? 0 : idx].priority);
}

static int legacy_link_create(const struct tcx__backend *backend,
			      const struct tcx__request *req)
{
	(void)backend;
	(void)req;
	return -EOPNOTSUPP;
}

static void zero(__u64 array, __u32 count)
{
	if (array)
		memset((void *)(uintptr_t)array, 0, count * sizeof(__u32));
}

static int legacy_query(const struct tcx__backend *backend,
			struct tcx__query *query)
{
	__u32 *ids = (void *)(uintptr_t)query->prog_ids;
	__u32 i, room = query->count, filled;
	struct tcx__filters filters;
	int err = check_type(query->attach_type);

	(void)backend;
	if (!err)
		err = tcx__filters_read(&filters, query->ifindex,
					query->attach_type);
	if (err)
		return err;
	query->count = filters.count;
	query->revision = 0;
	if (!room || !ids)
		return 0;
	filled = room < filters.count ? room : filters.count;
	for (i = 0; i < filled; i++)
		ids[i] = filters.ours[i].prog_id;
	zero(query->prog_attach_flags, filled);
	zero(query->link_ids, filled);
	zero(query->link_attach_flags, filled);
	return filled < filters.count ? -ENOSPC : 0;
}

const struct tcx__backend_ops tcx__backend_legacy = {
	.kind		= TCX_BACKEND_LEGACY,
	.attach		= legacy_attach,
	.detach		= legacy_detach,
	.link_create	= legacy_link_create,
	.query		= legacy_query,
};
