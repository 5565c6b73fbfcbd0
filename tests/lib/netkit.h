/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Netkit devices by raw rtnetlink: Debian 12's ip(8) can only make pairs with
 * the defaults. In the namespace that the caller is in. Functions return 0 or a
 * negative errno, and nl_message() tells what the kernel said about it.
 */
#ifndef TESTS_LIB_NETKIT_H
#define TESTS_LIB_NETKIT_H

#include <stdbool.h>

#include <linux/netkit_backport.h>
#include <linux/tcx_backport.h>

#include "netns.h"

#define NK_PRIMARY	TCX_BACKPORT_NETKIT_PRIMARY
#define NK_PEER		TCX_BACKPORT_NETKIT_PEER

#define NK_ATTRS	8

/* An attribute of IFLA_INFO_DATA, of so many bytes (0: of 4). An array of them
 * ends with one of type 0.
 */
struct nk_attr {
	int	type;
	__u32	value;
	int	size;
};

/* One end of a pair, as a request describes it. What is 0 is left out. */
struct nk_end {
	const char		*name;
	const unsigned char	*mac;
	int			mac_len;	/* 6 unless given */
	int			ifindex;
	int			netns;		/* an fd */
	__u32			mtu;
	__u32			gso_max_size;
};

/* A request for a pair. */
struct nk_new {
	struct nk_end	end;
	bool		no_peer;	/* says nothing about the peer */
	int		short_peer;	/* so many bytes about the peer, 0: all */
	struct nk_end	peer;
	bool		no_data;	/* no IFLA_INFO_DATA */
	struct nk_attr	attrs[NK_ATTRS];
};

int nk_create(const struct nk_new *new);

/* A pair that is down, with these attributes (may be NULL); the peer goes into
 * the namespace of that fd unless it is 0.
 */
int nk_pair(const char *name, const char *peer, int peer_ns,
	    const struct nk_attr *attrs);

/* Changes attributes of a pair; @peer_info: sends an empty description of the
 * peer along.
 */
int nk_change(int ifindex, const struct nk_attr *attrs, bool peer_info);

/* What a device shows of itself. */
struct nk_shown {
	bool	netkit;			/* of that kind, and has data */
	bool	has[__NETKIT_BACKPORT_MAX];
	__u32	value[__NETKIT_BACKPORT_MAX];
	__u32	flags;
	__u32	mtu;
	__u32	gso_max_size;		/* 0: not told */
	__u32	tso_max_size;
	__u8	mac[6];
	const char *state;		/* operstate */
};

int nk_show(int ifindex, struct nk_shown *shown);

#endif /* TESTS_LIB_NETKIT_H */
