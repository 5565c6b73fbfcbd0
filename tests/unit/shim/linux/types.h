/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SHIM_LINUX_TYPES_H
#define SHIM_LINUX_TYPES_H

#include_next <linux/types.h>

#include <stdbool.h>
#include <stddef.h>

typedef __u8	u8;
typedef __u32	u32;
typedef __u64	u64;

typedef unsigned int gfp_t;

#define __rcu

struct rcu_head {
	struct rcu_head	*next;
	void		(*func)(struct rcu_head *head);
};

#endif
