/* SPDX-License-Identifier: GPL-2.0 */
/* How often programs run in a while, and how long a run takes: BPF statistics,
 * which the kernel gathers only while somebody wants them.
 */
#ifndef TCXCTL_STATS_H
#define TCXCTL_STATS_H

#include "described.h"

/* Waits that long, and fills in the samples. Returns an exit code. */
int stats_sample(struct described *programs, unsigned int seconds);

/* Nanoseconds for one run, on average; 0: it did not run */
__u64 stats_time(const struct prog_details *details);

#endif /* TCXCTL_STATS_H */
