// SPDX-License-Identifier: GPL-2.0
/*
 * The tc hook: an attach point stands where the kernel enters classic tc.
 *
 * The kernel enters tc through one pointer per device and direction, the slot:
 * dev->miniq_ingress and dev->miniq_egress. It leads to a struct mini_Qdisc with
 * a list of classifiers. An attach point puts a mini_Qdisc of its own there,
 * whose only classifier runs the programs. So the kernel's own
 * sch_handle_{ingress,egress}() act on the verdict, redirects included, exactly
 * as for tc and as native tcx does. On TCX_NEXT our classifier runs classic tc,
 * which it finds through the entry's shadow slot:
 *
 *   without us   slot ----------------------------> clsact's mini_Qdisc
 *   with us      slot -> entry->hook.tc.miniq -> tcx_tc_classify()
 *                        entry->hook.tc.shadow ---> clsact's mini_Qdisc
 *
 * Only mini_qdisc_pair_swap() writes slots. It is redirected for as long as the
 * module is loaded, so that qdiscs and filters come, change and go in the shadow
 * slot of an attach point, and in the real one otherwise. The original does the
 * work, with its own alternation and grace periods, on whichever slot it is
 * shown. There is no instant at which a packet finds neither.
 *
 * Locking: a slot's mutex, one of an array hashed by the slot's address, is held
 * around the look-up of the slot's owner and the original, for slots that are not
 * ours too, and by add() and del() around the exchange of the slot. It is needed
 * besides RTNL because classifiers with unlocked operations swap without RTNL.
 * It is innermost: RTNL, filter chain lock, block lock, slot mutex.
 *
 * RCU: packets read slot, entry and shadow in one RCU section. del() restores
 * the slot and leaves the shadow as it is: a packet that is still inside may read
 * it until a grace period later. What it finds there is what the slot holds or
 * held then, and the kernel waits for a grace period before it reuses a
 * mini_Qdisc that it has taken out of a slot. If add() comes sooner, the packet
 * may find what the slot holds by now. The entry outlives both by a grace period.
 *
 * What a shadow leads to, a mini_Qdisc with its block, chains and filters, is
 * there as long as in a slot: a qdisc that has ever put its mini_Qdisc in takes
 * it out before it lets go of the block, by a swap that is redirected like any
 * other; and all of that is freed past a grace period.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/delay.h>
#include <linux/hash.h>
#include <linux/hashtable.h>
#include <linux/if_ether.h>
#include <linux/jiffies.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/netdevice.h>
#include <linux/percpu.h>
#include <linux/rculist.h>
#include <linux/rtnetlink.h>
#include <linux/rwsem.h>
#include <linux/u64_stats_sync.h>
#include <net/net_namespace.h>

#include "compat/cfi.h"
#include "compat/ftrace.h"
#include "compat/tc.h"
#include "core/ksym.h"
#include "core/redirect_fn.h"
#include "tcx/entry.h"
#include "tcx/hook.h"
#include "tcx/observe.h"
#include "tcx/run.h"

#define TCX_SLOT_BITS	6

/* The attach points whose slots hash to the same number. */
struct tcx_slots {
	struct mutex		lock;	/* the slot mutex, see above */
	struct hlist_head	entries;
};

static struct tcx_slots tcx_slots[1 << TCX_SLOT_BITS];

/* The kernel counts packets on every mini_Qdisc that it runs. Nobody reads these
 * figures of ours: one set serves all attach points.
 */
static tcx_tc_bstats_t __percpu *tcx_tc_bstats;
static tcx_tc_qstats_t __percpu *tcx_tc_qstats;

/* Kernels with tc_skb_ext look up the index of a classifier's chain. */
static struct tcf_chain tcx_tc_chain;

/* On TCX_NEXT: what the kernel would have done without us. */
static __always_inline int tcx_tc_next(const struct tcx_entry *entry,
				       struct sk_buff *skb,
				       struct tcf_result *res, bool ingress)
{
	struct mini_Qdisc *miniq = rcu_dereference_bh(entry->hook.tc.shadow);
	int ret;

	if (!miniq)
		return TC_ACT_UNSPEC;
	tcx_tc_skb_cb_init(skb, ingress);
	mini_qdisc_bstats_cpu_update(miniq, skb);
	ret = tcx_tc_run(skb, miniq, res, ingress);
	if (ret == TC_ACT_SHOT)
		mini_qdisc_qstats_cpu_drop(miniq);
	return ret;
}

