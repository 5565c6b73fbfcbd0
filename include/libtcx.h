/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * libtcx: attach BPF programs of type SCHED_CLS to network devices with tcx
 *
 * The same calls work on a kernel that has tcx (Linux 6.6 and later), by bpf(2),
 * and on an older one with the tcx_backport module, by /dev/tcx. Rules, order and
 * errno values are the same on both. A program that says so can also have what
 * classic tc makes of them, on a kernel with clsact and cls_bpf (tested from 5.10
 * on): see "Legacy" below.
 *
 * The attach types are BPF_TCX_INGRESS and BPF_TCX_EGRESS, of any device, and
 * TCX_BACKPORT_NETKIT_PRIMARY and TCX_BACKPORT_NETKIT_PEER, the two ends of a
 * pair of netkit devices, both named by the ifindex of its primary device. They
 * need a kernel with netkit (Linux 6.7), or the module netkit_backport.
 *
 * Manners are libbpf's:
 *
 *  - Functions return 0 or an fd, or a negative errno.
 *  - Options travel in a struct that begins with its own size; declare it
 *    with TCX_OPTS(). A NULL pointer means no options. A struct from a newer
 *    header, with something set that this library does not know, is -EINVAL.
 *  - Loading the library does nothing; a call keeps no file open.
 *  - An fd that it returns, or opens for a request, is above 2, also where
 *    stdin, stdout or stderr is closed: 0 is no fd to those members of options
 *    that need none. replace_prog_fd with BPF_F_REPLACE, and prog_fd where a
 *    program is attached, may be 0; as a relative, or to be detached, a program
 *    or link at fd 0 has to be moved up first, fcntl(0, F_DUPFD_CLOEXEC, 3).
 *
 * All functions may be called from several threads at once, except that
 * tcx_set_print(), tcx_set_backend() and tcx_set_legacy() belong to the start of
 * a program.
 *
 * Errors of the library's own, and not of a request, whatever the function:
 *
 *   -EOPNOTSUPP  no tcx here: the kernel lacks it and the module is not loaded;
 *                or classic tc, which the caller has allowed, cannot do this
 *   -EACCES      the module is loaded, but /dev/tcx may not be opened
 *   -EPROTO      /dev/tcx speaks another ABI version, or is not the module's
 *   -EPERM       instead of -EINVAL: the kernel may not be asked whether it has tcx
 *
 * <linux/tcx_backport.h> lists the errors of the requests themselves.
 */
#ifndef LIBTCX_H
#define LIBTCX_H

#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <linux/bpf.h>
#include <linux/types.h>
#include <linux/tcx_backport.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifndef LIBTCX_API
#define LIBTCX_API __attribute__((visibility("default")))
#endif

/*
 * Declares an options struct, all zero but for its size and the members
 * given:
 *
 *	TCX_OPTS(tcx_attach_opts, opts, .flags = BPF_F_BEFORE);
 *
 * Padding is cleared too: it may be a member in a later version.
 */
#define TCX_OPTS(TYPE, NAME, ...)			\
	struct TYPE NAME;				\
	do {						\
		memset(&NAME, 0, sizeof(NAME));		\
		NAME = (struct TYPE) {			\
			.sz = sizeof(NAME),		\
			__VA_ARGS__			\
		};					\
	} while (0)

/* The library's version, as in "1.2.3". */
LIBTCX_API const char *tcx_version(void);

/*
 * Messages
 *
 * Levels have the values of libbpf's, so one callback can serve both, by a cast
 * (tcx_print_fn_t). Without a callback, warnings go to stderr and the rest is
 * dropped. NULL silences the library. Returns the callback in use before.
 */
enum tcx_print_level {
	TCX_WARN,
	TCX_INFO,
	TCX_DEBUG,
};

typedef int (*tcx_print_fn_t)(enum tcx_print_level level, const char *format,
			      va_list args);

LIBTCX_API tcx_print_fn_t tcx_set_print(tcx_print_fn_t fn);

/*
 * Names that others choose
 *
 * Devices, processes, pins, and what stands in object files have names that
 * may hold any byte but zero: line ends, orders to a terminal, what is not
 * UTF-8. What the library hands out as a name (struct tcx_link_holder, struct
 * tcx_link_pin) is what was chosen. In its messages and sentences such a text
 * is in a form that is always one line of UTF-8 and can be undone: characters
 * that do nothing but be seen stand there as they are, each byte of all others
 * as \xNN, with two hexadecimal digits. The backslash is one of those.
 *
 * tcx_escape() makes that form of a text. Returns what snprintf() would, or a
 * negative errno. What does not fit is left out without cutting a \xNN.
 */
