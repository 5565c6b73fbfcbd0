// SPDX-License-Identifier: GPL-2.0
/* Netkit devices as the kernel knows them: changing, using, moving, losing them. */
#include "bpf_progs.h"
#include "netkit_scenario.h"

#include <net/if_arp.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>

static const unsigned char mac_p[] = { 2, 0, 0, 0, 0, 'p' };
static const unsigned char mac_q[] = { 2, 0, 0, 0, 0, 'q' };

#define PQ	.end.name = "p", .peer.name = "q"

static void change(void)
{
	static const struct {
		const char	*name;
		bool		peer_info;
		struct nk_attr	attrs[4];
	} rows[] = {
		{ "nothing" },
		{ "policy drop", false, { { NETKIT_BACKPORT_POLICY, 2 } } },
		{ "peer policy drop", false, {
			{ NETKIT_BACKPORT_PEER_POLICY, 2 } } },
		{ "both pass", false, { { NETKIT_BACKPORT_POLICY, 0 },
			{ NETKIT_BACKPORT_PEER_POLICY, 0 } } },
		{ "bad policy", false, { { NETKIT_BACKPORT_POLICY, 7 } } },
		{ "bad peer policy", false, {
			{ NETKIT_BACKPORT_PEER_POLICY, 1 } } },
		{ "bad policy and peer's", false, {
			{ NETKIT_BACKPORT_POLICY, 1 },
			{ NETKIT_BACKPORT_PEER_POLICY, 2 } } },
		{ "policy and bad peer's", false, {
			{ NETKIT_BACKPORT_POLICY, 2 },
			{ NETKIT_BACKPORT_PEER_POLICY, 1 } } },
		{ "mode", false, { { NETKIT_BACKPORT_MODE, 1 } } },
		{ "bad mode", false, { { NETKIT_BACKPORT_MODE, 9 } } },
		{ "scrub", false, { { NETKIT_BACKPORT_SCRUB, 1 } } },
		{ "bad scrub", false, { { NETKIT_BACKPORT_SCRUB, 2 } } },
		{ "peer scrub", false, { { NETKIT_BACKPORT_PEER_SCRUB, 1 } } },
		{ "primary", false, { { NETKIT_BACKPORT_PRIMARY, 1, 1 } } },
		{ "peer info", true },
		{ "peer info and policy", true, {
			{ NETKIT_BACKPORT_POLICY, 2 } } },
		{ "mode, then scrub", false, { { NETKIT_BACKPORT_MODE, 1 },
			{ NETKIT_BACKPORT_SCRUB, 1 } } },
		{ "scrub, then peer info", true, {
			{ NETKIT_BACKPORT_PEER_SCRUB, 1 } } },
		{ "mode and policy", false, { { NETKIT_BACKPORT_MODE, 1 },
			{ NETKIT_BACKPORT_POLICY, 2 } } },
	};
	unsigned int i, end;

	nk_scene(NETKIT_BACKPORT_L3, 0, NULL);
	for (end = 0; end < 2; end++) {
		const char *dev = end ? "q" : "p";

		for (i = 0; i < ARRAY_SIZE(rows); i++) {
			/* The row before may have changed it, or not. */
			static const struct nk_attr pass[] = {
				{ NETKIT_BACKPORT_POLICY, 0 },
				{ NETKIT_BACKPORT_PEER_POLICY, 0 },
				{}
			};

			nk_change(dev_index("p"), pass, false);
			step("%s,%s", dev, rows[i].name);
			say_request("change",
				    nk_change(dev_index(dev), rows[i].attrs,
					      rows[i].peer_info));
			say_device("p");
			say_device("q");
		}
	}
	/* What a dummy device says to such a request. */
	ip("link add name d type dummy\n");
	step("d");
	say_request("change", nk_change(dev_index("d"), rows[1].attrs, false));
}

static int set_mac(const char *dev, const unsigned char *mac)
{
	struct ifreq ifr = { .ifr_hwaddr.sa_family = ARPHRD_ETHER };
	int fd = socket(AF_INET, SOCK_DGRAM, 0), ret;

	strcpy(ifr.ifr_name, dev);
	memcpy(ifr.ifr_hwaddr.sa_data, mac, ETH_ALEN);
	ret = ioctl(fd, SIOCSIFHWADDR, &ifr) ? -errno : 0;
	close(fd);
	return ret;
}

