/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SHIM_LINUX_RCUPDATE_H
#define SHIM_LINUX_RCUPDATE_H

#include <linux/types.h>

#include "shim.h"

#define RCU_INIT_POINTER(p, v)		((void)((p) = (v)))
#define rcu_dereference(p)		__atomic_load_n(&(p), __ATOMIC_ACQUIRE)
#define rcu_dereference_protected(p, c)	((void)(c), (p))

#define rcu_assign_pointer(p, v) do {				\
	__typeof__(p) __v = (v);				\
								\
	__atomic_store_n(&(p), __v, __ATOMIC_RELEASE);		\
	shim_published(&(p), __v);				\
} while (0)

#define kfree_rcu(p, member) \
	shim_free_rcu((p), offsetof(__typeof__(*(p)), member))

#endif