LIBTCX_API int tcx_escape(const char *text, char *buf, size_t size);

/*
 * Backends: who carries out the requests
 *
 * tcx_backend() returns one of the values below, or a negative errno of those above
 * if that cannot be told. It looks for the module first, because the module can
 * make bpf(2) accept tcx as well; a kernel with tcx of its own does not let it load.
 * Whether the kernel has tcx it is asked, about a device that cannot exist; that
 * takes CAP_NET_ADMIN, on 5.10 CAP_BPF too (on 6.12 CAP_SYS_ADMIN will do).
 *
 * Nothing is remembered, since all of that may change while a process lives: the
 * module is loaded and unloaded, its parameter bpf_syscall switched. Every request
 * finds its way anew. It costs an open() of /dev/tcx; the kernel is asked only
 * after it has failed a request. So one through bpf(2) that fails because
 * bpf_syscall is off is -EOPNOTSUPP or -EACCES, and not the kernel's -EINVAL.
 *
 * tcx_set_backend() makes a choice, TCX_BACKEND_AUTO takes it back; it returns 0,
 * or -EINVAL for another value, and so does tcx_set_legacy(). What is chosen and not
 * there gives -EOPNOTSUPP, and tcx_backend() TCX_BACKEND_NONE; only native is not
 * looked for where the kernel may not be asked. LIBTCX_BACKEND in the environment
 * (native, module, legacy, none), meant for tests, chooses if the program does not;
 * legacy counts only where that allows it. LIBTCX_DEVICE names another file than
 * /dev/tcx. tcx_backend_name() is "unknown" for other values.
 */
enum tcx_backend {
	TCX_BACKEND_AUTO = -1,
	TCX_BACKEND_NONE,
	TCX_BACKEND_NATIVE,	/* the kernel's own tcx, through bpf(2) */
	TCX_BACKEND_MODULE,	/* tcx_backport, through /dev/tcx */
	TCX_BACKEND_LEGACY,	/* classic tc: clsact and cls_bpf filters */
};

LIBTCX_API int tcx_backend(void);
LIBTCX_API int tcx_set_backend(enum tcx_backend backend);
LIBTCX_API const char *tcx_backend_name(int backend);

/*
 * Legacy: classic tc instead of tcx
 *
 * Each program is a cls_bpf filter in direct action mode on the device's clsact
 * qdisc. TCX_NEXT, TCX_PASS, TCX_DROP and TCX_REDIRECT mean the same. Lifetime and
 * order do not, so nothing of this happens unless the caller wants it:
 *
 *   tcx_set_legacy(TCX_LEGACY_STRICT)	allows it where there is no tcx: the order
 *	is native, module, legacy, and legacy comes only if the kernel has been
 *	asked and has no tcx and the module is not loaded. A module that is there
 *	but cannot be used, and a kernel that cannot be asked, remain errors.
 *   tcx_set_backend(TCX_BACKEND_LEGACY)  chooses it, on any kernel.
 *
 * tcx_backend_info() tells what one has got. As every request finds its way
 * anew, and what one mechanism has attached the others do not see, a program
 * that allows legacy makes the choice once:
 *
 *	tcx_set_legacy(TCX_LEGACY_STRICT);
 *	tcx_backend_info(&info);
 *	tcx_set_backend(info.backend);
 *
 * Lifetime: a filter stays until it is detached, its device goes, or anybody
 * deletes it or the qdisc (tc(8)). It outlives whoever attached it.
 *
 * Order: the library's filters have the handle TCX_LEGACY_HANDLE, and priorities
 * between TCX_LEGACY_PRIORITY_MIN and TCX_LEGACY_PRIORITY_MAX; the first on a
 * side gets TCX_LEGACY_PRIORITY_FIRST. Filters of others run before or after
 * these by their own priorities: agents commonly take the smallest ones, and
 * where the kernel has chosen one, that filter runs before all that were there
 * then. Whichever returns something else than TC_ACT_UNSPEC (TCX_NEXT) keeps the
 * packet from those after it.
 *
 * What becomes of the calls:
 *
 *   tcx_prog_attach()	after the library's other programs; with BPF_F_REPLACE in
 *	the place of one, without a moment in which neither is attached. BPF_F_BEFORE
 *	and relatives are -EOPNOTSUPP, unless with TCX_LEGACY_BEST. -ERANGE also says
 *	that there is no free priority at the place: what attaches a new program
 *	and then detaches the old one gets there after a thousand times, what
 *	replaces it never.
 *   tcx_prog_detach()	a program that is named. None, flags and relatives are
 *	-EOPNOTSUPP, unless with TCX_LEGACY_BEST. The qdisc stays, empty: the kernel
 *	has no way to delete it only if nobody uses it.
 *   tcx_prog_query()	the library's programs, in their order, without links; the
 *	revision is 0, which as an expected one means any.
 *
 * TCX_LEGACY_BEST: places are accepted too, and become priorities that follow
 * them. They are right when they are chosen, but nothing guards them: who changes
 * the same side at the same time may get in between.
 *
 * Always -EOPNOTSUPP: links, also as relatives; an expected revision; the ends of
 * a netkit pair; egress on a device that has the ingress qdisc, which has none. A
 * qdisc whose filters are in a block shared by several devices is refused by the
 * kernel, with the same errno.
 *
 * Filters that others have made are neither changed nor removed.
 */
