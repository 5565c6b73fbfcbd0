/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * tcx_backport: the ioctl interface of /dev/tcx
 *
 * tcx attaches BPF programs of type BPF_PROG_TYPE_SCHED_CLS to the ingress
 * and to the egress of a network device. Every (device, direction) pair is
 * an attach point: an ordered array of at most TCX_BACKPORT_MAX_PROGS
 * programs and a revision, a counter that every change of the array
 * increments. Linux 6.6 offers this through bpf(2); the ioctls below offer
 * the same requests, with the same rules and the same errno values, on
 * kernels that lack it. The reference is Linux 6.12: kernel/bpf/mprog.c,
 * kernel/bpf/tcx.c and bpf_prog_{attach,detach,query}() in
 * kernel/bpf/syscall.c.
 *
 * Opening
 *
 *   open("/dev/tcx", O_RDWR | O_CLOEXEC). The node belongs to root and has
 *   mode 0600. An open file is a grant: whoever holds it may issue the
 *   requests below. Authority is checked on the caller of each request and
 *   never on who opened the file:
 *
 *     - Holding a program's fd suffices to attach that program and to detach
 *       it.
 *     - TCX_BACKPORT_PROG_DETACH without a program, and
 *       TCX_BACKPORT_PROG_QUERY, need CAP_NET_ADMIN or CAP_SYS_ADMIN in the
 *       initial user namespace.
 *     - TCX_BACKPORT_INFO needs nothing more than the open file.
 *
 *   A device is named by its ifindex in the network namespace that the
 *   caller is in when it issues the request.
 *
 * netkit
 *
 *   With netkit_backport loaded (TCX_BACKPORT_FEAT_NETKIT), the attach types
 *   TCX_BACKPORT_NETKIT_PRIMARY and TCX_BACKPORT_NETKIT_PEER are known too: the
 *   two ends of a pair of netkit devices, both named by the ifindex of the
 *   primary device. Everything below holds for them, but for this: after ENODEV,
 *   ENXIO says that the device is not of kind netkit, and EACCES that it is the
 *   peer of its pair. No qdisc keeps an attach point: it is there as long as its
 *   device, and so is its revision, though an empty one answers a query with 1.
 *   The information about a link of a peer has the peer's ifindex. Without
 *   netkit_backport the two are unknown attach types.
 *
 * Growth
 *
 *   The size of the argument is part of an ioctl's number, and a structure
 *   grows at its end only. A caller built against an older header passes a
 *   shorter structure: what it does not have counts as zero. A caller built
 *   against a newer one passes a longer structure: what the module does not
 *   know must be zero, else the request is refused with E2BIG. Members named
 *   reserved must be zero, else EINVAL. A size below that of the first
 *   version of a structure is EINVAL. The first 40 bytes of struct
 *   tcx_backport_info never change, so that a tool and a module of different
 *   age can always tell each other apart.
 *
 * Errors common to all requests
 *
 *   ENOTTY   no such request
 *   EINVAL   argument too short, or a reserved member is not zero
 *   E2BIG    argument too long, with a non-zero tail
 *   EFAULT   bad pointer
 *
 * A request that fails changes nothing.
 *
 *
 * TCX_BACKPORT_INFO (struct tcx_backport_info, written)
 *
 *   Says which module this is and what it can do. Members that the module
 *   does not know are filled with zero.
 *
 * TCX_BACKPORT_PROG_ATTACH (struct tcx_backport_prog_attach, read)
 *
 *   Attaches the program prog_fd. Without flags it goes to the end of the
 *   array. With flags:
 *
 *     BPF_F_BEFORE   directly before the relative, or first without one
 *     BPF_F_AFTER    directly after the relative, or last without one
 *     BPF_F_REPLACE  in the place of the program replace_prog_fd
 *     BPF_F_ID       the relative is named by id, not by fd
 *     BPF_F_LINK     the relative is a BPF link, not a program
 *
 *   The flags may be combined; every position that they ask for must then be
 *   the same one. A relative that is named has to exist even where no flag asks
 *   for its position. BPF_F_ID and BPF_F_LINK without a relative are refused as
 *   a relative that does not exist. The program stays attached until it is detached or its
 *   device disappears. expected_revision, when not zero, must be the
 *   attach point's present revision.
 *
 *   In the order in which they are checked:
 *
 *   EINVAL   unknown attach_type or flag
 *   EBADF    prog_fd is not open
 *   EINVAL   prog_fd is not a program, or not of type SCHED_CLS, or is
 *            offloaded to a device
 *   ENODEV   no device with this ifindex in the caller's network namespace
 *   EBADF, EINVAL  the same as above for replace_prog_fd with BPF_F_REPLACE
 *   ENOMEM   out of memory
 *   ESTALE   expected_revision is not the present revision
 *   EEXIST   the program is attached here already
 *   EBADF, EINVAL, ENOENT  the relative does not exist or is not fit
 *   EAGAIN   the relative is a link that is just being created: try again
 *   ENOENT   the program to be replaced, or the relative, is not attached here
 *   EBUSY    the program to be replaced is owned by a link
 *   ERANGE   the array is full, or the flags ask for different positions
 *   EINVAL   a relative was named but none of BPF_F_BEFORE, BPF_F_AFTER and
 *            BPF_F_REPLACE given
 *
 * TCX_BACKPORT_PROG_DETACH (struct tcx_backport_prog_detach, read)
 *
 *   Detaches the program prog_fd. With prog_fd 0 no program is named: then
 *   BPF_F_BEFORE detaches the program before the relative, or the first one
 *   without a relative, and BPF_F_AFTER, or no flag at all, the one after
 *   it or the last one. Where nothing is before or after the relative, the
 *   relative itself is meant. In a full array the end cannot be named so:
 *   ERANGE. Naming a program and a position is possible; both must be the same.
 *
 *   EINVAL   unknown attach_type or flag
 *   EBADF, EINVAL  as for TCX_BACKPORT_PROG_ATTACH, where prog_fd is not 0
 *   EPERM    prog_fd is 0 and the caller lacks the capability
 *   ENODEV   no device with this ifindex in the caller's network namespace
 *   ENOENT   nothing is attached here, and no clsact or ingress qdisc keeps the
 *            attach point
 *   EINVAL   BPF_F_REPLACE
 *   ESTALE   expected_revision is not the present revision
 *   ENOENT   nothing is attached here
 *   EBADF, EINVAL, ENOENT  the relative does not exist or is not fit
 *   EAGAIN   the relative is a link that is just being created: try again
 *   ENOENT   the program, or the relative, is not attached here
 *   EBUSY    the program is owned by a link: only the link can detach it
 *   ERANGE   the flags ask for different positions
 *   EINVAL   a relative was named but no program, and neither BPF_F_BEFORE nor
 *            BPF_F_AFTER given
 *
 * TCX_BACKPORT_PROG_QUERY (struct tcx_backport_prog_query, read and written)
 *
 *   Reads an attach point: its revision and the number of programs, and,
 *   where the arrays are given, the ids of the programs and of the links
 *   that own them (0: no link), in the order in which the programs run.
 *   count holds the arrays' capacity on entry and the number of attached
 *   programs on return, also when the arrays are too short. Arrays are
 *   written only if prog_ids is given and count is not 0. An attach point
 *   with nothing attached answers count 0 and, unless a clsact or ingress
 *   qdisc kept its counter alive, revision 1.
 *
 *   EPERM    the caller lacks the capability
 *   EINVAL   unknown attach_type or query flag
 *   ENODEV   no device with this ifindex in the caller's network namespace
 *   EINVAL   query_flags or attach_flags is not zero
 *   ENOSPC   the arrays are too short; they hold the first programs
 *
 * TCX_BACKPORT_LINK_CREATE (struct tcx_backport_link_create, read)
 *
 *   Attaches the program prog_fd by a BPF link and returns the link's fd, with
 *   O_CLOEXEC set. The place is chosen as by TCX_BACKPORT_PROG_ATTACH. The
 *   program stays attached as long as the link lives: until its last fd is
 *   closed and its last pin removed. Nobody else can replace or detach it. The
 *   link is one of the kernel's own, to be used with bpf(2) like any other:
 *
 *     BPF_LINK_UPDATE     another program takes the place, in one step for
 *                         packets; ENOLINK if the device is gone or the link
 *                         was detached, EPERM if the given old program is not
 *                         the present one, EEXIST if the new one is attached
 *                         here already, EINVAL if it is not of type SCHED_CLS,
 *                         or if old_prog_fd is given without BPF_F_REPLACE
 *     BPF_LINK_DETACH     the program is detached, the link remains, defunct
 *     BPF_OBJ_PIN, BPF_OBJ_GET, BPF_LINK_GET_FD_BY_ID, BPF_LINK_GET_NEXT_ID
 *     BPF_OBJ_GET_INFO_BY_FD  type BPF_LINK_TYPE_TCX, or of netkit
 *                         TCX_BACKPORT_LINK_TYPE_NETKIT, with ifindex (0: the
 *                         device is gone or the link was detached) and
 *                         attach_type where struct bpf_link_info has its
 *                         member tcx
 *
 *   If the device disappears the link remains, defunct. If the device moves to
 *   another network namespace the program stays attached.
 *
 *   EINVAL   unknown flag
 *   EOPNOTSUPP  the kernel lacks a function that links need; then
 *               TCX_BACKPORT_FEAT_LINK is not set either
 *   EBADF, EINVAL  as for TCX_BACKPORT_PROG_ATTACH
 *   EINVAL   unknown attach_type
 *   ENODEV   as for TCX_BACKPORT_PROG_ATTACH
 *   ENOMEM, EMFILE, ENFILE  no memory, or no file descriptor, for the link
 *   ESTALE, EEXIST, EBADF, EINVAL, ENOENT, ERANGE  as for
 *            TCX_BACKPORT_PROG_ATTACH. A link replaces nothing: BPF_F_REPLACE
 *            is ENOENT.
 */
