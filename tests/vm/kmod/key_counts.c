// SPDX-License-Identifier: GPL-2.0
/*
 * The static keys that packets pass on their way to ingress and egress hooks, as
 * counted now. /sys/module/key_counts/parameters/counts reads
 *
 *   INGRESS-QUEUE EGRESS-QUEUE INGRESS-NETFILTER EGRESS-NETFILTER
 *
 * with -1 for what this kernel does not have.
 */
#include <linux/jump_label.h>
#include <linux/kallsyms.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/netfilter.h>

static struct static_key *queue_keys[2];

static int netfilter_count(bool ingress)
{
#ifdef CONFIG_JUMP_LABEL
	if (ingress)
		return static_key_count(&nf_hooks_needed[NFPROTO_NETDEV][NF_NETDEV_INGRESS]);
#ifdef CONFIG_NETFILTER_EGRESS
	return static_key_count(&nf_hooks_needed[NFPROTO_NETDEV][NF_NETDEV_EGRESS]);
#endif
#endif
	return -1;
}

static int queue_count(const struct static_key *key)
{
	return key ? static_key_count((struct static_key *)key) : -1;
}

static int counts_get(char *buffer, const struct kernel_param *kp)
{
	return sprintf(buffer, "%d %d %d %d\n", queue_count(queue_keys[0]),
		       queue_count(queue_keys[1]), netfilter_count(true),
		       netfilter_count(false));
}

static const struct kernel_param_ops counts_ops = {
	.get = counts_get,
};
module_param_cb(counts, &counts_ops, NULL, 0444);

/* The keys of the queues are not exported, nor is what finds them. */
static int __init key_counts_init(void)
{
	struct kprobe kp = { .symbol_name = "kallsyms_lookup_name" };
	unsigned long (*lookup)(const char *name);
	int err;

	kp.flags = KPROBE_FLAG_DISABLED;
	err = register_kprobe(&kp);
	if (err)
		return err;
	lookup = (void *)kp.addr;
	unregister_kprobe(&kp);
	queue_keys[0] = (void *)lookup("ingress_needed_key");
	queue_keys[1] = (void *)lookup("egress_needed_key");
	return queue_keys[0] && queue_keys[1] ? 0 : -ENOENT;
}

static void __exit key_counts_exit(void)
{
}

module_init(key_counts_init);
module_exit(key_counts_exit);

MODULE_DESCRIPTION("Counts of the static keys of ingress and egress hooks, for tests");
MODULE_LICENSE("GPL");
