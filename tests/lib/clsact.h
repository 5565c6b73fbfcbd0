/* SPDX-License-Identifier: GPL-2.0 */
/* Classic tc: clsact, and cls_bpf filters in direct action mode. What cannot be
 * done ends the test's process.
 */
#ifndef TESTS_LIB_CLSACT_H
#define TESTS_LIB_CLSACT_H

/* Adds a clsact qdisc; the second one only where there is none. */
void tc_hook(const char *dev);
void tc_hook_ensure(const char *dev);

/* Deletes it, with its filters. */
void tc_unhook(const char *dev);

/* Adds a filter at BPF_TCX_INGRESS or BPF_TCX_EGRESS. @priority: 0 lets the
 * kernel choose; with another one tc_filter_del() finds it.
 */
void tc_filter_fd(const char *dev, int type, int prog_fd, int priority);

void tc_filter_del(int ifindex, int type, int priority);

#endif /* TESTS_LIB_CLSACT_H */
