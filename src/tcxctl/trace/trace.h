/* SPDX-License-Identifier: GPL-2.0 */
/* Which program gave a packet its verdict: `tcxctl trace` */
#ifndef TCXCTL_TRACE_H
#define TCXCTL_TRACE_H

#include <stdbool.h>

#include <linux/types.h>

#include "described.h"
#include "trace_prog.h"
#include "watch/events.h"

struct trace_options {
	const char *device;	/* NULL: all */
	int ifindex;
	bool drops;
	bool summary;
	const char *filter;	/* of pcap's, or NULL */
};

/* Returns an exit code, having said what is wrong. */
int trace(const struct trace_options *options);

/* One packet at one attach point */
struct verdict {
	__u32 netns, ifindex, attach_type, prog_id, redirect, len;
	char device[16];
	int value;		/* what the program returned */
	bool ethernet;
	__u16 protocol;
	__u16 vlan_proto, vlan_tci;	/* the tag beside the bytes; 0: none */
	const void *bytes;
	size_t n_bytes;
	size_t n_put_back;	/* of these, not counted in len */
};

const char *verdict_name(const struct verdict *verdict);

#define VLAN_TAG 4	/* bytes */

struct tracer {
	const struct trace_options *options;
	struct packet_filter *filter;
	struct described programs;
	__u32 own_netns;
	unsigned char tagged[TRACE_BYTES + VLAN_TAG];
};

/* Who hears of packets. Each returns an exit code, having said what is wrong. */
int trace_events(struct tracer *tracer);	/* the module tells */
int trace_programs(struct tracer *tracer);	/* nobody does */

/* The kernel keeps a packet's outermost VLAN tag beside its bytes. Puts it where it
 * is on the wire, and where filters look for it; valid until the next packet.
 */
void trace_put_tag_back(struct tracer *tracer, struct verdict *verdict);
/* @place: which program of how many, "2/3", or "-": not known */
bool trace_wants(const struct tracer *tracer, const struct verdict *verdict);
void trace_tell(struct tracer *tracer, const struct event *event,
		const struct verdict *verdict, const char *place);

void trace_print_line(struct tracer *tracer, const struct event *event,
		      const struct verdict *verdict, const char *place);
void trace_print_object(struct tracer *tracer, const struct event *event,
			const struct verdict *verdict, const char *place);

/* How often a program gave a verdict: the whole of a trace in a table */
void trace_count(const struct verdict *verdict, const char *place);
void trace_summary(void);

#endif /* TCXCTL_TRACE_H */
