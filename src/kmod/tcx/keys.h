/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The static keys that packets pass on their way to a hook.
 *
 * Switching one on or off takes several hundred microseconds: all CPUs are made
 * to see the patched code. With the key on already, attaching takes a few. So a
 * reference is taken with the first attach point of a direction and kept for
 * some seconds after the last one has gone.
 *
 * RTNL protects this state.
 */
#ifndef TCX_BACKPORT_KEYS_H
#define TCX_BACKPORT_KEYS_H

#include <linux/types.h>

struct tcx_hook;

void tcx_keys_init(const struct tcx_hook *hook);
/* Not under RTNL. */
void tcx_keys_exit(void);

/* Once per attach point that has programs, and back. Under RTNL. */
void tcx_keys_hold(bool ingress);
void tcx_keys_release(bool ingress);

/* One count of each key, for a hook whose registration takes and gives back one
 * by itself but is kept longer than the keys shall be on: put after registering,
 * get before unregistering. Only while the keys are held, so that neither
 * switches one. Counts are not told apart, so it does not matter whose is put.
 */
void tcx_keys_count_get(bool ingress);
void tcx_keys_count_put(bool ingress);

#endif /* TCX_BACKPORT_KEYS_H */
