/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* What the files of the library share. Names begin with tcx__ so that the
 * static library does not get in the way of its users' names.
 */
#ifndef LIBTCX_INTERNAL_H
#define LIBTCX_INTERNAL_H

#include <stdbool.h>

#include "libtcx.h"
#include "text.h"

__attribute__((format(printf, 2, 3)))
void tcx__print(enum tcx_print_level level, const char *format, ...);

#define pr_warn(...)	tcx__print(TCX_WARN, "libtcx: " __VA_ARGS__)
#define pr_debug(...)	tcx__print(TCX_DEBUG, "libtcx: " __VA_ARGS__)

/* A request, free of the layout of either backend. */
struct tcx__request {
	__u32 ifindex;
	__u32 attach_type;
	__u32 prog_fd;
	__u32 flags;
	__u32 replace_prog_fd;
	__u32 relative;		/* an id with BPF_F_ID, else an fd */
	__u64 expected_revision;
};

/* Pointers as numbers: both backends want them so. */
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

/* backend.c: who carries out one request. tcx__backend_begin() returns 0 or a
 * negative errno; after 0 the request's result goes through
 * tcx__backend_end(), which returns what the caller is to get.
 */
struct tcx__backend {
	int kind;		/* TCX_BACKEND_NATIVE or TCX_BACKEND_MODULE */
	int fd;			/* the module's device, or -1 */
	int no_module;		/* the kernel was chosen for want of a module:
				 * why there is none; else 0
				 */
};

int tcx__backend_begin(struct tcx__backend *backend);
int tcx__backend_end(const struct tcx__backend *backend, int ret);

/* native.c: the probe answers 1, 0, or, if it cannot tell, a negative errno */
int tcx__native_probe(void);
int tcx__native_attach(const struct tcx__request *req);
int tcx__native_detach(const struct tcx__request *req);
int tcx__native_link_create(const struct tcx__request *req);
int tcx__native_query(struct tcx__query *query);

/* module.c: tcx__module_open() returns an fd of a device whose ABI fits. info
 * may be NULL.
 */
const char *tcx__module_path(void);
int tcx__module_open(struct tcx_backport_info *info);
int tcx__module_attach(int fd, const struct tcx__request *req);
int tcx__module_detach(int fd, const struct tcx__request *req);
int tcx__module_link_create(int fd, const struct tcx__request *req);
int tcx__module_query(int fd, struct tcx__query *query);

/* prog.c: names the relative; a program's attachment and a link have it alike */
int tcx__set_relative(struct tcx__request *req, __u32 flags, __u32 fd,
		      __u32 id);

/* fd.c: what an fd is. UNKNOWN: there is no /proc to ask. */
enum tcx__kind {
	TCX__UNKNOWN,
	TCX__CLOSED,
	TCX__OTHER,
	TCX__PROG,
	TCX__LINK,
};

/* name is what /proc/PID/fd/N points to. */
enum tcx__kind tcx__kind_of_name(const char *name);
enum tcx__kind tcx__kind(int fd);
/* Takes an fd, or an errno, which it returns, and moves it above stderr's. */
int tcx__fd_above_std(int fd);
int tcx__info(int fd, void *info, __u32 size);

/* absent.c: why there is no module, and what to do */
void tcx__say_absent(struct tcx__text *text);

#endif /* LIBTCX_INTERNAL_H */