#ifndef _UAPI_LINUX_TCX_BACKPORT_H
#define _UAPI_LINUX_TCX_BACKPORT_H

#include <linux/bpf.h>
#include <linux/ioctl.h>
#include <linux/types.h>

/*
 * What a <linux/bpf.h> from before Linux 6.6 lacks, with upstream's values.
 * The flags, the attach types and the return codes entered that header
 * together, so one of the macros tells whether the enumerators are there.
 */
#ifndef BPF_F_BEFORE
#define BPF_F_BEFORE	(1U << 3)
#define BPF_F_AFTER	(1U << 4)
#define BPF_F_ID	(1U << 5)
#define BPF_F_LINK	(1U << 13)

#define BPF_TCX_INGRESS	46
#define BPF_TCX_EGRESS	47

#define BPF_LINK_TYPE_TCX 11

/* What a tcx program returns. Other values count as TCX_NEXT for the packet,
 * but the programs after this one do not run.
 */
#define TCX_NEXT	-1	/* run the next program */
#define TCX_PASS	0	/* accept the packet, run no further program */
#define TCX_DROP	2	/* drop the packet */
#define TCX_REDIRECT	7	/* do what bpf_redirect*() was asked for */
#endif

/*
 * netkit's attach types and its type of link, of Linux 6.7. Names of our own: a
 * <linux/bpf.h> of 6.6 has tcx's enumerators but not these, and no macro tells.
 * A program returns the same values as a tcx program, of which any that is not
 * listed above drops the packet here.
 */