#define SYSFS	"/tmp/sysfs"

/* sysfs has the devices of the namespace in which it was mounted. */
static const char *read_file(const char *dev, const char *file)
{
	static char text[64];
	char path[96];
	FILE *f;

	text[0] = '\0';
	mkdir(SYSFS, 0700);
	if (mount("none", SYSFS, "sysfs", 0, NULL))
		fail("no sysfs: %m");
	snprintf(path, sizeof(path), SYSFS "/class/net/%s/%s", dev, file);
	f = fopen(path, "r");
	if (!f || !fgets(text, sizeof(text), f))
		snprintf(text, sizeof(text), "%s", result(-errno));
	if (f)
		fclose(f);
	umount(SYSFS);
	text[strcspn(text, "\n")] = '\0';
	return text;
}

static void say_file(const char *watcher, const char *dev, const char *file)
{
	say(watcher, "%s", read_file(dev, file));
}

/* Older kernels bring it up to date later, once a second at most. */
static void say_operstate(const char *watcher, const char *dev)
{
	int tries = 300;

	while (!strcmp(read_file(dev, "operstate"), "unknown") && --tries)
		usleep(10 * 1000);
	say_file(watcher, dev, "operstate");
}

static void say_driver(const char *dev)
{
	struct ethtool_drvinfo info = { .cmd = ETHTOOL_GDRVINFO };
	struct ifreq ifr = { .ifr_data = (void *)&info };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	strcpy(ifr.ifr_name, dev);
	if (ioctl(fd, SIOCETHTOOL, &ifr))
		say("driver", "%s", result(-errno));
	else
		say("driver", "%s", info.driver);
	close(fd);
}

#define GSTRINGS_MAX	128

/* Features by name, where both kernels have the name: their numbers differ. */
static void say_features(const char *dev)
{
	static const char *const names[] = {
		"rx-checksum", "tx-checksum-ip-generic", "tx-checksum-sctp",
		"tx-scatter-gather", "tx-scatter-gather-fraglist",
		"tx-tcp-segmentation", "tx-tcp-ecn-segmentation",
		"tx-tcp-mangleid-segmentation", "tx-tcp6-segmentation",
		"tx-udp-segmentation", "tx-gso-list", "tx-sctp-segmentation",
		"tx-gre-segmentation", "tx-gre-csum-segmentation",
		"tx-ipxip4-segmentation", "tx-ipxip6-segmentation",
		"tx-udp_tnl-segmentation", "tx-udp_tnl-csum-segmentation",
		"tx-vlan-hw-insert", "rx-vlan-hw-parse",
		"tx-vlan-stag-hw-insert", "rx-vlan-stag-hw-parse",
		"rx-vlan-filter", "highdma", "rx-gro", "tx-generic-segmentation",
		"rx-lro", "loopback", "tx-nocache-copy",
	};
	static struct {
		struct ethtool_gstrings head;
		char names[GSTRINGS_MAX][ETH_GSTRING_LEN];
	} strings;
	static struct {
		struct ethtool_gfeatures head;
		struct ethtool_get_features_block blocks[GSTRINGS_MAX / 32];
	} features;
	struct ifreq ifr = { .ifr_data = (void *)&strings };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	unsigned int i, j;

	memset(&strings, 0, sizeof(strings));
	strings.head.cmd = ETHTOOL_GSTRINGS;
	strings.head.string_set = ETH_SS_FEATURES;
	/* 0 asks for all; some kernels give none to who asks for a wrong number. */
	strcpy(ifr.ifr_name, dev);
	if (ioctl(fd, SIOCETHTOOL, &ifr))
		fail("ETHTOOL_GSTRINGS: %m");
	if (!strings.head.len || strings.head.len > GSTRINGS_MAX)
		fail("%u names of features", strings.head.len);
	features.head.cmd = ETHTOOL_GFEATURES;
	features.head.size = GSTRINGS_MAX / 32;
	ifr.ifr_data = (void *)&features;
	if (ioctl(fd, SIOCETHTOOL, &ifr))
		fail("ETHTOOL_GFEATURES: %m");
	close(fd);
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		for (j = 0; j < strings.head.len; j++)
			if (!strcmp(strings.names[j], names[i]))
				break;
		if (j == strings.head.len) {
			say(names[i], "no such feature");
			continue;
		}
		say(names[i], "%s%s",
		    features.blocks[j / 32].active >> j % 32 & 1 ? "on" : "off",
		    features.blocks[j / 32].available >> j % 32 & 1 &&
		    !(features.blocks[j / 32].never_changed >> j % 32 & 1) ?
		    "" : " fixed");
	}
}