/* Out of line: the way of a packet that is handed on has more registers so. */
static noinline int tcx_tc_redirect(struct sk_buff *skb, bool ingress)
{
	if (likely(tcx_redirect_possible(skb, ingress ? skb->mac_len : 0)))
		return TC_ACT_REDIRECT;
	tcx_tc_set_drop_reason(skb, ingress);
	return TC_ACT_SHOT;
}

static __always_inline void tcx_tc_begin(struct sk_buff *skb, bool ingress)
{
	if (ingress)
		__skb_push(skb, skb->mac_len);
}

static __always_inline int tcx_tc_end(struct sk_buff *skb, int ret,
				      struct tcf_result *res, bool ingress)
{
	if (ingress)
		__skb_pull(skb, skb->mac_len);
	if (likely(ret == TCX_NEXT))
		return TC_ACT_UNSPEC;
	switch (tcx_action_code(skb, ret)) {
	case TCX_PASS:
		/* The kernel sets tc_index from it. */
		res->classid = skb->tc_index;
		return TC_ACT_OK;
	case TCX_DROP:
		tcx_tc_set_drop_reason(skb, ingress);
		return TC_ACT_SHOT;
	case TCX_REDIRECT:
		return tcx_tc_redirect(skb, ingress);
	default:
		return TC_ACT_UNSPEC;
	}
}

static __always_inline tcx_observed_t tcx_tc_observed(bool ingress)
{
	return ingress ? tcx_run_observed_ingress : tcx_run_observed_egress;
}

/* Several programs, or classic tc after them. */
static __always_inline int tcx_tc_run_all(const struct tcx_entry *entry,
					  struct sk_buff *skb,
					  struct tcf_result *res, bool ingress)
{
	const struct tcx_mprog_array *array;
	int ret;

	array = rcu_dereference_bh(entry->mprog.array);
	/* NULL between the removal of the last program and del(). */
	if (array) {
		tcx_tc_begin(skb, ingress);
		ret = tcx_run_array(array, skb, tcx_tc_observed(ingress));
		ret = tcx_tc_end(skb, ret, res, ingress);
		if (ret != TC_ACT_UNSPEC)
			return ret;
	}
	return tcx_tc_next(entry, skb, res, ingress);
}

static noinline int tcx_tc_run_ingress(const struct tcx_entry *entry,
				       struct sk_buff *skb,
				       struct tcf_result *res)
{
	return tcx_tc_run_all(entry, skb, res, true);
}

static noinline int tcx_tc_run_egress(const struct tcx_entry *entry,
				      struct sk_buff *skb,
				      struct tcf_result *res)
{
	return tcx_tc_run_all(entry, skb, res, false);
}

static __always_inline int tcx_tc_classify(struct sk_buff *skb,
					   const struct tcf_proto *tp,
					   struct tcf_result *res, bool ingress)
{
	const struct tcx_entry *entry;
	const struct bpf_prog *prog;
	int ret;

	entry = container_of(tp, struct tcx_entry, hook.tc.tp);
	prog = rcu_dereference_bh(entry->mprog.only);
	if (!prog || rcu_access_pointer(entry->hook.tc.shadow)) {
		if (ingress)
			return tcx_tc_run_ingress(entry, skb, res);
		return tcx_tc_run_egress(entry, skb, res);
	}
	tcx_tc_begin(skb, ingress);
	ret = tcx_run_only(prog, skb, tcx_tc_observed(ingress));
	return tcx_tc_end(skb, ret, res, ingress);
}

static int tcx_tc_classify_ingress(struct sk_buff *skb,
				   const struct tcf_proto *tp,
				   struct tcf_result *res)
{
	return tcx_tc_classify(skb, tp, res, true);
}

static int tcx_tc_classify_egress(struct sk_buff *skb,
				  const struct tcf_proto *tp,
				  struct tcf_result *res)
{
	return tcx_tc_classify(skb, tp, res, false);
}

static struct tcx_slots *tcx_slots_of(struct mini_Qdisc __rcu **slot)
{
	return &tcx_slots[hash_ptr(slot, TCX_SLOT_BITS)];
}