#define TCX_BACKPORT_NETKIT_PRIMARY	54
#define TCX_BACKPORT_NETKIT_PEER	55
#define TCX_BACKPORT_LINK_TYPE_NETKIT	13

#define TCX_BACKPORT_DEVICE	"/dev/tcx"
#define TCX_BACKPORT_MAGIC	0x74637862U	/* "tcxb" */

/* Incremented only by a change after which an older caller would misbehave. */
#define TCX_BACKPORT_ABI	1

/* Programs that one attach point can hold. */
#define TCX_BACKPORT_MAX_PROGS	63

/* The way by which packets reach the programs. */
enum tcx_backport_hook {
	TCX_BACKPORT_HOOK_UNSPEC,
	TCX_BACKPORT_HOOK_NETFILTER,	/* netfilter's netdev family */
	TCX_BACKPORT_HOOK_TC,		/* the kernel's own tc entry points */
};

/* Bits of struct tcx_backport_info.features. */
#define TCX_BACKPORT_FEAT_INGRESS	(1ULL << 0)
#define TCX_BACKPORT_FEAT_EGRESS	(1ULL << 1)
#define TCX_BACKPORT_FEAT_LINK		(1ULL << 2)	/* links can be created */
#define TCX_BACKPORT_FEAT_BPF_SYSCALL	(1ULL << 3)	/* bpf(2) accepts tcx */
#define TCX_BACKPORT_FEAT_NETKIT	(1ULL << 4)	/* netkit_backport is loaded */

