/* SPDX-License-Identifier: GPL-2.0 */
/* Which program gave a packet its verdict: `tcxctl trace` */
#ifndef TCXCTL_TRACE_H
#define TCXCTL_TRACE_H

#include <stdbool.h>

#include <linux/types.h>

struct trace_options {
	const char *device;	/* NULL: all */
	int ifindex;
	bool drops;
	bool summary;
	const char *filter;	/* of pcap's, or NULL */
};

int trace(const struct trace_options *options);

/* One packet at one attach point */
struct verdict {
	__u32 netns, ifindex, attach_type, prog_id, redirect, len;
	char device[16];
	int value;		/* what the program returned */
	bool ethernet;
	__u16 protocol;
	const void *bytes;
	size_t n_bytes;
};

const char *verdict_name(const struct verdict *verdict);

/* How often a program gave a verdict: the whole of a trace in a table */
void trace_count(const struct verdict *verdict, const char *place);
void trace_summary(void);

#endif /* TCXCTL_TRACE_H */
