/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * netkit_backport: the attributes of a netkit device in rtnetlink
 *
 * A pair of netkit devices is created, changed and shown like any other link:
 * RTM_NEWLINK and RTM_GETLINK with IFLA_LINKINFO, in which IFLA_INFO_KIND is
 * "netkit" and IFLA_INFO_DATA holds the attributes below. Their numbers, types,
 * errors and extack texts are those of Linux 6.12, and of later releases for
 * those that came later. The names are our own, since a <linux/if_link.h> may
 * have some of upstream's but not all; where it has IFLA_NETKIT_MAX, those up to
 * that number can be used as well.
 *
 * The device that a request creates is the primary of the pair. Both ends are
 * deleted together.
 *
 *   PEER_INFO    the peer's own attributes: a struct ifinfomsg and IFLA_*, as in
 *                veth's VETH_INFO_PEER. Only when creating (EINVAL).
 *   PRIMARY      __u8, 1 or 0. Only shown.
 *   POLICY       __u32, enum netkit_backport_policy: what becomes of packets that
 *                the primary sends while nothing is attached to it. PASS unless
 *                given. EINVAL for any other value.
 *   PEER_POLICY  the same of packets that the peer sends. Changed, like POLICY,
 *                through the primary.
 *   MODE         __u32, enum netkit_backport_mode, L3 unless given. Only when
 *                creating (EACCES). In L3 neither end can have an address
 *                (EOPNOTSUPP).
 *   SCRUB        __u32, enum netkit_backport_scrub: whether mark and priority of
 *                packets that the primary sends to another network namespace are
 *                cleared, DEFAULT unless given. Only when creating (EACCES).
 *   PEER_SCRUB   the same of packets that the peer sends.
 *   HEADROOM     __u16, bytes, of Linux 6.14: what both ends ask senders to leave
 *                free in front of a packet. 0, or not given: nothing; at most
 *                NETKIT_BACKPORT_ROOM_MAX (ERANGE). Only when creating (EACCES).
 *   TAILROOM     __u16, bytes, the same after a packet.
 *   PAIRING      __u32, enum netkit_backport_pairing, of Linux 7.1: PAIR, the
 *                only one there is here (SINGLE: EOPNOTSUPP). Only when creating
 *                (EACCES).
 *
 * Creating further fails with
 *
 *   EOPNOTSUPP  bpf(2) does not accept netkit now, so that nobody who only knows
 *               bpf(2) could attach anything: the extack text tells what to do.
 *               Or the module is being removed.
 *   EPERM       the caller lacks CAP_NET_ADMIN in the user namespace of the
 *               network namespace that the peer shall be in.
 *
 * A request that fails changes nothing.
 */
#ifndef _UAPI_LINUX_NETKIT_BACKPORT_H
#define _UAPI_LINUX_NETKIT_BACKPORT_H

enum netkit_backport_attr {
	NETKIT_BACKPORT_UNSPEC,
	NETKIT_BACKPORT_PEER_INFO,
	NETKIT_BACKPORT_PRIMARY,
	NETKIT_BACKPORT_POLICY,
	NETKIT_BACKPORT_PEER_POLICY,
	NETKIT_BACKPORT_MODE,
	NETKIT_BACKPORT_SCRUB,
	NETKIT_BACKPORT_PEER_SCRUB,
	NETKIT_BACKPORT_HEADROOM,
	NETKIT_BACKPORT_TAILROOM,
	NETKIT_BACKPORT_PAIRING,
	__NETKIT_BACKPORT_MAX,
};

#define NETKIT_BACKPORT_MAX	(__NETKIT_BACKPORT_MAX - 1)

/* More than all headers that tunnels put in front of a packet, and little enough
 * for the 16 bits that an skb has for where its headers begin.
 */
#define NETKIT_BACKPORT_ROOM_MAX	1024

enum netkit_backport_policy {
	NETKIT_BACKPORT_POLICY_PASS	= 0,
	NETKIT_BACKPORT_POLICY_DROP	= 2,
};

enum netkit_backport_mode {
	NETKIT_BACKPORT_L2,
	NETKIT_BACKPORT_L3,
};

enum netkit_backport_scrub {
	NETKIT_BACKPORT_SCRUB_NONE,
	NETKIT_BACKPORT_SCRUB_DEFAULT,
};

enum netkit_backport_pairing {
	NETKIT_BACKPORT_PAIR,
	NETKIT_BACKPORT_SINGLE,
};

#endif /* _UAPI_LINUX_NETKIT_BACKPORT_H */
