/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Families of attach types.
 *
 * The core knows how programs are attached: who may, in which order, by whom
 * they are owned. A family knows where: which attach types there are, which
 * device a request means, where that device has its array of programs, and how
 * packets get there. This is all that the core asks a family for, and it is
 * asked under RTNL only; packets pass through nothing of the core.
 *
 * RTNL protects the list of families. While a family is absent, its attach
 * types are unknown.
 *
 * A family may be part of another module, netkit_backport. What keeps that one
 * loaded is the family's own affair: every device that has an attach point of
 * the family does. A device's death makes its links defunct, and a link asks
 * its family for nothing afterwards, so that links may outlive the family.
 */
#ifndef TCX_BACKPORT_FAMILY_H
#define TCX_BACKPORT_FAMILY_H

#include <linux/types.h>

struct net;
struct net_device;
struct tcx_mprog;

struct tcx_attach_type {
	u32		value;	/* enum bpf_attach_type, as upstream has it */
	const char	*name;	/* in fdinfo of a link */
};

#define TCX_FAMILY_TYPES	2

struct tcx_family {
	const char		*name;		/* of its links, in their fdinfo */
	u32			link_type;	/* in their info */
	u64			features;	/* TCX_BACKPORT_FEAT_* of its own */
	struct tcx_attach_type	types[TCX_FAMILY_TYPES];

	/* The device that a request in @net means by @ifindex, or an
	 * ERR_PTR().
	 */
	struct net_device *(*fetch)(struct net *net, u32 ifindex,
				    u32 attach_type);

	/* The device by which requests mean a device that fetch() has returned,
	 * where that is another one. Optional.
	 */
	const struct net_device *(*named)(const struct net_device *dev);

	/* The attach point of a device. NULL where upstream has none, which is
	 * not the same as an empty one: a detach is refused sooner.
	 */
	struct tcx_mprog *(*mprog)(struct net_device *dev, u32 attach_type);

	/* The same for attaching, made if there is none, or an ERR_PTR(). If
	 * nothing gets attached to it, abandon() (optional) is called in the
	 * same RTNL section.
	 */
	struct tcx_mprog *(*mprog_create)(struct net_device *dev,
					  u32 attach_type);
	void (*mprog_abandon)(struct tcx_mprog *mprog);

	/* The first program is about to be attached, which may still fail for
	 * that; the last one has gone. Neither waits for a grace period. Both
	 * optional.
	 */
	int (*first)(struct tcx_mprog *mprog);
	void (*last)(struct tcx_mprog *mprog);
};

/* Under RTNL. A link refers to its family as long as it is attached, so a family
 * is removed when nothing of it is attached any more.
 */
void tcx_family_register(const struct tcx_family *family);
void tcx_family_unregister(const struct tcx_family *family);

/* The family of an attach type, and the device that a request of the caller's
 * means by @ifindex, or an ERR_PTR(). Under RTNL.
 */
struct net_device *tcx_family_fetch(u32 ifindex, u32 attach_type,
				    const struct tcx_family **family);

/* Whether there is one: for refusing a request early. Needs no lock, and says
 * nothing about the next moment.
 */
bool tcx_attach_type_known(u32 attach_type);

/* TCX_BACKPORT_FEAT_* of the families that there are, those of theirs alone.
 * Needs no lock, and says nothing about the next moment.
 */
u64 tcx_family_features(void);

const char *tcx_attach_type_name(const struct tcx_family *family,
				 u32 attach_type);

#endif /* TCX_BACKPORT_FAMILY_H */