enum tcx_legacy {
	TCX_LEGACY_NO,		/* the default: tcx or nothing */
	TCX_LEGACY_STRICT,	/* only what it does as tcx would */
	TCX_LEGACY_BEST,	/* and places, as well as priorities can */
};

LIBTCX_API int tcx_set_legacy(enum tcx_legacy how);

#define TCX_LEGACY_HANDLE		0x746378	/* "tcx" */
#define TCX_LEGACY_PRIORITY_MIN		0x1000
#define TCX_LEGACY_PRIORITY_FIRST	0x8000
#define TCX_LEGACY_PRIORITY_MAX		0xffff

/*
 * What requests get from whoever carries them out now. Returns 0 or a negative
 * errno as tcx_backend() does, and -EOPNOTSUPP if there is no backend.
 */
enum {
	TCX_GIVES_LINKS = 1 << 0,	/* tcx_link_create() */
	TCX_GIVES_PLACES = 1 << 1,	/* before, after a relative */
	TCX_GIVES_EXACT = 1 << 2,	/* nobody gets in between; revisions */
	TCX_GIVES_SEPARATE = 1 << 3,	/* out of the reach of tc(8) */
};

struct tcx_backend_info {
	size_t sz;
	__u32 backend;		/* enum tcx_backend */
	__u32 gives;		/* TCX_GIVES_* */
	const char *lifetime;	/* constant strings: a sentence each, for people */
	const char *order;
};

LIBTCX_API int tcx_backend_info(struct tcx_backend_info *info);

/*
 * What the loaded module says about itself. After -EPROTO abi and version are
 * valid if version is not empty; after any other error nothing is.
 */
struct tcx_module_info {
	size_t sz;
	__u32 abi;		/* compare with TCX_BACKPORT_ABI */
	__u32 hook;		/* enum tcx_backport_hook */
	char version[32];
	__u64 features;		/* TCX_BACKPORT_FEAT_* */
	__u32 attach_flags;	/* BPF_F_* that it knows */
	__u32 max_progs;	/* per attach point */
	__u32 progs;		/* attached now, in all network namespaces */
	__u32 reserved;
};

LIBTCX_API int tcx_module_info(struct tcx_module_info *info);

/*
 * Requests
 *
 * ifindex is a device in the caller's network namespace. An attach type that is none
 * of the four is -EINVAL, whatever bpf(2) would make of it. A relative, the program
 * (with BPF_F_LINK: the link) that BPF_F_BEFORE and BPF_F_AFTER refer to, is named
 * by fd or by id (by both: -EINVAL); naming it by id sets BPF_F_ID.
 *
 * Rights: a program's fd suffices to attach and detach it, on a device in the
 * caller's network namespace. A query, and a detach that names no program, take
 * CAP_NET_ADMIN or CAP_SYS_ADMIN in the initial user namespace. bpf(2) may want
 * CAP_BPF besides (5.10's does); /dev/tcx opens to root, and to those whom its
 * udev rule (60-tcx_backport.rules) gives the node. Of legacy, attach and detach
 * take CAP_NET_ADMIN in the user namespace that owns the network namespace, and
 * what bpf(2) wants (on 5.10 CAP_BPF); a query takes none.
 */
struct tcx_attach_opts {
	size_t sz;
	__u32 flags;		/* BPF_F_* */
	__u32 relative_fd;
	__u32 relative_id;
	__u32 replace_prog_fd;	/* with BPF_F_REPLACE; ignored without */
	__u64 expected_revision;	/* 0: any */
};

