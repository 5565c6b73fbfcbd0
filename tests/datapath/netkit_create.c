// SPDX-License-Identifier: GPL-2.0
/* Netkit devices as rtnetlink makes them: each attribute, and what is refused. */
#include "netkit_scenario.h"

static const unsigned char mac_p[] = { 2, 0, 0, 0, 0, 'p' };
static const unsigned char mac_q[] = { 2, 0, 0, 0, 0, 'q' };
static const unsigned char mac_group[] = { 3, 0, 0, 0, 0, 1 };
static const unsigned char mac_zero[6];

static int devices_count(void)
{
	struct if_nameindex *all = if_nameindex(), *one;
	int count = 0;

	for (one = all; one->if_index; one++)
		count++;
	if_freenameindex(all);
	return count;
}

#define PQ	.end.name = "p", .peer.name = "q"

/* What a creation that succeeds has made, and that one that fails has made
 * nothing.
 */
static void create_row(const char *name, const struct nk_new *new)
{
	int before, err;

	ns_new();
	before = devices_count();	/* a module may bring one to each */
	step("%s", name);
	err = nk_create(new);
	say_request("create", err);
	say("devices", "%d", devices_count() - before);
	if (err)
		return;
	say_device("p");
	say_device("q");
	say_device("nk0");
}

