/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Packets that wait in an NFQUEUE: a queue of the namespace that the caller is
 * in, whose owner has the packets wait until he accepts them. Raw nfnetlink.
 * Functions return 0, an fd or a number, or a negative errno.
 */
#ifndef TESTS_VM_NFQUEUE_H
#define TESTS_VM_NFQUEUE_H

/* Returns the owner's fd; the queue goes when it is closed. */
int nfq_open(int queue);

/* How many packets wait in the queue. */
int nfq_waiting(int queue);

/* Lets all go that still wait, out of the @sent that have come. Ids count from 1. */
int nfq_accept(int fd, int queue, int sent);

#endif /* TESTS_VM_NFQUEUE_H */
