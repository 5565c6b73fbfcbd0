/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Who carries out requests. A backend is one struct of operations, in a file
 * of its own; backend.c picks one for each request.
 */
#ifndef LIBTCX_BACKEND_H
#define LIBTCX_BACKEND_H

#include "internal.h"

/* A request, free of the layout of any backend. */
struct tcx__request {
	__u32 ifindex;
	__u32 attach_type;
	__u32 prog_fd;
	__u32 flags;
	__u32 replace_prog_fd;
	__u32 relative;		/* an id with BPF_F_ID, else an fd */
	__u64 expected_revision;
};

/* prog.c: names the relative; a program's attachment and a link have it alike */
int tcx__set_relative(struct tcx__request *req, __u32 flags, __u32 fd,
		      __u32 id);

/* Every backend knows these attach types, and no others. */
static inline bool tcx__is_tcx(__u32 attach_type)
{
	return attach_type == BPF_TCX_INGRESS || attach_type == BPF_TCX_EGRESS;
}

static inline bool tcx__is_netkit(__u32 attach_type)
{
	return attach_type == TCX_BACKPORT_NETKIT_PRIMARY ||
	       attach_type == TCX_BACKPORT_NETKIT_PEER;
}

/* Pointers as numbers: all backends want them so. */
struct tcx__query {
	__u32 ifindex;
	__u32 attach_type;
	__u32 count;
	__u64 prog_ids;
	__u64 prog_attach_flags;
	__u64 link_ids;
	__u64 link_attach_flags;
	__u64 revision;
};

/* The one picked for a request, and what it needs for that. */
struct tcx__backend {
	const struct tcx__backend_ops *ops;
	int fd;			/* the module's device, or -1 */
	bool best;		/* legacy: TCX_LEGACY_BEST */
	bool chosen;		/* native: by the caller, not for want of a module */
	int why;		/* why it is none that surely works; else 0 */
};

/* Each returns 0, or link_create an fd, or a negative errno. */
struct tcx__backend_ops {
	enum tcx_backend kind;
	int (*attach)(const struct tcx__backend *backend,
		      const struct tcx__request *req);
	int (*detach)(const struct tcx__backend *backend,
		      const struct tcx__request *req);
	int (*link_create)(const struct tcx__backend *backend,
			   const struct tcx__request *req);
	int (*query)(const struct tcx__backend *backend,
		     struct tcx__query *query);
};

extern const struct tcx__backend_ops tcx__backend_native;
extern const struct tcx__backend_ops tcx__backend_module;
extern const struct tcx__backend_ops tcx__backend_legacy;
extern const struct tcx__backend_ops tcx__backend_absent;

/* backend.c: a request's result goes through tcx__backend_end(), which returns
 * what the caller is to get.
 */
int tcx__backend_wanted(void);	/* chosen, or TCX_BACKEND_AUTO */
void tcx__backend_begin(struct tcx__backend *backend);
int tcx__backend_end(const struct tcx__backend *backend, int ret);

/* For the tool, which has one thread, around thousands of requests: in between,
 * the module's device stays open, and so the module loaded, or, if it could not be
 * opened, is not tried again.
 */
void tcx__backend_keep(void);
void tcx__backend_let_go(void);

/* backend_native.c: whether the kernel has tcx: 1, 0, or, if it cannot tell, a
 * negative errno
 */
int tcx__native_probe(void);

#endif /* LIBTCX_BACKEND_H */
