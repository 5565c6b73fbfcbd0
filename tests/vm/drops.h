/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a drop monitor is told of packets that are freed: the kfree_skb event, and
 * which functions have led there, in a trace instance of its own.
 */
#ifndef TESTS_VM_DROPS_H
#define TESTS_VM_DROPS_H

#include <stddef.h>

/* Begin to listen, for what fits the event's filter: 0 or a negative errno. */
int drops_watch(const char *filter);

/* End it, and tell all that was heard: a length or a negative errno. */
int drops_read(char *text, size_t size);

#endif /* TESTS_VM_DROPS_H */
