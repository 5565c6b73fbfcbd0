/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel's memory and RCU for code under test in user space.
 *
 * What has been published (rcu_assign_pointer) belongs to its readers: it
 * must not change any more, must not be freed without a grace period, and must
 * be unpublished before kfree_rcu(). kfree_rcu() frees when the test says that
 * a grace period is over and not before. Whatever breaks these rules is kept
 * for shim_check(); accesses out of bounds and after a free are AddressSanitizer's.
 */
#ifndef SHIM_H
#define SHIM_H

#include <linux/types.h>

/* For the code under test, by way of the headers beside this one. */
void *shim_alloc(size_t size, gfp_t gfp);
void shim_free(const void *p);
void shim_published(void *slot, const void *p);
void shim_free_rcu(void *p, size_t head);

/* For the tests. */

/* Pointers below that lead to no memory: NULL, and what stands for something
 * that the code under test compares and never follows.
 */
#define SHIM_MEMORY	0x10000

/* The nth allocation from now fails (0: none), unless it has __GFP_NOFAIL. */
void shim_fail_alloc(unsigned int nth);

/* Frees what kfree_rcu() was asked to. */
void shim_grace_period(void);

/* Allocations that are neither freed nor handed to kfree_rcu(). */
unsigned int shim_live(void);

/* The first broken rule so far, NULL if there is none. */
const char *shim_check(void);

/* Frees everything and forgets all complaints. */
void shim_reset(void);

#endif