/* XDP in the driver is refused, the generic one is not. */
static void say_xdp(const char *dev)
{
	static const struct {
		const char *name;
		__u32 flags;
	} rows[] = { { "xdp driver", 1U << 2 }, { "xdp generic", 1U << 1 } };
	int prog = verdict_load(BPF_PROG_TYPE_XDP, 2), fd;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		union bpf_attr attr = {
			.link_create.prog_fd = prog,
			.link_create.target_ifindex = dev_index(dev),
			.link_create.attach_type = BPF_XDP,
			.link_create.flags = rows[i].flags,
		};

		fd = sys_bpf(BPF_LINK_CREATE, &attr, sizeof(attr));
		say(rows[i].name, "%s", fd < 0 ? result(fd) : "linked");
		if (fd >= 0)
			close(fd);
	}
	close(prog);
}

static void properties(void)
{
	int mode;

	for (mode = 0; mode < 2; mode++) {
		struct nk_new new = {
			PQ, .attrs[0] = { NETKIT_BACKPORT_MODE, mode },
		};

		ns_new();
		if (nk_create(&new))
			fail("no pair: %s", nl_message());
		step("l%d", mode + 2);
		say_driver("p");
		say_file("txqueuelen", "p", "tx_queue_len");
		say_file("type", "p", "type");
		say_file("assigned", "p", "addr_assign_type");
		say_file("name assigned", "p", "name_assign_type");
		say_file("peer's name assigned", "q", "name_assign_type");
		say_features("p");
		say("mac", "%s", result(set_mac("p", mac_p)));
		say("peer's mac", "%s", result(set_mac("q", mac_q)));
		ip("link set dev p up\n"
		   "link set dev q up\n");
		say("mac, up", "%s", result(set_mac("p", mac_q)));
		say_device("p");
		say_xdp("p");
	}
}

void say_gso_max(const char *dev)
{
	struct nk_shown shown;
	char watcher[32];
	int err;

	err = nk_show(dev_index(dev), &shown);
	snprintf(watcher, sizeof(watcher), "%s:gso max", dev);
	if (err)
		say(watcher, "%s", result(err));
	else
		say(watcher, "%u of %u", shown.gso_max_size,
		    shown.tso_max_size);
}

int set_gso_max(const char *dev, __u32 size)
{
	struct nl_req req;

	nl_init(&req, RTM_NEWLINK, 0, sizeof(req.ifi));
	req.ifi.ifi_index = dev_index(dev);
	nl_put(&req, IFLA_GSO_MAX_SIZE, &size, sizeof(size));
	return nl_talk(&req);
}

/* Packets larger than 64 KB have to be asked for. A pair that is made for smaller
 * ones.
 */
static void gso_max(void)
{
	static const __u32 sizes[] = { 20000, 65536, 200000, 600000 };
	struct nk_new new = { PQ };
	unsigned int i;

	if (nk_create(&new))
		fail("no pair: %s", nl_message());
	step("default");
	say_gso_max("p");
	say_gso_max("q");
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		step("%u", sizes[i]);
		say("set", "%s", result(set_gso_max("p", sizes[i])));
		say_gso_max("p");
		say_gso_max("q");
	}
	ns_new();
	new.end.gso_max_size = 30000;
	if (nk_create(&new))
		fail("no pair: %s", nl_message());
	step("from the start");
	say_gso_max("p");
	say_gso_max("q");
}

