// SPDX-License-Identifier: GPL-2.0
/*
 * A packet's way through stacked devices, with a program at every point of it;
 * then once more for each point, where it is dropped.
 */
#include "scenario.h"

/* A point is a device and a direction; with '!' in front it is in the far
 * namespace. "e" in "a:e" means egress, "i" ingress.
 */
struct topology {
	const char *name;
	const char *here, *there;	/* for ip -batch */
	const char *points[8];
	struct {
		const char *dev, *dst;
		bool far, l3;
	} sends[2];
};

#define TUNNEL(kind)							\
	"link add name k type " kind " local 10.0.0.1 remote 10.0.0.2\n"	\
	"link set dev k up\n",						\
	"link add name l type " kind " local 10.0.0.2 remote 10.0.0.1\n"	\
	"link set dev l up\n"

#define L2_TUNNEL(args)							\
	"link add name k address 02:00:00:00:00:6b type " args		\
	" local 10.0.0.1 remote 10.0.0.2\n"				\
	"link set dev k up\n",						\
	"link add name l address 02:00:00:00:00:6c type " args		\
	" local 10.0.0.2 remote 10.0.0.1\n"				\
	"link set dev l up\n"

static const struct topology topologies[] = {
	{ "veth", "", NULL, { "a:e", "a:i", "b:e", "b:i" },
	  { { "a", "b" }, { "b", "a" } } },
	{ "dummy",
	  "link add name u address 02:00:00:00:00:75 type dummy\n"
	  "link set dev u up\n", NULL,
	  { "u:e", "u:i" }, { { "u", "b" } } },
	{ "ifb",
	  "link add name i address 02:00:00:00:00:69 type ifb\n"
	  "link set dev i up\n", NULL,
	  { "i:e", "i:i" }, { { "i", "b" } } },
	{ "loopback", "", NULL, { "lo:e", "lo:i" }, { { "lo", "b" } } },
	{ "vlan",
	  "link add link a name e type vlan id 5\n"
	  "link set dev e up\n"
	  "link add link b name f type vlan id 5\n"
	  "link set dev f up\n", NULL,
	  { "e:e", "a:e", "b:i", "f:i" }, { { "e", "b" } } },
	{ "stacked",
	  "link add link a name e type vlan protocol 802.1ad id 5\n"
	  "link set dev e up\n"
	  "link add link b name f type vlan protocol 802.1ad id 5\n"
	  "link set dev f up\n"
	  "link add link e name g type vlan id 6\n"
	  "link set dev g up\n"
	  "link add link f name h type vlan id 6\n"
	  "link set dev h up\n", NULL,
	  { "g:e", "e:e", "a:e", "b:i", "f:i", "h:i" }, { { "g", "b" } } },
	{ "macvlan",
	  "link add link b name m address 02:00:00:00:00:6d type macvlan mode bridge\n"
	  "link set dev m up\n", NULL,
	  { "a:e", "b:i", "m:i", "m:e", "b:e", "a:i" },
	  { { "a", "m" }, { "m", "a" } } },
	{ "bridge",
	  "link add name c address 02:00:00:00:00:63 type veth peer name d address 02:00:00:00:00:64\n"
	  "link add name x address 02:00:00:00:00:78 type bridge mcast_snooping 0\n"
	  "link set dev b master x\n"
	  "link set dev c master x\n"
	  "link set dev c up\n"
	  "link set dev d up\n"
	  "link set dev x up\n", NULL,
	  { "a:e", "b:i", "x:i", "x:e", "c:e", "d:i" },
	  { { "a", "d" }, { "a", "x" } } },
	{ "bridge-out",
	  "link add name x address 02:00:00:00:00:78 type bridge mcast_snooping 0\n"
	  "link set dev b master x\n"
	  "link set dev x up\n", NULL,
	  { "x:e", "b:e", "a:i", "b:i", "x:i" }, { { "x", "a" } } },
	{ "bond",
	  "link add name o address 02:00:00:00:00:6f type bond mode active-backup\n"
	  "link set dev b down\n"
	  "link set dev b master o\n"
	  "link set dev o up\n", NULL,
	  { "a:e", "b:i", "o:i", "o:e", "b:e", "a:i" },
	  { { "a", "o" }, { "o", "a" } } },
	{ "ipip", TUNNEL("ipip"), { "k:e", "a:e", "!b:i", "!l:i" },
	  { { "k", NULL, false, true } } },
	{ "gre", TUNNEL("gre"), { "k:e", "a:e", "!b:i", "!l:i" },
	  { { "k", NULL, false, true } } },
	{ "sit", TUNNEL("sit mode any"), { "k:e", "a:e", "!b:i", "!l:i" },
	  { { "k", NULL, false, true }, { "k", "ip6", false, true } } },
	{ "gretap", L2_TUNNEL("gretap"), { "k:e", "a:e", "!b:i", "!l:i" },
	  { { "k", "l" } } },
	{ "vxlan", L2_TUNNEL("vxlan id 5 dstport 4789 srcport 4789 4790"),
	  { "k:e", "a:e", "!b:i", "!l:i" }, { { "k", "l" } } },
};

