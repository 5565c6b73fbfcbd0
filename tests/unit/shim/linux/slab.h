/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SHIM_LINUX_SLAB_H
#define SHIM_LINUX_SLAB_H

#include <linux/overflow.h>
#include <linux/types.h>

#include "shim.h"

#define GFP_KERNEL	0x1U
#define __GFP_ZERO	0x2U
#define __GFP_NOFAIL	0x4U

#define kmalloc(size, gfp)		shim_alloc(size, gfp)
#define kzalloc(size, gfp)		shim_alloc(size, (gfp) | __GFP_ZERO)
#define kmalloc_array(n, size, gfp)	shim_alloc((n) * (size), gfp)
#define kcalloc(n, size, gfp)		kzalloc((n) * (size), gfp)
#define kfree(p)			shim_free(p)

#endif
