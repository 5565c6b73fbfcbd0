/* SPDX-License-Identifier: GPL-2.0 */
/* Lines of metrics: a family, then a sample at a time with its labels. */
#ifndef TCXCTL_METRICS_H
#define TCXCTL_METRICS_H

#include <linux/types.h>

/* type NULL: none is said */
void metric_family(const char *name, const char *type, const char *help);
void metric_begin(void);
void metric_label(const char *name, const char *value);
void metric_label_number(const char *name, __u64 value);
void metric_end(__u64 value);
void metric_end_ns(__u64 ns);		/* in seconds */
void metrics_end(void);

#endif /* TCXCTL_METRICS_H */
