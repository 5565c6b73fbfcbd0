/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How packets reach the programs of an attach point. A hook is one way of
 * doing that; which one is used is decided when the module is loaded.
 */
#ifndef TCX_BACKPORT_HOOK_H
#define TCX_BACKPORT_HOOK_H

#include <linux/types.h>

struct static_key;
struct tcx_entry;

struct tcx_hook {
	u32	id;	/* enum tcx_backport_hook */

	/* At module load and unload. init() says in the log what it misses.
	 * After exit() no CPU is in the hook's functions.
	 */
	int	(*init)(void);
	void	(*exit)(void);

	/* Once, when redirected calls are diverted, before the first bind();
	 * optional. May sleep.
	 */
	void	(*open)(void);

	/* Once in an entry's life: prepare it, which may fail with a line in the
	 * log, and take that back (optional). Under RTNL, with the static keys
	 * held. bind() is the last step of a request that can fail, so that
	 * nothing is bound in vain. After unbind() no packet enters newly; those
	 * inside have left a grace period later, which it does not wait for.
	 */
	int	(*bind)(struct tcx_entry *entry);
	void	(*unbind)(struct tcx_entry *entry);

	/* Between these, with the first and after the last program: make packets
	 * of the entry's device and direction run through it, and stop that.
	 * Under RTNL, with the static keys held. As for unbind(), packets may
	 * still be inside after del(). Optional, for a hook that lets packets in
	 * from bind() to unbind().
	 */
	void	(*add)(struct tcx_entry *entry);
	void	(*del)(struct tcx_entry *entry);

	/* The static key on the packets' way, besides the device layer's own;
	 * optional.
	 */
	struct static_key *(*key)(bool ingress);
};

extern const struct tcx_hook tcx_hook_netfilter;	/* CONFIG_NETFILTER_EGRESS */
extern const struct tcx_hook tcx_hook_tc;

#endif /* TCX_BACKPORT_HOOK_H */