static int point_type(const char *point)
{
	return strchr(point, ':')[1] == 'e' ? EGRESS : INGRESS;
}

static const char *point_dev(const char *point)
{
	static char dev[8];

	snprintf(dev, sizeof(dev), "%.*s",
		 (int)strcspn(point + (*point == '!'), ":"),
		 point + (*point == '!'));
	return dev;
}

static void walk_one(const struct topology *t)
{
	struct prog progs[8];
	int here, there, send, drop;
	unsigned int n;

	if (t->there) {
		make_l3_hosts(&here, &there);
		ns_enter(there);
		ip("%s", t->there);
	} else {
		scene_pair();
		here = ns_open();
		there = here;
	}
	ns_enter(here);
	ip("%s", t->here);
	usleep(50000);
	for (n = 0; n < ARRAY_SIZE(progs) && t->points[n]; n++) {
		const char *point = t->points[n];

		ns_enter(*point == '!' ? there : here);
		progs[n] = prog_view(TCX_NEXT);
		progs[n].dp->proto = 0;
		attach(point_dev(point), point_type(point), &progs[n]);
		watch(point, &progs[n]);
		if (point_type(point) == INGRESS) {
			char name[16];

			snprintf(name, sizeof(name), "%s:got",
				 point_dev(point));
			place_named(name, point_dev(point), DP_PROTO);
		}
		ns_enter(here);
	}
	for (send = 0; send < 2 && t->sends[send].dev; send++) {
		const char *dev = t->sends[send].dev;
		struct frame frame = {};

		if (t->sends[send].l3 && t->sends[send].dst)
			frame_udp6(&frame, "fd09::2", "fd09::1", 50);
		else if (t->sends[send].l3)
			frame_udp4(&frame, "10.9.9.9", "10.9.0.1", 50);
		else
			frame = test_frame(t->sends[send].dst, dev);
		for (drop = -1; drop < (int)n; drop++) {
			if (drop >= 0)
				progs[drop].dp->verdict = TCX_DROP;
			step("%s,%s to %s,%s", t->name, dev,
			     t->sends[send].dst ?: "ip",
			     drop < 0 ? "" : t->points[drop]);
			frame_observe(dev, &frame);
			if (drop >= 0)
				progs[drop].dp->verdict = TCX_NEXT;
		}
	}
}

static void walk_all(unsigned int first, unsigned int end)
{
	while (first < end && first < ARRAY_SIZE(topologies))
		walk_one(&topologies[first++]);
}

static void devices(void)
{
	walk_all(0, 7);
}

static void masters(void)
{
	walk_all(7, 10);
}

static void tunnels(void)
{
	walk_all(10, ARRAY_SIZE(topologies));
}

static void say_received(int fd)
{
	char text[64];
	int ret = recv(fd, text, sizeof(text), MSG_DONTWAIT);

	say("socket", "%s", result(ret < 0 ? -errno : ret));
}

