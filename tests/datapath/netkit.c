// SPDX-License-Identifier: GPL-2.0
/* What scenarios about netkit devices share. */
#include "netkit_scenario.h"

/* Of <linux/if.h>, which goes with no <net/if.h>. */
#ifndef IFF_LOWER_UP
#define IFF_LOWER_UP	(1 << 16)
#endif

const char *nk_end_name(int type)
{
	return type == NK_PRIMARY ? "primary" : "peer";
}

static void end_up(const char *dev, int mode)
{
	unsigned char mac[ETH_ALEN];

	dev_mac(mac, dev);
	if (mode == NETKIT_BACKPORT_L2)
		ip("link set dev %s address %02x:%02x:%02x:%02x:%02x:%02x up\n",
		   dev, mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
	else
		ip("link set dev %s up\n", dev);
}

void nk_scene(int mode, int peer_ns, const struct nk_attr *attrs)
{
	struct nk_new new = {
		.end.name = "p",
		.peer = { .name = "q", .netns = peer_ns },
		.attrs[0] = { NETKIT_BACKPORT_MODE, mode },
	};
	int err, i, here = ns_open();

	for (i = 0; attrs && attrs[i].type; i++)
		new.attrs[i + 1] = attrs[i];
	err = nk_create(&new);
	if (err)
		fail("no netkit pair: %s %s", strerror(-err), nl_message());
	end_up("p", mode);
	if (peer_ns)
		ns_enter(peer_ns);
	end_up("q", mode);
	nk_wait_state("q", "up");
	ns_enter(here);
	close(here);
	nk_wait_state("p", "up");
}

static bool state_is(const char *dev, const char *state)
{
	struct nk_shown shown;

	return !nk_show(dev_index(dev), &shown) && !strcmp(shown.state, state);
}

/* Until then it drops packets, or takes them. The worker that notices may wait
 * for a second.
 */
void nk_wait_state(const char *dev, const char *state)
{
	if (!wait_for(state_is(dev, state)) && !wait_for(state_is(dev, state)))
		fail("%s is not %s", dev, state);
}

void say_request(const char *watcher, int ret)
{
	say(watcher, "%s%s%s", result(ret), nl_message()[0] ? " " : "",
	    nl_message());
}

static void say_attrs(const char *dev, const struct nk_shown *shown)
{
	static const struct {
		int		type;
		const char	*name;
	} rows[] = {
		{ NETKIT_BACKPORT_PRIMARY, "primary" },
		{ NETKIT_BACKPORT_POLICY, "policy" },
		{ NETKIT_BACKPORT_PEER_POLICY, "peer policy" },
		{ NETKIT_BACKPORT_MODE, "mode" },
		{ NETKIT_BACKPORT_SCRUB, "scrub" },
		{ NETKIT_BACKPORT_PEER_SCRUB, "peer scrub" },
	}, *row;
	char watcher[32], text[128] = "";

	for_each_row(row, rows)
		snprintf(text + strlen(text), sizeof(text) - strlen(text),
			 ", %s=%d", row->name, shown->has[row->type] ?
			 (int)shown->value[row->type] : -1);
	snprintf(watcher, sizeof(watcher), "%s:attrs", dev);
	say(watcher, "%s", text + 2);
}

/* Of attributes that came after Linux 6.12. */
void say_newer_attrs(const char *dev)
{
	struct nk_shown shown;
	char watcher[32];

	snprintf(watcher, sizeof(watcher), "%s:newer", dev);
	if (nk_show(dev_index(dev), &shown) ||
	    !shown.has[NETKIT_BACKPORT_HEADROOM])
		say(watcher, "none");
	else
		say(watcher, "headroom=%u, tailroom=%u, pairing=%u",
		    shown.value[NETKIT_BACKPORT_HEADROOM],
		    shown.value[NETKIT_BACKPORT_TAILROOM],
		    shown.value[NETKIT_BACKPORT_PAIRING]);
}

static const char *mac_kind(const struct nk_shown *shown)
{
	static const unsigned char none[ETH_ALEN];

	if (!memcmp(shown->mac, none, ETH_ALEN))
		return "no address";
	/* One of ours, or one that the kernel has made. */
	if (shown->mac[0] == 2 && !shown->mac[1] && !shown->mac[2])
		return "the address asked for";
	return shown->mac[0] & 2 ? "a random address" : "an odd address";
}

void say_device(const char *dev)
{
	struct nk_shown shown;
	char watcher[32];
	int err;

	snprintf(watcher, sizeof(watcher), "%s:device", dev);
	if (!if_nametoindex(dev)) {
		say(watcher, "none");
		return;
	}
	err = nk_show(dev_index(dev), &shown);
	if (err) {
		say(watcher, "%s", result(err));
		return;
	}
	/* IFF_RUNNING follows the carrier when the kernel gets to it. */
	say(watcher, "%s%s%s%s mtu=%u %s", shown.netkit ? "netkit" : "other",
	    shown.flags & IFF_NOARP ? " noarp" : "",
	    shown.flags & IFF_UP ? " up" : "",
	    shown.flags & IFF_LOWER_UP ? " carrier" : "", shown.mtu,
	    mac_kind(&shown));
	say_attrs(dev, &shown);
}

void nk_attach(const char *dev, int type, const struct prog *prog)
{
	int err;

	err = sys_prog_attach(dev_index(dev), type, prog->fd, 0, 0, 0, 0);
	if (err)
		fail("attaching to %s of %s: %s", nk_end_name(type), dev,
		     strerror(-err));
}

void nk_detach(const char *dev, int type, const struct prog *prog)
{
	int err;

	err = sys_prog_detach(dev_index(dev), type, prog->fd, 0, 0, 0);
	if (err)
		fail("detaching from %s of %s: %s", nk_end_name(type), dev,
		     strerror(-err));
}
