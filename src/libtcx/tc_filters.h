/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * What classic tc has on one side of a device: its qdisc, and the filters there.
 * libbpf attaches and detaches filters, but lists none.
 */
#ifndef LIBTCX_TC_FILTERS_H
#define LIBTCX_TC_FILTERS_H

#include "internal.h"

/* What tells a filter of the library from all others. */
#define TCX__FILTER_HANDLE	TCX_LEGACY_HANDLE

#define TCX__PRIORITIES		(1 << 16)

enum tcx__qdisc {
	TCX__QDISC_NONE,
	TCX__QDISC_CLSACT,
	TCX__QDISC_INGRESS,	/* it has no egress */
};

struct tcx__filter {
	__u32 priority;
	__u32 prog_id;
};

struct tcx__filters {
	enum tcx__qdisc qdisc;
	/* The library's, in the order in which they run. Whoever is faster than a
	 * check can add one too many.
	 */
	__u32 count;
	struct tcx__filter ours[2 * TCX_BACKPORT_MAX_PROGS];
	unsigned char taken[TCX__PRIORITIES / 8];	/* by anybody's */
};

/* @attach_type: BPF_TCX_INGRESS or BPF_TCX_EGRESS. Returns 0 or a negative errno;
 * -ENODEV if there is no such device.
 */
int tcx__filters_read(struct tcx__filters *filters, __u32 ifindex,
		      __u32 attach_type);

bool tcx__filters_taken(const struct tcx__filters *filters, __u32 priority);

#endif /* LIBTCX_TC_FILTERS_H */