/* Attaches a program; without options, after those that are there. What attach
 * type it was loaded for is not compared, as natively.
 */
LIBTCX_API int tcx_prog_attach(int ifindex, __u32 attach_type, int prog_fd,
			       const struct tcx_attach_opts *opts);

struct tcx_detach_opts {
	size_t sz;
	__u32 flags;
	__u32 relative_fd;
	__u32 relative_id;
	__u32 reserved;		/* 0 */
	__u64 expected_revision;
};

/*
 * Detaches a program, or, with prog_fd 0, the one at the place that the
 * options describe: the first with BPF_F_BEFORE, the last with BPF_F_AFTER
 * or without any flag. While fd 0 is a BPF program itself, prog_fd 0 is
 * -EINVAL: it might be meant, and another program would go. With tcx the last of
 * as many as there is room for can only be named: its place is -ERANGE.
 */
LIBTCX_API int tcx_prog_detach(int ifindex, __u32 attach_type, int prog_fd,
			       const struct tcx_detach_opts *opts);

/*
 * Reads the revision and the number of programs, and fills those of the
 * arrays that are given, in the order in which the programs run. With
 * -ENOSPC the arrays hold the first programs and count says how many there
 * are. The arrays are left alone if prog_ids is NULL.
 */
struct tcx_query_opts {
	size_t sz;
	__u32 count;		/* in: capacity of the arrays, out: programs */
	__u32 reserved;		/* 0 */
	__u32 *prog_ids;
	__u32 *prog_attach_flags;
	__u32 *link_ids;	/* 0: the program is not owned by a link */
	__u32 *link_attach_flags;
	__u64 revision;		/* out */
};

LIBTCX_API int tcx_prog_query(int ifindex, __u32 attach_type,
			      struct tcx_query_opts *opts);

/*
 * Links
 *
 * tcx_link_create() attaches a program by a BPF link and returns the link's
 * fd, with O_CLOEXEC set. The program stays attached for as long as the link
 * lives, that is until its last fd is closed and its last pin removed, and
 * nobody else can replace or detach it. The place is chosen as by
 * tcx_prog_attach(), but a link replaces nothing. A module on a kernel that
 * lacks what links need says -EOPNOTSUPP: TCX_BACKPORT_FEAT_LINK tells.
 *
 * What comes after is the kernel's and libbpf's, the same for every link. On
 * the fd, with libbpf 1.0 or later, whether or not it has heard of tcx:
 *
 *	bpf_link_update(fd, new_prog_fd, &opts)	another program, in place; with
 *						.flags = BPF_F_REPLACE only if
 *						.old_prog_fd is the present one
 *	bpf_link_detach(fd)			the link remains, defunct
 *	bpf_obj_pin(fd, path), bpf_obj_get(path)
 *	bpf_link_get_fd_by_id(id)
 *
 * libbpf makes no struct bpf_link of an fd. It does of a pin: after
 * bpf_obj_pin(), bpf_link__open(path) has one, for bpf_link__update_program(),
 * bpf_link__pin(), bpf_link__unpin(), bpf_link__detach() and
 * bpf_link__destroy(), which closes its fd and leaves the pin.
 */
struct tcx_link_create_opts {
	size_t sz;
	__u32 flags;		/* BPF_F_* */
	__u32 relative_fd;
	__u32 relative_id;
	__u32 reserved;		/* 0 */
	__u64 expected_revision;	/* 0: any */
};

LIBTCX_API int tcx_link_create(int ifindex, __u32 attach_type, int prog_fd,
			       const struct tcx_link_create_opts *opts);

/*
 * What a link is. tcx_link_info() asks an fd: -EBADF if it is not open, -EINVAL if
 * it is not a link of tcx or netkit. tcx_link_next() finds that with the smallest id
 * above start_id, in any network namespace, also a defunct one; -ENOENT if there is
 * none. It needs CAP_SYS_ADMIN.
 */
struct tcx_link_info {
	size_t sz;
	__u32 id;
	__u32 prog_id;
	__u32 ifindex;		/* in its own network namespace; 0: defunct;
				 * of a netkit pair, that of the end itself
				 */
	__u32 attach_type;
};

LIBTCX_API int tcx_link_info(int link_fd, struct tcx_link_info *info);
LIBTCX_API int tcx_link_next(__u32 start_id, struct tcx_link_info *info);

