/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A program of tcxctl's that runs each time when another program has returned
 * (fexit), and puts out what that one returned for which packet.
 */
#ifndef TCXCTL_TRACE_PROG_H
#define TCXCTL_TRACE_PROG_H

#include <stdbool.h>

#include <linux/types.h>

#define TRACE_BYTES 128		/* of a packet, at most */

/* What it puts out; behind that stand the first bytes of the packet. */
struct trace_record {
	__u32 prog_id;
	__s32 value;
	__u32 ifindex, netns;	/* of the device that the packet has */
	__u32 len;
	__u32 redirect;		/* ifindex, where to; 0: not known, or nowhere */
	__u16 protocol;		/* network byte order */
	__u16 dev_type;
	__u32 ingress;		/* not 0: tcx had it at ingress last */
	__u32 vlan_proto;	/* network byte order; the tag is not among the bytes */
	__u32 vlan_tci;
	char device[16];
};

/* Where the kernel keeps all that, by its BTF */
struct trace_layout;

/* Returns 0 or a negative errno; @missing: a name that the kernel does not have. */
int trace_layout_read(struct trace_layout **layout, const char **missing);
void trace_layout_free(struct trace_layout *layout);

struct trace_prog {
	int prog, link;		/* fds */
};

/* Puts it behind the program @id; what it says goes to the perf event array @map.
 * @drops: not of packets that go on for sure. Returns 0 or a negative errno and,
 * if that is known, why in words.
 */
int trace_prog_attach(struct trace_prog *behind, __u32 id,
		      const struct trace_layout *layout, int map, bool drops,
		      const char **why);
void trace_prog_detach(struct trace_prog *behind);

#endif /* TCXCTL_TRACE_PROG_H */