struct tcx_backport_info {
	__u32	magic;		/* TCX_BACKPORT_MAGIC */
	__u32	abi;		/* TCX_BACKPORT_ABI of the module */
	char	version[32];	/* the module's version, NUL-terminated */
	/* Everything above keeps its place for ever. */
	__u64	features;	/* TCX_BACKPORT_FEAT_* */
	__u32	hook;		/* enum tcx_backport_hook, in use */
	__u32	attach_flags;	/* BPF_F_* known to PROG_ATTACH and PROG_DETACH */
	__u32	max_progs;	/* per attach point */
	__u32	progs;		/* attached now, in all network namespaces */
};

struct tcx_backport_prog_attach {
	__u32	ifindex;
	__u32	attach_type;	/* BPF_TCX_* or TCX_BACKPORT_NETKIT_* */
	__u32	prog_fd;
	__u32	flags;		/* BPF_F_* */
	__u32	replace_prog_fd;	/* with BPF_F_REPLACE */
	union {
		__u32	relative_fd;	/* 0: no relative */
		__u32	relative_id;	/* with BPF_F_ID */
	};
	__u64	expected_revision;	/* 0: any */
};

struct tcx_backport_prog_detach {
	__u32	ifindex;
	__u32	attach_type;
	__u32	prog_fd;	/* 0: none named */
	__u32	flags;
	union {
		__u32	relative_fd;
		__u32	relative_id;
	};
	__u32	reserved;
	__u64	expected_revision;
};

struct tcx_backport_prog_query {
	__u32	ifindex;
	__u32	attach_type;
	__u32	query_flags;	/* must be 0 */
	__u32	attach_flags;	/* must be 0, returned as 0 */
	__u32	count;		/* in: capacity of the arrays, out: programs */
	__u32	reserved;
	__u64	prog_ids;	/* __u32 *, or 0 */
	__u64	prog_attach_flags;	/* __u32 *, or 0 */
	__u64	link_ids;	/* __u32 *, or 0 */
	__u64	link_attach_flags;	/* __u32 *, or 0 */
	__u64	revision;	/* out */
};

struct tcx_backport_link_create {
	__u32	ifindex;
	__u32	attach_type;
	__u32	prog_fd;
	__u32	flags;
	union {
		__u32	relative_fd;
		__u32	relative_id;
	};
	__u32	reserved;
	__u64	expected_revision;
};

#define TCX_BACKPORT_IOC_MAGIC	0xb7

#define TCX_BACKPORT_INFO \
	_IOR(TCX_BACKPORT_IOC_MAGIC, 0, struct tcx_backport_info)
#define TCX_BACKPORT_PROG_ATTACH \
	_IOW(TCX_BACKPORT_IOC_MAGIC, 1, struct tcx_backport_prog_attach)
#define TCX_BACKPORT_PROG_DETACH \
	_IOW(TCX_BACKPORT_IOC_MAGIC, 2, struct tcx_backport_prog_detach)
#define TCX_BACKPORT_PROG_QUERY \
	_IOWR(TCX_BACKPORT_IOC_MAGIC, 3, struct tcx_backport_prog_query)
#define TCX_BACKPORT_LINK_CREATE \
	_IOW(TCX_BACKPORT_IOC_MAGIC, 4, struct tcx_backport_link_create)

#endif /* _UAPI_LINUX_TCX_BACKPORT_H */
