/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Option structs that grow at their end. A caller's struct may be shorter
 * than ours (its header is older: missing members count as zero) or longer
 * (newer: what we do not know must be zero).
 */
#ifndef LIBTCX_OPTS_H
#define LIBTCX_OPTS_H

#include <stdbool.h>
#include <stddef.h>

#define opts_end_of(opts, member) \
	(offsetof(__typeof__(*(opts)), member) + sizeof((opts)->member))

#define opts_has(opts, member) \
	((opts) && (opts)->sz >= opts_end_of(opts, member))

#define opts_get(opts, member, fallback) \
	(opts_has(opts, member) ? (opts)->member : (fallback))

#define opts_set(opts, member, value)			\
	do {						\
		if (opts_has(opts, member))		\
			(opts)->member = (value);	\
	} while (0)

bool tcx__opts_valid(const void *opts, size_t user, size_t known,
		     const char *type);

#define opts_valid(opts, type) \
	(!(opts) || tcx__opts_valid(opts, (opts)->sz, sizeof(struct type), \
				    #type))

#endif /* LIBTCX_OPTS_H */
