/* SPDX-License-Identifier: GPL-2.0 */
/* What a program can return, as far as its instructions tell: for classic tc and
 * tcx that is the fate of a packet.
 */
#ifndef TCXCTL_VERDICTS_H
#define TCXCTL_VERDICTS_H

#include <stdbool.h>

#include <linux/types.h>

/* A set of values: those from -1 to VERDICT_MOST have a bit each. */
#define VERDICT_MOST	8
#define VERDICT(value)	(1U << ((value) + 1))
#define VERDICT_OTHER	(1U << 10)	/* a value that is none of these */
#define VERDICT_ANY	(1U << 11)	/* not known: it may be any value */

/* Those after which no program or filter behind this one sees the packet */
#define VERDICTS_END_TCX \
	(VERDICT(0) | VERDICT(2) | VERDICT(7))
#define VERDICTS_END_CLASSIC \
	(VERDICT(0) | VERDICT(2) | VERDICT(4) | VERDICT(7) | VERDICT(8))

/* Returns 0 or a negative errno: the program is gone, or may not be read. */
int verdicts_of(__u32 prog_id, __u32 *set);

/* Whether the program surely returns nothing but these */
static inline bool verdicts_only(__u32 set, __u32 these)
{
	return set && !(set & ~these);
}

#endif /* TCXCTL_VERDICTS_H */
