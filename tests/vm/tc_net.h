/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Classic tc for the tests that have it side by side with tcx: tc(8) where a
 * rule is easily said in words, raw rtnetlink where a test does it often or
 * from several processes at once. Goes with datapath.h and netns.h.
 */
#ifndef TESTS_VM_TC_NET_H
#define TESTS_VM_TC_NET_H

#include <sys/wait.h>

#include "datapath_progs.h"
#include "netns.h"

/* What a shell command prints; the caller frees it. */
char *output_of(const char *command);

struct tc_count {
	unsigned long long bytes;
	unsigned int packets, drops;
};

/* What the first action in a list of filters has counted. */
struct tc_count action_count(const char *filters);

/* What the device's clsact or ingress qdisc has counted, in both directions. */
struct tc_count qdisc_count(const char *dev);

/* @flags: NLM_F_CREATE and so on. @handle: tc(8) names ffff:, where the kernel
 * finds the qdisc that is there; with 0 it may put one of another kind in its
 * place.
 */
int qdisc_modify(int ifindex, const char *kind, int flags, __u32 handle);

/* A classic filter whose program lets the next filter have its say, too. */
struct prog prog_classic(void);

/* Which filter a request is about; @ifindex and @parent may name a block. */
void filter_name(struct nl_req *req, int ifindex, __u32 parent, int prio);

/* That it is a direct-action cls_bpf filter with this program. */
void filter_bpf_put(struct nl_req *req, int prog_fd);

/* A direct-action cls_bpf filter; NLM_F_REPLACE in @flags exchanges the program
 * of one that is there.
 */
int filter_bpf(int ifindex, int type, int prio, int prog_fd, int flags);

/* A flower filter without an action, in software only. The kernel adds and
 * removes those without RTNL.
 */
int filter_flower(int ifindex, int type, int prio);

/* All filters of a priority. */
int filter_del(int ifindex, int type, int prio);

#endif /* TESTS_VM_TC_NET_H */