/* Who made the packet: another host, by a router here, or the router itself. */
static void forwarded(void)
{
	static const int codes[] = { TCX_NEXT, TCX_PASS, TCX_DROP };
	struct prog in, out, views[2];
	int here, hosts[2], fd, server;
	struct sockaddr_in addr = {
		.sin_family = AF_INET,
		.sin_port = htons(7),
	};
	struct frame frame;
	unsigned int i;

	hosts[0] = ns_new();
	hosts[1] = ns_new();
	here = ns_new();
	dev_pair("b", "a", hosts[0]);
	dev_pair("c", "d", hosts[1]);
	write_file("/proc/sys/net/ipv4/ip_forward", "1");
	ip("addr add 10.0.1.1/24 dev b\n"
	   "addr add 10.0.2.1/24 dev c\n"
	   "neigh add 10.0.2.2 lladdr 02:00:00:00:00:64 dev c\n");
	in = prog_load("set");
	in.dp->set_mark = 0x77;
	in.dp->set_priority = 0x10003;
	in.dp->set_tc_index = 0x1111;
	in.dp->set_tc_classid = 0x4455;
	in.dp->proto = ETH_P_IP;
	out = prog_view(TCX_NEXT);
	out.dp->proto = ETH_P_IP;
	attach("b", INGRESS, &in);
	attach("c", EGRESS, &out);
	watch("b:ingress", &in);
	watch("c:egress", &out);
	ns_enter(hosts[1]);
	views[0] = prog_view(TCX_NEXT);
	views[0].dp->proto = ETH_P_IP;
	attach("d", INGRESS, &views[0]);
	watch("d:ingress", &views[0]);
	place("d", ETH_P_IP);
	ip("addr add 10.0.2.2/24 dev d\n"
	   "route add default via 10.0.2.1\n");
	server = socket(AF_INET, SOCK_DGRAM, 0);
	if (bind(server, (void *)&addr, sizeof(addr)))
		fail("bind: %m");
	for (i = 0; i < ARRAY_SIZE(codes); i++) {
		ns_enter(hosts[0]);
		step("forwarded,%d", codes[i]);
		in.dp->verdict = codes[i];
		out.dp->verdict = TCX_NEXT;
		frame_eth(&frame, "b", "a", ETH_P_IP);
		frame_udp4(&frame, "10.0.2.2", "10.0.1.2", 50);
		frame_observe("a", &frame);
		say_received(server);
		ns_enter(here);
		step("local,%d", codes[i]);
		out.dp->verdict = codes[i];
		fd = socket(AF_INET, SOCK_DGRAM, 0);
		addr.sin_port = htons(8);
		addr.sin_addr.s_addr = 0;
		if (bind(fd, (void *)&addr, sizeof(addr)))
			fail("bind: %m");
		addr.sin_port = htons(7);
		addr.sin_addr.s_addr = inet_addr("10.0.2.2");
		say("send", "%s", result(sendto(fd, "hello", 5, 0, (void *)&addr,
						sizeof(addr)) < 0 ? -errno : 0));
		close(fd);
		observe();
		say_received(server);
	}
}

/* Programs stay with a device that goes to another namespace and comes back.
 * Qdiscs do not.
 */
static void moves(void)
{
	static const int codes[] = { TCX_NEXT, TCX_DROP };
	struct prog in, out;
	int here, there, ns[2];
	unsigned int i, j;

	there = ns_new();
	scene_pair();
	here = ns_open();
	ns[0] = there;
	ns[1] = here;
	in = prog_view(TCX_NEXT);
	out = prog_view(TCX_NEXT);
	attach("b", INGRESS, &in);
	attach("b", EGRESS, &out);
	for (i = 0; i < 2; i++) {
		const char *name = i ? "back" : "there";

		ip("link set dev b netns /proc/self/fd/%d\n", ns[i]);
		watch_reset();
		ns_enter(ns[i]);
		ip("link set dev b up\n");
		watch("b:ingress", &in);
		watch("b:egress", &out);
		place("b", DP_PROTO);
		ns_enter(here);
		place("a", DP_PROTO);
		dev_wait("a", "b", ns[i]);
		for (j = 0; j < ARRAY_SIZE(codes); j++) {
			in.dp->verdict = codes[j];
			out.dp->verdict = codes[j];
			step("%s,to b,%d", name, codes[j]);
			send_observe("b", "a");
			step("%s,from b,%d", name, codes[j]);
			ns_enter(ns[i]);
			send_observe("a", "b");
			ns_enter(here);
		}
		in.dp->verdict = TCX_NEXT;
		out.dp->verdict = TCX_NEXT;
		ns_enter(ns[i]);
	}
	step("detached");
	detach("b", INGRESS, &in);
	detach("b", EGRESS, &out);
	send_observe("b", "a");
}

const struct scenario device_scenarios[] = {
	{ "devices", devices },
	{ "masters", masters },
	{ "tunnels", tunnels },
	{ "forwarded", forwarded },
	{ "moves", moves, true },
	{}
};
