// SPDX-License-Identifier: GPL-2.0
/*
 * The netfilter hook: an attach point is a hook function in netfilter's
 * netdev family, first among the ingress hooks of its device and last among
 * its egress hooks. That is where native tcx stands relative to nftables; it
 * differs relative to classic tc (docs/differences.md).
 *
 * What it may rely on, from net/core/dev.c and include/linux/netfilter_netdev.h:
 *
 *   ingress  __netif_receive_skb_core() calls it under rcu_read_lock() in
 *            softirq context (or with bottom halves disabled), with skb->data
 *            at the network header and skb->mac_len set.
 *   egress   __dev_queue_xmit() calls it under rcu_read_lock() and
 *            rcu_read_lock_bh(), with skb->data at the L2 header,
 *            tc_at_ingress cleared and qdisc_skb_cb()->pkt_len set.
 *
 * One registration per device and direction, from its first program until the
 * device dies or the module goes: nf_unregister_net_hook() throws away every
 * packet that waits in an NFQUEUE of the namespace, on whichever device and for
 * whatever rule, so programs may not come and go with it. Between programs the
 * hook is empty and accepts. Netfilter counts a registration in the keys that
 * lead packets to it, which an empty one does not need: that count is given back
 * at once, and taken again for unregistering.
 *
 * Nobody else removes these hooks. They stay with the device when it moves to
 * another network namespace, hence they are always unregistered with the
 * namespace that the device is in at that moment.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/if_ether.h>
#include <linux/jump_label.h>
#include <linux/netdevice.h>
#include <linux/netfilter.h>
#include <linux/percpu.h>
#include <linux/preempt.h>
#include <linux/ratelimit.h>
#include <linux/slab.h>
#include <net/pkt_sched.h>

#include "compat/compat.h"
#include "core/ksym.h"
#include "tcx/entry.h"
#include "tcx/hook.h"
#include "tcx/keys.h"
#include "tcx/observe.h"
#include "tcx/run.h"

/* Rounds that a packet may take through bpf_redirect_peer() before it is
 * dropped. Natively they are a loop; here each one nests in the one before,
 * on the same stack. One is what a container's device needs.
 */
#define TCX_NF_MAX_ROUNDS	4

/* An errno for the sender along with NF_STOLEN, read by NF_DROP_GETERR(). */
#define TCX_NF_STOLEN_ERR(err)	(((err) << NF_VERDICT_QBITS) | NF_STOLEN)

static DEFINE_PER_CPU(unsigned int, tcx_nf_rounds);

/* Whether the kernel hands on the errno of TCX_NF_STOLEN_ERR(). */
static bool tcx_nf_stolen_err_works __read_mostly;

/* bpf_redirect_peer() has put the packet on a device of another namespace,
 * whose ingress it shall enter: natively another round through
 * __netif_receive_skb_core(). netif_receive_skb_core() is the same without a
 * second pass through RPS.
 */
static void tcx_nf_another_round(struct sk_buff *skb)
{
	if (__this_cpu_inc_return(tcx_nf_rounds) <= TCX_NF_MAX_ROUNDS)
		netif_receive_skb_core(skb);
	else
		tcx_kfree_skb_drop(skb, true);
	__this_cpu_dec(tcx_nf_rounds);
}

static unsigned int tcx_nf_ingress_drop(struct sk_buff *skb)
{
	tcx_kfree_skb_drop(skb, true);
	return NF_STOLEN;
}

/* Out of line: the way of a packet that is handed on has more registers so. */
static noinline unsigned int tcx_nf_ingress_redirect(struct sk_buff *skb)
{
	if (unlikely(!tcx_redirect_possible(skb, 0)))
		return tcx_nf_ingress_drop(skb);
	if (ksym(skb_do_redirect)(skb) == -EAGAIN) {
		__skb_pull(skb, skb->mac_len);
		tcx_nf_another_round(skb);
	}
	return NF_STOLEN;
}

static __always_inline void tcx_nf_ingress_begin(struct sk_buff *skb)
{
	qdisc_skb_cb(skb)->pkt_len = skb->len;
	skb->tc_at_ingress = 1;
	__skb_push(skb, skb->mac_len);
}

static __always_inline unsigned int tcx_nf_ingress_end(struct sk_buff *skb,
						       int ret)
{
	if (unlikely(ret != TCX_NEXT)) {
		ret = tcx_action_code(skb, ret);
		if (ret == TCX_DROP)
			return tcx_nf_ingress_drop(skb);
		if (ret == TCX_REDIRECT)
			return tcx_nf_ingress_redirect(skb);
	}
	__skb_pull(skb, skb->mac_len);
	return NF_ACCEPT;
}

/* Several programs, or none at present. */
static noinline unsigned int tcx_nf_ingress_array(const struct tcx_mprog *mprog,
						  struct sk_buff *skb)
{
	const struct tcx_mprog_array *array = rcu_dereference(mprog->array);

	if (!array)
		return NF_ACCEPT;
	tcx_nf_ingress_begin(skb);
	return tcx_nf_ingress_end(skb, tcx_run_array(array, skb,
						     tcx_run_observed_ingress));
}

static unsigned int tcx_nf_ingress(void *priv, struct sk_buff *skb,
				   const struct nf_hook_state *state)
{
	const struct tcx_mprog *mprog = priv;
	const struct bpf_prog *prog = rcu_dereference(mprog->only);

	if (!prog)
		return tcx_nf_ingress_array(mprog, skb);
	tcx_nf_ingress_begin(skb);
	return tcx_nf_ingress_end(skb, tcx_run_only(prog, skb,
						    tcx_run_observed_ingress));
}