static void create(void)
{
	static const struct {
		const char	*name;
		struct nk_new	new;
	} rows[] = {
		{ "no data", { .end.name = "p", .no_data = true } },
		{ "no peer", { .end.name = "p", .no_peer = true } },
		{ "no name", { .peer.name = "q" } },
		{ "no names", { .no_peer = true } },
		{ "names", { PQ } },
		{ "mode l2", { PQ, .attrs = { { NETKIT_BACKPORT_MODE, 0 } } } },
		{ "mode l3", { PQ, .attrs = { { NETKIT_BACKPORT_MODE, 1 } } } },
		{ "mode 2", { PQ, .attrs = { { NETKIT_BACKPORT_MODE, 2 } } } },
		{ "mode short", { PQ, .attrs = {
			{ NETKIT_BACKPORT_MODE, 0, 2 } } } },
		{ "policy drop", { PQ, .attrs = {
			{ NETKIT_BACKPORT_POLICY, 2 } } } },
		{ "peer policy drop", { PQ, .attrs = {
			{ NETKIT_BACKPORT_PEER_POLICY, 2 } } } },
		{ "policy next", { PQ, .attrs = {
			{ NETKIT_BACKPORT_POLICY, -1 } } } },
		{ "policy redirect", { PQ, .attrs = {
			{ NETKIT_BACKPORT_POLICY, 7 } } } },
		{ "peer policy 1", { PQ, .attrs = {
			{ NETKIT_BACKPORT_PEER_POLICY, 1 } } } },
		{ "scrub none", { PQ, .attrs = {
			{ NETKIT_BACKPORT_SCRUB, 0 } } } },
		{ "peer scrub none", { PQ, .attrs = {
			{ NETKIT_BACKPORT_PEER_SCRUB, 0 } } } },
		{ "scrub 2", { PQ, .attrs = { { NETKIT_BACKPORT_SCRUB, 2 } } } },
		{ "peer scrub 2", { PQ, .attrs = {
			{ NETKIT_BACKPORT_PEER_SCRUB, 2 } } } },
		{ "primary", { PQ, .attrs = {
			{ NETKIT_BACKPORT_PRIMARY, 1, 1 } } } },
		{ "unknown", { PQ, .attrs = { { 40, 1 } } } },
		{ "short peer", { .end.name = "p", .short_peer = 8 } },
		{ "negative ifindex", { PQ, .peer.ifindex = -1 } },
		{ "ifindexes", { PQ, .end.ifindex = 77, .peer.ifindex = 78 } },
		{ "peer ifindex", { PQ, .peer.ifindex = 78 } },
		{ "same ifindex", { PQ, .end.ifindex = 77,
			.peer.ifindex = 77 } },
		{ "ifindex of lo", { PQ, .end.ifindex = 1 } },
		{ "same name", { .end.name = "p", .peer.name = "p" } },
		{ "name taken", { .end.name = "lo", .peer.name = "q" } },
		{ "peer name taken", { .end.name = "p", .peer.name = "lo" } },
		{ "pattern", { .end.name = "nk%d", .peer.name = "nk%d" } },
		{ "bad name", { .end.name = "a/b", .peer.name = "q" } },
		{ "bad peer name", { .end.name = "p", .peer.name = "a/b" } },
		{ "l3 address", { PQ, .end.mac = mac_p } },
		{ "l3 peer address", { PQ, .peer.mac = mac_q } },
		{ "l3 no peer address", { .end = { "p", mac_p },
			.no_peer = true } },
		{ "l2 addresses", { .end = { "p", mac_p }, .peer = { "q", mac_q },
			.attrs = { { NETKIT_BACKPORT_MODE, 0 } } } },
		{ "l2 address", { PQ, .end.mac = mac_p,
			.attrs = { { NETKIT_BACKPORT_MODE, 0 } } } },
		{ "l2 peer address", { PQ, .peer.mac = mac_q,
			.attrs = { { NETKIT_BACKPORT_MODE, 0 } } } },
		{ "group address", { PQ, .end.mac = mac_group,
			.attrs = { { NETKIT_BACKPORT_MODE, 0 } } } },
		{ "group peer address", { PQ, .peer.mac = mac_group,
			.attrs = { { NETKIT_BACKPORT_MODE, 0 } } } },
		{ "zero peer address", { PQ, .peer.mac = mac_zero,
			.attrs = { { NETKIT_BACKPORT_MODE, 0 } } } },
		{ "short address", { .end = { "p", mac_p, 4 },
			.peer.name = "q",
			.attrs = { { NETKIT_BACKPORT_MODE, 0 } } } },
		{ "short peer address", { .end.name = "p",
			.peer = { "q", mac_q, 4 },
			.attrs = { { NETKIT_BACKPORT_MODE, 0 } } } },
		{ "mtu", { PQ, .end.mtu = 9000, .peer.mtu = 65535 } },
		{ "mtu too large", { PQ, .end.mtu = 65536 } },
		{ "peer mtu too large", { PQ, .peer.mtu = 65536 } },
		{ "bad namespace", { PQ, .peer.netns = 900 } },
		/* What is looked at first. */
		{ "mode, then peer", { PQ, .peer.mac = mac_group,
			.attrs = { { NETKIT_BACKPORT_MODE, 2 } } } },
		{ "peer, then policy", { PQ, .peer.mac = mac_group,
			.attrs = { { NETKIT_BACKPORT_POLICY, 1 } } } },
		{ "policy, then peer policy", { PQ, .attrs = {
			{ NETKIT_BACKPORT_PEER_POLICY, 1 },
			{ NETKIT_BACKPORT_POLICY, 1 } } } },
		{ "scrub, then mode", { PQ, .attrs = {
			{ NETKIT_BACKPORT_MODE, 2 },
			{ NETKIT_BACKPORT_SCRUB, 2 } } } },
		{ "policy, then address", { PQ, .end.mac = mac_p,
			.attrs = { { NETKIT_BACKPORT_POLICY, 1 } } } },
		{ "address, then namespace", { PQ, .end.mac = mac_p,
			.peer.netns = 900 } },
		{ "namespace, then name", { .end.name = "p",
			.peer = { .name = "lo", .netns = 900 } } },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		create_row(rows[i].name, &rows[i].new);
}

/* Attributes that came after Linux 6.12, which native 6.12 passes over. */
static void newer(void)
{
	static const struct {
		const char	*name;
		struct nk_new	new;
	} rows[] = {
		{ "none", { PQ } },
		{ "headroom", { PQ, .attrs = {
			{ NETKIT_BACKPORT_HEADROOM, 200, 2 } } } },
		{ "both", { PQ, .attrs = {
			{ NETKIT_BACKPORT_HEADROOM, 200, 2 },
			{ NETKIT_BACKPORT_TAILROOM, 30, 2 } } } },
		{ "zero", { PQ, .attrs = {
			{ NETKIT_BACKPORT_HEADROOM, 0, 2 } } } },
		{ "pair", { PQ, .attrs = { { NETKIT_BACKPORT_PAIRING, 0 } } } },
		{ "single", { PQ, .attrs = {
			{ NETKIT_BACKPORT_PAIRING, 1 } } } },
		{ "pairing 2", { PQ, .attrs = {
			{ NETKIT_BACKPORT_PAIRING, 2 } } } },
		{ "address, then single", { PQ, .end.mac = mac_p, .attrs = {
			{ NETKIT_BACKPORT_PAIRING, 1 } } } },
	};
	static const struct nk_attr changes[][2] = {
		{ { NETKIT_BACKPORT_HEADROOM, 9, 2 } },
		{ { NETKIT_BACKPORT_TAILROOM, 9, 2 } },
		{ { NETKIT_BACKPORT_PAIRING, 0 } },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		create_row(rows[i].name, &rows[i].new);
		if (if_nametoindex("p")) {
			say_newer_attrs("p");
			say_newer_attrs("q");
		}
	}
	ns_new();
	nk_scene(NETKIT_BACKPORT_L3, 0, NULL);
	for (i = 0; i < ARRAY_SIZE(changes); i++) {
		step("change %d", changes[i][0].type);
		say_request("change", nk_change(dev_index("p"), changes[i],
						false));
	}
	/* What a bridge asks for and what was asked for at the start. */
	ns_new();
	ip("link add name x type bridge\n");
	nk_scene(NETKIT_BACKPORT_L2, 0, rows[1].new.attrs);
	step("bridge");
	ip("link set dev p master x\n");
	say_newer_attrs("p");
	say_newer_attrs("q");
}

const struct scenario netkit_create_scenarios[] = {
	{ "netkit_create", create, true },
	{ "netkit_newer", newer, true },
	{}
};
