// SPDX-License-Identifier: GPL-2.0
/*
 * The static keys that packets pass on their way to a hook, see keys.h.
 */
#include <linux/jiffies.h>
#include <linux/rtnetlink.h>
#include <linux/workqueue.h>

#include "tcx/hook.h"
#include "tcx/keys.h"

#define TCX_KEYS_LINGER	(10 * HZ)

struct tcx_keys {
	unsigned int	users;	/* attach points with programs */
	bool		held;
};

static struct tcx_keys tcx_keys[2];	/* [ingress] */
static const struct tcx_hook *tcx_keys_hook;

void tcx_keys_count_get(bool ingress)
{
	if (ingress)
		net_inc_ingress_queue();
	else
		net_inc_egress_queue();
	if (tcx_keys_hook->key)
		static_key_slow_inc(tcx_keys_hook->key(ingress));
}

void tcx_keys_count_put(bool ingress)
{
	if (tcx_keys_hook->key)
		static_key_slow_dec(tcx_keys_hook->key(ingress));
	if (ingress)
		net_dec_ingress_queue();
	else
		net_dec_egress_queue();
}

static void tcx_keys_drop_unused(bool ingress)
{
	struct tcx_keys *keys = &tcx_keys[ingress];

	ASSERT_RTNL();
	if (!keys->held || keys->users)
		return;
	tcx_keys_count_put(ingress);
	keys->held = false;
}

static void tcx_keys_work_fn(struct work_struct *work)
{
	rtnl_lock();
	tcx_keys_drop_unused(true);
	tcx_keys_drop_unused(false);
	rtnl_unlock();
}

static DECLARE_DELAYED_WORK(tcx_keys_work, tcx_keys_work_fn);

void tcx_keys_hold(bool ingress)
{
	struct tcx_keys *keys = &tcx_keys[ingress];

	ASSERT_RTNL();
	keys->users++;
	if (keys->held)
		return;
	tcx_keys_count_get(ingress);
	keys->held = true;
}

void tcx_keys_release(bool ingress)
{
	ASSERT_RTNL();
	if (!--tcx_keys[ingress].users)
		mod_delayed_work(system_wq, &tcx_keys_work, TCX_KEYS_LINGER);
}

void tcx_keys_init(const struct tcx_hook *hook)
{
	tcx_keys_hook = hook;
}

void tcx_keys_exit(void)
{
	cancel_delayed_work_sync(&tcx_keys_work);
	tcx_keys_work_fn(NULL);
}