/* Tell the sender NET_XMIT_DROP, and, if one can do both, drop monitors that it
 * was tc.
 */
static unsigned int tcx_nf_egress_drop(struct sk_buff *skb)
{
	if (unlikely(!tcx_nf_stolen_err_works))
		return NF_DROP;
	tcx_kfree_skb_drop(skb, false);
	return TCX_NF_STOLEN_ERR(EPERM);
}

static noinline unsigned int tcx_nf_egress_redirect(struct sk_buff *skb)
{
	if (unlikely(!tcx_redirect_possible(skb, 0)))
		return tcx_nf_egress_drop(skb);
	ksym(skb_do_redirect)(skb);
	return NF_STOLEN;
}

static __always_inline unsigned int tcx_nf_egress_end(struct sk_buff *skb,
						      int ret)
{
	if (likely(ret == TCX_NEXT))
		return NF_ACCEPT;
	switch (tcx_action_code(skb, ret)) {
	case TCX_DROP:
		return tcx_nf_egress_drop(skb);
	case TCX_REDIRECT:
		return tcx_nf_egress_redirect(skb);
	default:
		return NF_ACCEPT;
	}
}

static noinline unsigned int tcx_nf_egress_array(const struct tcx_mprog *mprog,
						 struct sk_buff *skb)
{
	const struct tcx_mprog_array *array = rcu_dereference(mprog->array);

	if (!array)
		return NF_ACCEPT;
	return tcx_nf_egress_end(skb, tcx_run_array(array, skb,
						    tcx_run_observed_egress));
}

static unsigned int tcx_nf_egress(void *priv, struct sk_buff *skb,
				  const struct nf_hook_state *state)
{
	const struct tcx_mprog *mprog = priv;
	const struct bpf_prog *prog = rcu_dereference(mprog->only);

	/* A packet socket with PACKET_QDISC_BYPASS: the kernel runs the
	 * netfilter hook for it, but neither tcx nor tc, and it does so with
	 * bottom halves enabled, where no program of ours may run.
	 */
	if (unlikely(!softirq_count()))
		return NF_ACCEPT;
	if (!prog)
		return tcx_nf_egress_array(mprog, skb);
	return tcx_nf_egress_end(skb, tcx_run_only(prog, skb,
						   tcx_run_observed_egress));
}

/* A kernel without jump labels looks at the list of hooks itself. */
#ifdef CONFIG_JUMP_LABEL
static struct static_key *tcx_nf_key(bool ingress)
{
	return &nf_hooks_needed[NFPROTO_NETDEV][ingress ? NF_NETDEV_INGRESS :
							  NF_NETDEV_EGRESS];
}
#endif

static const char *tcx_nf_why_refused(int err)
{
	switch (err) {
	case -E2BIG:
		return ": no more fit; delete nftables chains there, or load with hook=tc";
	case -ENOMEM:
		return ": no memory, which the caller's memory cgroup is charged for";
	default:
		return "";
	}
}

static int tcx_nf_bind(struct tcx_entry *entry)
{
	struct nf_hook_ops *ops = &entry->hook.nf;
	int err;

	ops->hook = entry->ingress ? tcx_nf_ingress : tcx_nf_egress;
	ops->dev = entry->dev;
	ops->priv = &entry->mprog;
	ops->pf = NFPROTO_NETDEV;
	ops->hooknum = entry->ingress ? NF_NETDEV_INGRESS : NF_NETDEV_EGRESS;
	ops->priority = entry->ingress ? INT_MIN : INT_MAX;

	err = nf_register_net_hook(dev_net(entry->dev), ops);
	if (err) {
		/* bpf(2) tells its caller no more than the errno. */
		pr_warn_ratelimited("%s: netfilter takes no hook on its %s (error %d)%s\n",
				    entry->dev->name,
				    entry->ingress ? "ingress" : "egress", err,
				    tcx_nf_why_refused(err));
		return err;
	}
	tcx_keys_count_put(entry->ingress);
	return 0;
}

static void tcx_nf_unbind(struct tcx_entry *entry)
{
	tcx_keys_count_get(entry->ingress);
	nf_unregister_net_hook(dev_net(entry->dev), &entry->hook.nf);
}

static unsigned int tcx_nf_probe_fn(void *priv, struct sk_buff *skb,
				    const struct nf_hook_state *state)
{
	return TCX_NF_STOLEN_ERR(EPERM);
}

/* Kernels differ in whether they hand on the errno that comes with NF_STOLEN:
 * ask this one, with a list of one hook that touches no packet.
 */
static int tcx_nf_probe_stolen_err(void)
{
	struct nf_hook_entries *entries;
	struct nf_hook_state state = {};

	entries = kzalloc(struct_size(entries, hooks, 1), GFP_KERNEL);
	if (!entries)
		return -ENOMEM;
	entries->num_hook_entries = 1;
	entries->hooks[0].hook = tcx_nf_probe_fn;
	tcx_nf_stolen_err_works =
		nf_hook_slow(NULL, &state, entries, 0) == -EPERM;
	kfree(entries);
	return 0;
}

static int tcx_nf_init(void)
{
	return tcx_nf_probe_stolen_err();
}

static void tcx_nf_exit(void)
{
	/* CPUs may still be inside the hook functions. */
	synchronize_net();
}

const struct tcx_hook tcx_hook_netfilter = {
	.id	= TCX_BACKPORT_HOOK_NETFILTER,
	.init	= tcx_nf_init,
	.exit	= tcx_nf_exit,
	.bind	= tcx_nf_bind,
	.unbind	= tcx_nf_unbind,
#ifdef CONFIG_JUMP_LABEL
	.key	= tcx_nf_key,
#endif
};