static struct tcx_entry *tcx_slot_owner(const struct tcx_slots *slots,
					struct mini_Qdisc __rcu **slot)
{
	struct tcx_entry *entry;

	hlist_for_each_entry(entry, &slots->entries, hook.tc.node)
		if (entry->hook.tc.slot == slot)
			return entry;
	return NULL;
}

DEFINE_STATIC_CALL_NULL(tcx_mini_qdisc_pair_swap, mini_qdisc_pair_swap);

static struct tcx_redirect tcx_tc_swap_redirect;

static void notrace tcx_tc_swap_callback(unsigned long ip,
					 unsigned long parent_ip,
					 struct ftrace_ops *ops,
					 struct tcx_ftrace_regs *regs)
{
	tcx_redirect_divert(&tcx_tc_swap_redirect, regs);
}

/* One swap of a pair that nobody else has, in a slot that nobody reads. */
static int tcx_tc_swap_trial(void)
{
	struct mini_Qdisc __rcu *slot = NULL;
	struct mini_Qdisc_pair pair = { .p_miniq = &slot };

	mini_qdisc_pair_swap(&pair, NULL);
	return 0;
}

static bool tcx_tc_in_place(const struct tcx_entry *entry)
{
	const struct tcx_hook_tc *tc = &entry->hook.tc;

	return rcu_access_pointer(*tc->slot) == &tc->miniq;
}

/* Replaces mini_qdisc_pair_swap(). The pair is shown the shadow slot only for
 * the time of the call: the qdisc may outlive the attach point. Swaps of one
 * pair exclude each other, by their block's lock, or by RTNL before the block
 * knows of the pair; so nobody else looks at p_miniq meanwhile.
 *
 * Where somebody else's pointer stands in our place, the swap is about that one:
 * it may be the qdisc's own, written by a swap that began before ours were
 * diverted, and is freed when the qdisc is destroyed. Then the slot is what has
 * to be cleared, and nobody is to find in the shadow what it had.
 */
static void __nocfi tcx_tc_swap(struct mini_Qdisc_pair *miniqp,
				struct tcf_proto *tp_head)
{
	struct mini_Qdisc __rcu **slot = miniqp->p_miniq;
	struct tcx_slots *slots = tcx_slots_of(slot);
	struct tcx_entry *entry;

	mutex_lock(&slots->lock);
	entry = tcx_slot_owner(slots, slot);
	if (entry && likely(tcx_tc_in_place(entry)))
		miniqp->p_miniq = &entry->hook.tc.shadow;
	else if (entry)
		RCU_INIT_POINTER(entry->hook.tc.shadow, NULL);
	static_call(tcx_mini_qdisc_pair_swap)(miniqp, tp_head);
	miniqp->p_miniq = slot;
	mutex_unlock(&slots->lock);
	tcx_redirect_leave(&tcx_tc_swap_redirect);
}

static struct tcx_redirect tcx_tc_swap_redirect = {
	.name		= "mini_qdisc_pair_swap",
	.callback	= tcx_tc_swap_callback,
	.replacement	= tcx_tc_swap,
	.trial		= tcx_tc_swap_trial,
	.original	= &STATIC_CALL_KEY(tcx_mini_qdisc_pair_swap),
	.original_tramp	= STATIC_CALL_TRAMP_ADDR(tcx_mini_qdisc_pair_swap),
};

/* How long loading waits for the last swaps that it has not redirected. */
#define TCX_SWAP_WAIT	(10 * HZ)

/* How many ingress and clsact qdiscs there are, on a device or not: each holds
 * a reference to its module, unless that is built in. Its module is that of a
 * function of theirs, which is found on kernels without CONFIG_KALLSYMS_ALL too;
 * while preemption is off the memory of a module that is being unloaded stays.
 */
static int tcx_tc_qdiscs(void)
{
	unsigned long init = (unsigned long)tcx_ksym_lookup("clsact_init");
	struct module *owner;
	int refs = 0;

	preempt_disable();
	owner = ksym(__module_text_address)(init);
	if (owner)
		refs = module_refcount(owner);
	preempt_enable();
	return refs;
}

/* Whoever held the block's lock has let go of it afterwards. */
static void tcx_tc_pass_block(struct Qdisc *sch, unsigned long class)
{
	struct tcf_block *block = sch->ops->cl_ops->tcf_block(sch, class, NULL);

	if (!block)
		return;
	mutex_lock(&block->lock);
	mutex_unlock(&block->lock);
}

