/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The tracepoints, for perf, bpftrace, tracefs and tcxctl. Who reads them finds
 * the fields by their names, in the file "format" of each event: fields may be
 * added, none may get another meaning.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM tcx_backport

#if !defined(TCX_BACKPORT_TRACE_EVENTS_H) || defined(TRACE_HEADER_MULTI_READ)
#define TCX_BACKPORT_TRACE_EVENTS_H

#include <linux/tracepoint.h>

#include <linux/bpf.h>
#include <linux/cred.h>
#include <linux/if_vlan.h>
#include <linux/netdevice.h>
#include <linux/sched.h>
#include <linux/skbuff.h>
#include <linux/uidgid.h>
#include <net/net_namespace.h>

#include "core/mprog.h"
#include "core/trace.h"

#ifndef TCX_BACKPORT_TRACE_TYPES
#define TCX_BACKPORT_TRACE_TYPES

/* Enough for the headers of a packet in a tunnel. */
#define TCX_TRACE_BYTES	128

/* What a packet has left of itself when a program is done with it. */
struct tcx_verdict {
	const struct net_device	*dev;
	u32			attach_type;
	const struct bpf_prog	*prog;
	struct sk_buff		*skb;
	int			verdict;
	u32			redirect;	/* ifindex, or 0 */
};

/* What an attach point has after a change. */
struct tcx_changed {
	const char			*what;
	const struct net_device		*dev;	/* that names it, or NULL */
	u64				revision;
	const struct tcx_mprog_array	*array;
};

int tcx_verdict_reg(void);
void tcx_verdict_unreg(void);

#endif

TRACE_EVENT_FN(tcx_verdict,

	TP_PROTO(const struct tcx_verdict *v),

	TP_ARGS(v),

	TP_STRUCT__entry(
		__field(u32,		netns)
		__field(u32,		ifindex)
		__array(char,		device,	IFNAMSIZ)
		__field(u32,		attach_type)
		__field(u32,		prog_id)
		__field(s32,		verdict)
		__field(u32,		redirect)
		__field(u32,		len)
		__field(u16,		protocol)
		__field(u16,		dev_type)
		__field(const void *,	skbaddr)
		__dynamic_array(u8,	bytes,
				min_t(u32, v->skb->len, TCX_TRACE_BYTES))
		/* The tag that is not among the bytes; 0: there is none */
		__field(u16,		vlan_proto)
		__field(u16,		vlan_tci)
	),

	TP_fast_assign(
		__entry->netns = dev_net(v->dev)->ns.inum;
		__entry->ifindex = v->dev->ifindex;
		strscpy(__entry->device, v->dev->name, IFNAMSIZ);
		__entry->attach_type = v->attach_type;
		__entry->prog_id = v->prog->aux->id;
		__entry->verdict = v->verdict;
		__entry->redirect = v->redirect;
		__entry->len = v->skb->len;
		__entry->protocol = ntohs(v->skb->protocol);
		__entry->dev_type = v->dev->type;
		__entry->skbaddr = v->skb;
		/* It has that many. */
		WARN_ON_ONCE(skb_copy_bits(v->skb, 0,
					   __get_dynamic_array(bytes),
					   __get_dynamic_array_len(bytes)));
		__entry->vlan_proto = 0;
		__entry->vlan_tci = 0;
		if (skb_vlan_tag_present(v->skb)) {
			__entry->vlan_proto = ntohs(v->skb->vlan_proto);
			__entry->vlan_tci = skb_vlan_tag_get(v->skb);
		}
	),

	TP_printk("netns=%u device=%s ifindex=%u attach_type=%u prog_id=%u verdict=%d redirect=%u len=%u protocol=0x%04x skbaddr=%p vlan_proto=0x%04x vlan_tci=0x%04x",
		  __entry->netns, __entry->device, __entry->ifindex,
		  __entry->attach_type, __entry->prog_id, __entry->verdict,
		  __entry->redirect, __entry->len, __entry->protocol,
		  __entry->skbaddr, __entry->vlan_proto, __entry->vlan_tci),

	tcx_verdict_reg, tcx_verdict_unreg
);

TRACE_EVENT(tcx_change,

	TP_PROTO(const struct tcx_change *change,
		 const struct tcx_changed *after),

	TP_ARGS(change, after),

	TP_STRUCT__entry(
		__array(char,	what,	8)
		__field(u32,	netns)
		__field(u32,	ifindex)
		__array(char,	device,	IFNAMSIZ)
		__field(u32,	attach_type)
		__field(u32,	prog_id)
		__field(u32,	old_prog_id)
		__field(u32,	link_id)
		__field(u64,	revision)
		__field(u32,	tgid)
		__field(u32,	uid)
		__array(char,	comm,	TASK_COMM_LEN)
		__dynamic_array(u32, progs, tcx_mprog_count(after->array))
	),

	TP_fast_assign(
		const struct net_device *dev = after->dev;
		u32 *progs = __get_dynamic_array(progs);
		u32 i;

		strscpy(__entry->what, after->what, sizeof(__entry->what));
		__entry->netns = dev ? dev_net(dev)->ns.inum : 0;
		__entry->ifindex = dev ? dev->ifindex : 0;
		strscpy(__entry->device, dev ? dev->name : "", IFNAMSIZ);
		__entry->attach_type = change->attach_type;
		__entry->prog_id = change->prog->aux->id;
		__entry->old_prog_id = change->old ? change->old->aux->id : 0;
		__entry->link_id = change->link ? change->link->id : 0;
		__entry->revision = after->revision;
		__entry->tgid = current->tgid;
		__entry->uid = from_kuid(&init_user_ns, current_uid());
		memcpy(__entry->comm, current->comm, TASK_COMM_LEN);
		for (i = 0; i < tcx_mprog_count(after->array); i++)
			progs[i] = after->array->progs[i]->aux->id;
	),

	TP_printk("%s netns=%u device=%s ifindex=%u attach_type=%u prog_id=%u old_prog_id=%u link_id=%u revision=%llu progs=%s tgid=%u uid=%u comm=%s",
		  __entry->what, __entry->netns, __entry->device, __entry->ifindex,
		  __entry->attach_type, __entry->prog_id,
		  __entry->old_prog_id, __entry->link_id, __entry->revision,
		  __print_array(__get_dynamic_array(progs),
				__get_dynamic_array_len(progs) / sizeof(u32),
				sizeof(u32)),
		  __entry->tgid, __entry->uid, __entry->comm)
);

#endif /* TCX_BACKPORT_TRACE_EVENTS_H */

/* Below the -I of Kbuild. */
#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH core
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace_events
#include <trace/define_trace.h>
