/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The attributes of bpf(2) for tcx, in upstream's layout, and what becomes of
 * them. Both interfaces come this way: bpf(2) copies its caller's, /dev/tcx
 * builds those with which native tcx would be asked for the same.
 */
#ifndef TCX_BACKPORT_BPF_ATTR_H
#define TCX_BACKPORT_BPF_ATTR_H

#include <linux/bpf.h>
#include <linux/types.h>

struct tcx_query;
struct tcx_query_result;

struct tcx_bpf_attach_attr {
	u32	target_ifindex;
	u32	attach_bpf_fd;
	u32	attach_type;
	u32	attach_flags;
	u32	replace_bpf_fd;
	u32	relative;
	u64	expected_revision;
};

struct tcx_bpf_query_attr {
	u32	target_ifindex;
	u32	attach_type;
	u32	query_flags;
	u32	attach_flags;
	u64	prog_ids;
	u32	count;
	u32	unused;
	u64	prog_attach_flags;
	u64	link_ids;
	u64	link_attach_flags;
	u64	revision;
};

struct tcx_bpf_link_create_attr {
	u32	prog_fd;
	u32	target_ifindex;
	u32	attach_type;
	u32	flags;
	u32	relative;
	u32	unused;
	u64	expected_revision;
};

/* The size of the whole union as of 6.12. */
#define TCX_BPF_ATTR_SIZE	152

/* @kernel: the running kernel's, which may be larger than what we know. A
 * security module may read all of it, so whoever has one on the stack clears all
 * of it.
 */
union tcx_bpf_attr {
	struct tcx_bpf_attach_attr	attach;
	struct tcx_bpf_query_attr	query;
	struct tcx_bpf_link_create_attr	link_create;
	u8				bytes[TCX_BPF_ATTR_SIZE];
	union bpf_attr			kernel;
};

/* Ask the security modules, as __sys_bpf() does: once for a request, after it
 * has been copied and before anything is done about it. @size: how much of @attr
 * the caller has given.
 */
int tcx_bpf_attr_security(int cmd, union tcx_bpf_attr *attr, unsigned int size);

/* BPF_PROG_ATTACH, BPF_PROG_DETACH, BPF_LINK_CREATE, of @attr as it is. */
int tcx_bpf_attr_attach(const union tcx_bpf_attr *attr);
int tcx_bpf_attr_detach(const union tcx_bpf_attr *attr);
int tcx_bpf_attr_link_create(const union tcx_bpf_attr *attr);

/* BPF_PROG_QUERY, whose answer each interface writes in its own way. */
int tcx_bpf_attr_query(const union tcx_bpf_attr *attr,
		       struct tcx_query *query,
		       struct tcx_query_result *res);

#endif /* TCX_BACKPORT_BPF_ATTR_H */