/* Returns 1 for an ingress or clsact qdisc, of which it passes through the blocks,
 * and 0 for any other.
 */
static int tcx_tc_pass_qdisc(struct Qdisc *sch)
{
	if (!tcx_qdisc_keeps_entry(sch, true))
		return 0;
	tcx_tc_pass_block(sch, TC_H_MIN_INGRESS);
	tcx_tc_pass_block(sch, TC_H_MIN_EGRESS);
	return 1;
}

/* Older kernels create these qdiscs as a device's root and in classes, too: see
 * tcx_qdisc_keeps_entry(). They write the device's slots like the one that is on
 * the ingress queue. The hash has neither that nor the root.
 */
static int tcx_tc_pass_device(struct net_device *dev)
{
	struct Qdisc *sch = tcx_entry_qdisc(dev, true);
	int qdiscs, i;

	qdiscs = sch ? tcx_tc_pass_qdisc(sch) : 0;
	sch = rtnl_dereference(dev->qdisc);
	/* The hash keeps one that has become the root later. */
	if (!hash_hashed(&sch->hash))
		qdiscs += tcx_tc_pass_qdisc(sch);
	hash_for_each(dev->qdisc_hash, i, sch, hash)
		qdiscs += tcx_tc_pass_qdisc(sch);
	return qdiscs;
}

/* All devices; returns how many such qdiscs they have. */
static int tcx_tc_pass_blocks(void)
{
	struct net_device *dev;
	struct net *net;
	int qdiscs = 0;

	ASSERT_RTNL();
	down_read(&net_rwsem);
	for_each_net(net) {
		for_each_netdev(net, dev)
			qdiscs += tcx_tc_pass_device(dev);
	}
	up_read(&net_rwsem);
	return qdiscs;
}

/* Swaps that were under way already when calls began to be diverted know of no
 * shadow slots and no slot mutexes, and they sleep, where no flavour of RCU sees
 * them: they must be over before there is an attach point.
 *
 * mini_qdisc_pair_swap() is called by clsact_chain_head_change() alone, which
 * is called by three functions:
 *
 *   tcf_chain0_head_change()		a filter comes or goes, or a chain is
 *					emptied; with RTNL or without; with the
 *					block's lock held throughout, for the
 *					pairs of all qdiscs that share the block
 *   tcf_chain0_head_change_cb_del()	a qdisc is destroyed, or could not be
 *					made; under RTNL and the block's lock
 *   tcf_chain0_head_change_cb_add()	a qdisc is made for a block with filters;
 *					under RTNL
 *
 * (mini_qdisc_pair_init() and _block_init() touch no slot.) So while we hold
 * RTNL only swaps of the first kind are left, and to pass through their block's
 * lock is to wait for them. The block is found if the qdisc is on its device. It
 * may have been taken off: 5.10 allows that, and with a device that moves to
 * another namespace it happens on all kernels. Then it lives on for the sake of
 * the filter request that swaps, and its reference to its module shows. (It is
 * not being destroyed: that needs RTNL.) Such requests end by themselves, so let
 * go of RTNL, which they may need, and try again.
 *
 * With sch_ingress built in there are no references to count. There a swap that
 * was under way when the module was loaded, for a qdisc that had been taken off
 * already, might end only after something has been attached to that device.
 */
static void tcx_tc_wait_for_swaps(void)
{
	unsigned long end = jiffies + TCX_SWAP_WAIT;
	bool over;

	for (;;) {
		rtnl_lock();
		over = tcx_tc_qdiscs() <= tcx_tc_pass_blocks();
		rtnl_unlock();
		if (over)
			return;
		if (time_after(jiffies, end))
			break;
		msleep(20);
	}
	pr_warn("hook=tc: for %u s there have been filter requests under way for qdiscs that were removed; until they end, what is attached to the same devices may miss packets\n",
		TCX_SWAP_WAIT / HZ);
}

