// SPDX-License-Identifier: GPL-2.0
/*
 * Families of attach types, see family.h.
 */
#include <linux/compiler.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/nospec.h>
#include <linux/nsproxy.h>
#include <linux/rtnetlink.h>
#include <linux/sched.h>

#include "compat/export.h"
#include "core/family.h"

/* Beyond every attach type that upstream has. */
#define TCX_ATTACH_TYPES	64

/* By attach type. */
static const struct tcx_family *tcx_families[TCX_ATTACH_TYPES];

static u64 tcx_features;

static void tcx_family_set(const struct tcx_family *family,
			   const struct tcx_family *value)
{
	int i;

	ASSERT_RTNL();
	for (i = 0; i < TCX_FAMILY_TYPES; i++)
		WRITE_ONCE(tcx_families[family->types[i].value], value);
}

void tcx_family_register(const struct tcx_family *family)
{
	tcx_family_set(family, family);
	WRITE_ONCE(tcx_features, tcx_features | family->features);
}
EXPORT_SYMBOL_TCX(tcx_family_register);

void tcx_family_unregister(const struct tcx_family *family)
{
	tcx_family_set(family, NULL);
	WRITE_ONCE(tcx_features, tcx_features & ~family->features);
}
EXPORT_SYMBOL_TCX(tcx_family_unregister);

struct net_device *tcx_family_fetch(u32 ifindex, u32 attach_type,
				    const struct tcx_family **family)
{
	ASSERT_RTNL();
	if (attach_type >= TCX_ATTACH_TYPES)
		return ERR_PTR(-EINVAL);
	*family = tcx_families[array_index_nospec(attach_type,
						  TCX_ATTACH_TYPES)];
	if (!*family)
		return ERR_PTR(-EINVAL);
	return (*family)->fetch(current->nsproxy->net_ns, ifindex, attach_type);
}

bool tcx_attach_type_known(u32 attach_type)
{
	if (attach_type >= TCX_ATTACH_TYPES)
		return false;
	attach_type = array_index_nospec(attach_type, TCX_ATTACH_TYPES);
	return READ_ONCE(tcx_families[attach_type]);
}

u64 tcx_family_features(void)
{
	return READ_ONCE(tcx_features);
}

const char *tcx_attach_type_name(const struct tcx_family *family,
				 u32 attach_type)
{
	int i;

	for (i = 0; i < TCX_FAMILY_TYPES; i++)
		if (family->types[i].value == attach_type)
			return family->types[i].name;
	return "unknown";
}