/*
 * Who keeps links alive
 *
 * The first walks through all processes and calls back for each fd of a link,
 * the second through all files of all mounted bpffs, for each pinned link:
 * links of every type, compare the id. What is passed is valid during the
 * call. A result other than 0 ends the walk and is returned.
 *
 * Threads that do not share their process's fds, and those that outlive its first
 * thread, are looked at too; an fd that several of them have is called back for
 * once. A bpffs that is mounted at several places is walked through at one of them.
 *
 * Both see what the caller may see: processes of its pid namespace whose fds it
 * may read (root: all), and bpffs in its mount namespace. A link without a holder
 * and a pin may still be alive.
 */
struct tcx_link_holder {
	size_t sz;
	__u32 link_id;
	__u32 pid;
	__u32 fd;
	__u32 tid;		/* the thread that has it: /proc/TID/fd */
	const char *command;	/* may be empty: the process has ended */
};

struct tcx_link_pin {
	size_t sz;
	__u32 link_id;
	__u32 reserved;
	const char *path;
};

typedef int (*tcx_link_holder_fn_t)(const struct tcx_link_holder *holder,
				    void *ctx);
typedef int (*tcx_link_pin_fn_t)(const struct tcx_link_pin *pin, void *ctx);

LIBTCX_API int tcx_link_walk_holders(tcx_link_holder_fn_t fn, void *ctx);
LIBTCX_API int tcx_link_walk_pins(tcx_link_pin_fn_t fn, void *ctx);

/*
 * Explaining a failure
 *
 * Writes one sentence: what could not be done, the cause, and what to do next. It
 * may look at the system, or ask the attach point, to tell apart causes that share
 * an errno. err is what the request returned, negative or not; the options repeat
 * the request. Returns what snprintf() would. Never fails for an errno or an op
 * that it does not know; if its options are invalid it returns -EINVAL, and has
 * written what strerror() says of err.
 */
enum tcx_op {
	TCX_OP_NONE,		/* no request: only why there is no backend */
	TCX_OP_ATTACH,
	TCX_OP_DETACH,
	TCX_OP_QUERY,
	TCX_OP_LINK_CREATE,	/* tcx_link_create() */
	TCX_OP_LINK_UPDATE,	/* bpf_link_update() */
	TCX_OP_LINK_DETACH,	/* bpf_link_detach() */
};

struct tcx_explain_opts {
	size_t sz;
	__u32 op;		/* enum tcx_op */
	int ifindex;
	const char *device;	/* its name; NULL: looked up */
	__u32 attach_type;
	int prog_fd;
	__u32 flags;
	__u32 relative_fd;
	__u32 relative_id;
	__u32 replace_prog_fd;	/* of a link's update: old_prog_fd */
	__u64 expected_revision;
	/* A link's update and detach need, of all these, op and link_fd; the
	 * update prog_fd too, and what it was given of flags and old_prog_fd.
	 */
	int link_fd;
	__u32 reserved;		/* 0 */
};

LIBTCX_API int tcx_explain(int err, const struct tcx_explain_opts *opts,
			   char *buf, size_t size);

/*
 * Loading with libbpf
 *
 * libbpf before 1.3 does not know the section names that came with tcx:
 * tcx/ingress, tcx/egress, tc/ingress, tc/egress, netkit/primary and
 * netkit/peer. tcx_object_prepare() gives programs of an opened object that
 * libbpf has no type for the type and the expected attach type that later
 * versions would, and returns 0, -EINVAL without an object, or libbpf's errno, as
 * -EBUSY if it is loaded. tcx_object_open() opens an object and does that; like
 * bpf_object__open_file() it returns NULL and sets errno on failure.
 *
 * When to close the object: an attached program keeps its maps, but the kernel
 * empties a prog array, and cancels the bpf_timer, bpf_wq and bpf_task_work in
 * the values of a map, as soon as no process has an fd of that map and it is
 * pinned nowhere. Tail calls then fall through, and timers cannot be initialised
 * again, without any error. A caller whose programs reach such maps, directly,
 * by tail calls or in maps of maps, keeps the object open for as long as they
 * are attached, or pins these maps first (bpf_map__pin(), or LIBBPF_PIN_BY_NAME
 * in the object). A pinned link does not keep them. The library closes no object
 * and pins nothing.
 */
struct bpf_object;
struct bpf_object_open_opts;

LIBTCX_API int tcx_object_prepare(struct bpf_object *obj);
LIBTCX_API struct bpf_object *
tcx_object_open(const char *path, const struct bpf_object_open_opts *opts);

#ifdef __cplusplus
}
#endif

#endif /* LIBTCX_H */