/* Which end comes and goes up, and who has a carrier then. */
static void carrier(void)
{
	static const char *const steps[] = {
		"p up", "q up", "p down", "q down", "q up", "p up", "q down",
		"p down",
	};
	struct nk_new new = { PQ };
	unsigned int i;

	if (nk_create(&new))
		fail("no pair: %s", nl_message());
	for (i = 0; i < ARRAY_SIZE(steps); i++) {
		ip("link set dev %s\n", steps[i]);
		usleep(5000);
		step("%u,%s", i, steps[i]);
		say_file("p:carrier", "p", "carrier");
		say_file("q:carrier", "q", "carrier");
		say_operstate("p:operstate", "p");
		say_operstate("q:operstate", "q");
	}
}

/* Who asks for room asks at both ends, whoever asked for more. */
static void headroom(void)
{
	ip("link add name x type bridge\n");
	nk_scene(NETKIT_BACKPORT_L2, 0, NULL);
	step("bridge");
	ip("link set dev p master x\n");
	say_device("p");
	say_device("q");
	step("bridge and tunnel");
	ip("link add name t type vxlan id 5 dstport 4789\n"
	   "link set dev t master x\n");
	say_device("p");
	step("no bridge");
	ip("link set dev p nomaster\n");
	say_device("p");
}

static void say_iflink(const char *watcher, const char *dev)
{
	char path[64];
	int link = -1;
	FILE *f;

	snprintf(path, sizeof(path), "/sys/class/net/%s/iflink", dev);
	f = fopen(path, "r");
	if (!f || fscanf(f, "%d", &link) != 1)
		link = -1;
	if (f)
		fclose(f);
	say(watcher, "%d", link);
}

/* sysfs shows the namespace in which it was mounted, hence no other device is
 * looked at there: rtnetlink tells the peer's index.
 */
static void iflink(void)
{
	struct nk_new new = { PQ, .end.ifindex = 77, .peer.ifindex = 78 };

	if (nk_create(&new))
		fail("no pair: %s", nl_message());
	step("here");
	say_iflink("p", "p");
	say_iflink("q", "q");
}

/* Deleting either end, and the deaths of namespaces. */
static void deaths(void)
{
	static const char *const ways[] = {
		"p", "q", "namespace of p", "namespace of q", "both namespaces",
	};
	unsigned int i;
	int home = ns_open();

	for (i = 0; i < ARRAY_SIZE(ways); i++) {
		int of_q = ns_new(), of_p = ns_new();

		nk_scene(NETKIT_BACKPORT_L3, of_q, NULL);
		step("%s", ways[i]);
		if (i == 0)
			say_request("del", link_del(dev_index("p")));
		ns_enter(of_q);
		if (i == 1)
			say_request("del", link_del(dev_index("q")));
		ns_enter(home);
		if (i == 2 || i == 4)
			close(of_p);
		if (i == 3 || i == 4)
			close(of_q);
		if (i != 2 && i != 4) {
			ns_enter(of_p);
			say("p", "%s", wait_for(!if_nametoindex("p")) ?
			    "gone" : "there");
		}
		if (i != 3 && i != 4) {
			ns_enter(of_q);
			say("q", "%s", wait_for(!if_nametoindex("q")) ?
			    "gone" : "there");
		}
		ns_enter(home);
	}
}

/* An end that moves takes along what it is. */
static void moves(void)
{
	int here = ns_open(), there = ns_new();
	static const struct nk_attr attrs[] = {
		{ NETKIT_BACKPORT_PEER_POLICY, 2 }, {}
	};

	ns_enter(here);
	nk_scene(NETKIT_BACKPORT_L3, 0, attrs);
	step("q there");
	say("move", "%s", result(link_move(dev_index("q"), there)));
	say_device("p");
	ns_enter(there);
	say_device("q");
	step("q back");
	say("move", "%s", result(link_move(dev_index("q"), here)));
	ns_enter(here);
	say_device("q");
	step("p there");
	say("move", "%s", result(link_move(dev_index("p"), there)));
	ns_enter(there);
	say_device("p");
	ns_enter(here);
	say_device("q");
}

const struct scenario netkit_device_scenarios[] = {
	{ "netkit_change", change, true },
	{ "netkit_properties", properties, true },
	{ "netkit_gso_max", gso_max, true },
	{ "netkit_carrier", carrier, true },
	{ "netkit_headroom", headroom, true },
	{ "netkit_iflink", iflink, true },
	{ "netkit_deaths", deaths, true },
	{ "netkit_moves", moves, true },
	{}
};
