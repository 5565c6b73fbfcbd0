// SPDX-License-Identifier: GPL-2.0
/*
 * The netfilter hook: an attach point is a hook function in netfilter's
 * netdev family, first among the ingress hooks of its device and last among
 * its egress hooks. That is where native tcx stands relative to nftables; it
 * differs relative to classic tc (README, "Differences from native tcx").
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
 * Nobody else removes these hooks. They stay with the device when it moves to
 * another network namespace, hence they are always unregistered with the
 * namespace that the device is in at that moment.
 *
 * Registering costs some microseconds while the static keys on the way are on
 * already, and several hundred when they must be switched (all CPUs are made
 * to see the patched code). So a reference to those keys is taken with the
 * first attach point of a direction and kept for some seconds after the last
 * one has gone. RTNL protects that state.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/if_ether.h>
#include <linux/jump_label.h>
#include <linux/netdevice.h>
#include <linux/netfilter.h>
#include <linux/percpu.h>
#include <linux/preempt.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <linux/workqueue.h>
#include <net/pkt_sched.h>

#include "compat/compat.h"
#include "entry.h"
#include "hook.h"
#include "ksym.h"
#include "run.h"

/* Rounds that a packet may take through bpf_redirect_peer() before it is
 * dropped. Natively they are a loop; here each one nests in the one before,
 * on the same stack. One is what a container's device needs.
 */
#define TCX_NF_MAX_ROUNDS	4

#define TCX_NF_KEYS_LINGER	(10 * HZ)

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

static unsigned int tcx_nf_ingress(void *priv, struct sk_buff *skb,
				   const struct nf_hook_state *state)
{
	const struct tcx_entry *entry = priv;
	const struct tcx_mprog_array *array;

	array = rcu_dereference(entry->mprog.array);
	/* Between the removal of the last program and that of the hook. */
	if (unlikely(!array))
		return NF_ACCEPT;

	qdisc_skb_cb(skb)->pkt_len = skb->len;
	skb->tc_at_ingress = 1;

	__skb_push(skb, skb->mac_len);
	switch (tcx_run(array, skb)) {
	case TCX_DROP:
		tcx_kfree_skb_drop(skb, true);
		return NF_STOLEN;
	case TCX_REDIRECT:
		if (ksym(skb_do_redirect)(skb) == -EAGAIN) {
			__skb_pull(skb, skb->mac_len);
			tcx_nf_another_round(skb);
		}
		return NF_STOLEN;
	default:
		__skb_pull(skb, skb->mac_len);
		return NF_ACCEPT;
	}
}

static unsigned int tcx_nf_egress(void *priv, struct sk_buff *skb,
				  const struct nf_hook_state *state)
{
	const struct tcx_entry *entry = priv;
	const struct tcx_mprog_array *array;

	/* A packet socket with PACKET_QDISC_BYPASS: the kernel runs the
	 * netfilter hook for it, but neither tcx nor tc, and it does so with
	 * bottom halves enabled, where no program of ours may run.
	 */
	if (unlikely(!softirq_count()))
		return NF_ACCEPT;

	array = rcu_dereference(entry->mprog.array);
	if (unlikely(!array))
		return NF_ACCEPT;

	switch (tcx_run(array, skb)) {
	case TCX_DROP:
		/* Tell the sender NET_XMIT_DROP, and, if one can do both,
		 * drop monitors that it was tc.
		 */
		if (unlikely(!tcx_nf_stolen_err_works))
			return NF_DROP;
		tcx_kfree_skb_drop(skb, false);
		return TCX_NF_STOLEN_ERR(EPERM);
	case TCX_REDIRECT:
		ksym(skb_do_redirect)(skb);
		return NF_STOLEN;
	default:
		return NF_ACCEPT;
	}
}

/* The static keys that a hook of one direction switches. */
struct tcx_nf_keys {
	unsigned int	entries;	/* attach points with a hook */
	bool		held;
};

static struct tcx_nf_keys tcx_nf_keys[2];	/* by tcx_entry.ingress */

static struct static_key *tcx_nf_needed_key(bool ingress)
{
	return &nf_hooks_needed[NFPROTO_NETDEV][ingress ? NF_NETDEV_INGRESS :
							  NF_NETDEV_EGRESS];
}

static void tcx_nf_keys_hold(bool ingress)
{
	struct tcx_nf_keys *keys = &tcx_nf_keys[ingress];

	keys->entries++;
	if (keys->held)
		return;
	if (ingress)
		net_inc_ingress_queue();
	else
		net_inc_egress_queue();
	static_key_slow_inc(tcx_nf_needed_key(ingress));
	keys->held = true;
}

static void tcx_nf_keys_drop(bool ingress)
{
	struct tcx_nf_keys *keys = &tcx_nf_keys[ingress];

	if (!keys->held || keys->entries)
		return;
	static_key_slow_dec(tcx_nf_needed_key(ingress));
	if (ingress)
		net_dec_ingress_queue();
	else
		net_dec_egress_queue();
	keys->held = false;
}

static void tcx_nf_keys_work_fn(struct work_struct *work)
{
	rtnl_lock();
	tcx_nf_keys_drop(true);
	tcx_nf_keys_drop(false);
	rtnl_unlock();
}

static DECLARE_DELAYED_WORK(tcx_nf_keys_work, tcx_nf_keys_work_fn);

static void tcx_nf_keys_release(bool ingress)
{
	if (!--tcx_nf_keys[ingress].entries)
		mod_delayed_work(system_wq, &tcx_nf_keys_work,
				 TCX_NF_KEYS_LINGER);
}

static int tcx_nf_add(struct tcx_entry *entry)
{
	struct nf_hook_ops *ops = &entry->hook.nf;
	int err;

	ops->hook = entry->ingress ? tcx_nf_ingress : tcx_nf_egress;
	ops->dev = entry->dev;
	ops->priv = entry;
	ops->pf = NFPROTO_NETDEV;
	ops->hooknum = entry->ingress ? NF_NETDEV_INGRESS : NF_NETDEV_EGRESS;
	ops->priority = entry->ingress ? INT_MIN : INT_MAX;

	tcx_nf_keys_hold(entry->ingress);
	err = nf_register_net_hook(dev_net(entry->dev), ops);
	if (err)
		tcx_nf_keys_release(entry->ingress);
	return err;
}

static void tcx_nf_del(struct tcx_entry *entry)
{
	nf_unregister_net_hook(dev_net(entry->dev), &entry->hook.nf);
	tcx_nf_keys_release(entry->ingress);
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
	if (!IS_ENABLED(CONFIG_NETFILTER_INGRESS) ||
	    !IS_ENABLED(CONFIG_NETFILTER_EGRESS)) {
		pr_err("this kernel is built without CONFIG_NETFILTER_INGRESS or CONFIG_NETFILTER_EGRESS, which hook=netfilter needs\n");
		return -EOPNOTSUPP;
	}
	return tcx_nf_probe_stolen_err();
}

static void tcx_nf_exit(void)
{
	cancel_delayed_work_sync(&tcx_nf_keys_work);
	rtnl_lock();
	tcx_nf_keys_drop(true);
	tcx_nf_keys_drop(false);
	rtnl_unlock();
	/* CPUs may still be inside the hook functions. */
	synchronize_net();
}

const struct tcx_hook tcx_hook_netfilter = {
	.id	= TCX_BACKPORT_HOOK_NETFILTER,
	.init	= tcx_nf_init,
	.exit	= tcx_nf_exit,
	.add	= tcx_nf_add,
	.del	= tcx_nf_del,
};
