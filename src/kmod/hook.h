/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How packets reach the programs of an attach point. A hook is one way of
 * doing that; which one is used is decided when the module is loaded.
 */
#ifndef TCX_BACKPORT_HOOK_H
#define TCX_BACKPORT_HOOK_H

#include <linux/types.h>

struct tcx_entry;

struct tcx_hook {
	u32	id;	/* enum tcx_backport_hook */

	/* At module load and unload. init() refuses, with a line in the log,
	 * what the hook cannot serve on this kernel.
	 */
	int	(*init)(void);
	void	(*exit)(void);

	/* Make packets of the entry's device and direction run through it, or
	 * stop that. Called under RTNL, alternately. After del() no packet
	 * enters newly; those inside have left a grace period later. add()
	 * waits for no grace period.
	 */
	int	(*add)(struct tcx_entry *entry);
	void	(*del)(struct tcx_entry *entry);
};

extern const struct tcx_hook tcx_hook_netfilter;

#endif /* TCX_BACKPORT_HOOK_H */
