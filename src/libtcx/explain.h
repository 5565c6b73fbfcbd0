/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* What the files share that put explanations together. */
#ifndef LIBTCX_EXPLAIN_H
#define LIBTCX_EXPLAIN_H

#include <net/if.h>
#include <stdbool.h>

#include "internal.h"

struct tcx__explain {
	struct tcx__text text;
	struct tcx_explain_opts what;	/* as complete as it can be made */
	char device[IF_NAMESIZE + 16];
	struct tcx_link_info link;	/* of what.link_fd; id 0: unknown */
	/* The attach point as it is now, if it could be asked. */
	bool asked;
	__u32 count;
	__u32 prog_ids[TCX_BACKPORT_MAX_PROGS];
	__u32 link_ids[TCX_BACKPORT_MAX_PROGS];
	__u64 revision;
};

#define say(c, ...) tcx__say(&(c)->text, __VA_ARGS__)

/* explain_ask.c */
void tcx__explain_ask(struct tcx__explain *c);

/* The position of a program, from 1, or 0 if it is not attached here. */
__u32 tcx__explain_position(const struct tcx__explain *c, __u32 id);

/* What an fd is. For a program, its type and id too. */
enum tcx__kind tcx__explain_kind(int fd, __u32 *type, __u32 *id);

/* Says what is wrong with an fd that should be a SCHED_CLS program, if
 * anything is.
 */
bool tcx__explain_prog(struct tcx__explain *c, int fd, const char *which);
/* The same of the relative, if it is named by fd, or if none is named. */
bool tcx__explain_relative(struct tcx__explain *c);
/* Says that there is a flag about a relative, but none, if that is so. */
bool tcx__explain_no_relative(struct tcx__explain *c);

/* Whether bpf(2) wants CAP_BPF, which the caller lacks, whatever it is asked. */
bool tcx__explain_wants_cap_bpf(void);

/* What has a file of its own, explain_link.c and others: each says what is
 * particular to it, or returns false. explain.c asks them in turn; they ask
 * nobody but explain_ask.c.
 */
bool tcx__explain_link(struct tcx__explain *c, int err);
bool tcx__explain_legacy(struct tcx__explain *c, int err);
bool tcx__explain_netkit(struct tcx__explain *c, int err);
bool tcx__explain_of_netkit(const struct tcx__explain *c);
bool tcx__explain_module(struct tcx__explain *c, int err);
bool tcx__explain_request(struct tcx__explain *c, int err);

/* explain_link.c: what a link adds to a request, and its name in a sentence */
void tcx__explain_link_complete(struct tcx__explain *c);
void tcx__explain_link_name(struct tcx__explain *c);

#endif /* LIBTCX_EXPLAIN_H */