static int tcx_tc_bind(struct tcx_entry *entry)
{
	struct tcx_hook_tc *tc = &entry->hook.tc;
	struct net_device *dev = entry->dev;

	tc->tp.classify = entry->ingress ? tcx_tc_classify_ingress :
					   tcx_tc_classify_egress;
	tc->tp.protocol = htons(ETH_P_ALL);
	tc->tp.chain = &tcx_tc_chain;
	tc->miniq.filter_list = &tc->tp;
	tc->miniq.cpu_bstats = tcx_tc_bstats;
	tc->miniq.cpu_qstats = tcx_tc_qstats;
	tc->slot = entry->ingress ? &dev->miniq_ingress : &dev->miniq_egress;
	return 0;
}

static void tcx_tc_add(struct tcx_entry *entry)
{
	struct tcx_hook_tc *tc = &entry->hook.tc;
	struct mini_Qdisc *classic;
	struct tcx_slots *slots;

	slots = tcx_slots_of(tc->slot);
	mutex_lock(&slots->lock);
	classic = rcu_dereference_protected(*tc->slot,
					    lockdep_is_held(&slots->lock));
	rcu_assign_pointer(tc->shadow, classic);
	hlist_add_head(&tc->node, &slots->entries);
	rcu_assign_pointer(*tc->slot, &tc->miniq);
	mutex_unlock(&slots->lock);
}

/* Somebody wrote the slot without passing through us. What he wrote is what he
 * wants packets to find, and newer than our shadow, whose mini_Qdisc may be freed
 * by now: leave it there.
 */
static void tcx_tc_say_lost(const struct tcx_entry *entry)
{
	pr_err_ratelimited("%s %s: somebody else's pointer stands where tcx was attached, and is left there. Programs may have missed packets. Either another module writes such pointers, or this kernel has copies of mini_qdisc_pair_swap() that cannot be redirected: load with hook=netfilter where the kernel can\n",
			   netdev_name(entry->dev),
			   entry->ingress ? "ingress" : "egress");
}

static void tcx_tc_del(struct tcx_entry *entry)
{
	struct tcx_hook_tc *tc = &entry->hook.tc;
	struct tcx_slots *slots = tcx_slots_of(tc->slot);
	struct mini_Qdisc *classic;

	mutex_lock(&slots->lock);
	classic = rcu_dereference_protected(tc->shadow,
					    lockdep_is_held(&slots->lock));
	hlist_del(&tc->node);
	if (likely(tcx_tc_in_place(entry)))
		rcu_assign_pointer(*tc->slot, classic);
	else
		tcx_tc_say_lost(entry);
	mutex_unlock(&slots->lock);
}

static int tcx_tc_init(void)
{
	struct tcx_slots *slots;
	int cpu, err = -ENOMEM;

	if (TCX_TC_LOOKS_INTO_BLOCK) {
		pr_err("hook=tc: with CONFIG_NET_TC_SKB_EXT, as this kernel is built, its tc would look for a filter block where we have none; load with hook=netfilter where the kernel can\n");
		return -EOPNOTSUPP;
	}
	for (slots = tcx_slots; slots < tcx_slots + ARRAY_SIZE(tcx_slots);
	     slots++)
		mutex_init(&slots->lock);

	tcx_tc_bstats = alloc_percpu(tcx_tc_bstats_t);
	if (!tcx_tc_bstats)
		return err;
	for_each_possible_cpu(cpu)
		u64_stats_init(&per_cpu_ptr(tcx_tc_bstats, cpu)->syncp);
	tcx_tc_qstats = alloc_percpu(tcx_tc_qstats_t);
	if (!tcx_tc_qstats)
		goto err_bstats;
	err = tcx_redirect_install(&tcx_tc_swap_redirect);
	if (err)
		goto err_qstats;
	return 0;

err_qstats:
	free_percpu(tcx_tc_qstats);
err_bstats:
	free_percpu(tcx_tc_bstats);
	return err;
}

static void tcx_tc_exit(void)
{
	tcx_redirect_remove(&tcx_tc_swap_redirect);
	/* CPUs may still be inside the classifiers. */
	synchronize_net();
	free_percpu(tcx_tc_qstats);
	free_percpu(tcx_tc_bstats);
}

const struct tcx_hook tcx_hook_tc = {
	.id	= TCX_BACKPORT_HOOK_TC,
	.init	= tcx_tc_init,
	.exit	= tcx_tc_exit,
	.open	= tcx_tc_wait_for_swaps,
	.bind	= tcx_tc_bind,
	.add	= tcx_tc_add,
	.del	= tcx_tc_del,
};
