// SPDX-License-Identifier: GPL-2.0
/*
 * A netkit pair between two hosts: IPv4 and IPv6, checksums, packets that are
 * segmented later, devices on top of it.
 */
#include "netkit_scenario.h"

#include <sys/wait.h>

#ifndef SOL_UDP
#define SOL_UDP		17
#endif

static const int families[] = { AF_INET, AF_INET6 };

static void nk_hosts(int mode, int there)
{
	int here = ns_open();

	ip("addr add 10.0.0.1/24 dev p\n");
	if (mode == NETKIT_BACKPORT_L2)
		ip("neigh add 10.0.0.2 lladdr 02:00:00:00:00:71 dev p\n");
	write_file("/proc/sys/net/ipv6/conf/p/disable_ipv6", "0");
	ip("addr add fd00::1/64 dev p nodad\n");
	if (mode == NETKIT_BACKPORT_L2)
		ip("neigh add fd00::2 lladdr 02:00:00:00:00:71 dev p\n");
	ns_enter(there);
	ip("addr add 10.0.0.2/24 dev q\n");
	if (mode == NETKIT_BACKPORT_L2)
		ip("neigh add 10.0.0.1 lladdr 02:00:00:00:00:70 dev q\n");
	write_file("/proc/sys/net/ipv6/conf/q/disable_ipv6", "0");
	ip("addr add fd00::2/64 dev q nodad\n");
	if (mode == NETKIT_BACKPORT_L2)
		ip("neigh add fd00::1 lladdr 02:00:00:00:00:70 dev q\n");
	ns_enter(here);
	close(here);
	/* The stack's own first packets. */
	usleep(20000);
}

union addr {
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

static socklen_t address(union addr *addr, int family, const char *v4,
			 const char *v6)
{
	memset(addr, 0, sizeof(*addr));
	if (family == AF_INET) {
		addr->v4.sin_family = AF_INET;
		addr->v4.sin_port = htons(7);
		inet_pton(AF_INET, v4, &addr->v4.sin_addr);
		return sizeof(addr->v4);
	}
	addr->v6.sin6_family = AF_INET6;
	addr->v6.sin6_port = htons(7);
	inet_pton(AF_INET6, v6, &addr->v6.sin6_addr);
	return sizeof(addr->v6);
}

/* A socket at the far end, of which the near end knows the address. */
static int receiver(int family, int type, int there)
{
	int here = ns_open(), fd, on = 1;
	union addr addr;
	socklen_t len;

	ns_enter(there);
	fd = socket(family, type, 0);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	len = address(&addr, family, "10.0.0.2", "fd00::2");
	if (bind(fd, (void *)&addr, len))
		fail("bind: %m");
	ns_enter(here);
	close(here);
	return fd;
}

/* How much of a packet is linear, and its flow label, is up to the kernel. */
static void udp_rows(const char *name, const struct prog *prog, int family,
		     int there, int bytes, int segment)
{
	int to = receiver(family, SOCK_DGRAM | SOCK_NONBLOCK, there);
	int from = socket(family, SOCK_DGRAM, 0), got, n = 0, sum = 0;
	static char data[60000];
	union addr addr;
	socklen_t len = address(&addr, family, "10.0.0.2", "fd00::2");

	step("%s", name);
	if (segment && setsockopt(from, SOL_UDP, UDP_SEGMENT, &segment,
				  sizeof(segment)))
		say("segment", "%s", result(-errno));
	got = sendto(from, data, bytes, 0, (void *)&addr, len);
	say("send", "%s", result(got < 0 ? -errno : got));
	settle();
	while ((got = recv(to, data, sizeof(data), 0)) >= 0) {
		n++;
		sum += got;
	}
	say("socket", "%d packets, %d bytes", n, sum);
	say("program", "%llu packets, %u segments of %u", prog->dp->packets,
	    prog->dp->max_gso_segs, prog->dp->max_gso_size);
	forget(prog);
	close(to);
	close(from);
}

static void tcp_rows(const char *name, int family, int there)
{
	int listener = receiver(family, SOCK_STREAM, there), n, sum = 0, i;
	int from = socket(family, SOCK_STREAM, 0), fd, bad = 0;
	static unsigned char data[65536];
	union addr addr;
	socklen_t len = address(&addr, family, "10.0.0.2", "fd00::2");
	pid_t pid;

	listen(listener, 1);
	step("%s", name);
	n = connect(from, (void *)&addr, len);
	say("connect", "%s", result(n ? -errno : 0));
	if (n)
		goto out;
	pid = fork();
	if (!pid) {
		for (i = 0; i < (int)sizeof(data); i++)
			data[i] = i * 7;
		for (i = 0; i < 4; i++)
			if (write(from, data, sizeof(data)) != sizeof(data))
				_exit(1);
		_exit(0);
	}
	close(from);
	from = -1;
	fd = accept(listener, NULL, NULL);
	while ((n = read(fd, data, sizeof(data))) > 0) {
		for (i = 0; i < n; i++)
			bad += data[i] != (unsigned char)((sum + i) % 65536 * 7);
		sum += n;
	}
	waitpid(pid, &i, 0);
	settle();
	say("received", "%d bytes, %d wrong, status %d", sum, bad, i);
	close(fd);
out:
	close(listener);
	if (from >= 0)
		close(from);
}

static int proto_of(int family)
{
	return family == AF_INET ? ETH_P_IP : ETH_P_IPV6;
}

static const char *family_name(int family)
{
	return family == AF_INET ? "ipv4" : "ipv6";
}

/* Packets through the stacks of both ends, small, as large as the MTU, in
 * fragments, and such as are segmented at the end, or by a device on the way.
 */
static void stack(void)
{
	unsigned int mode, f;
	char name[48];

	for (mode = 0; mode < 2; mode++)
		for (f = 0; f < ARRAY_SIZE(families); f++) {
			int family = families[f], there = ns_new();
			struct prog prog;

			ns_new();
			nk_scene(mode, there, NULL);
			nk_hosts(mode, there);
			prog = prog_view(-1);
			prog.dp->proto = proto_of(family);
			nk_attach("p", NK_PRIMARY, &prog);
#define NAME(text)	(snprintf(name, sizeof(name), "l%u,%s,%s", mode + 2, \
				  family_name(family), text), name)
			udp_rows(NAME("udp"), &prog, family, there, 100, 0);
			udp_rows(NAME("udp of an mtu"), &prog, family, there, 1400, 0);
			udp_rows(NAME("udp in fragments"), &prog, family, there,
				 4000, 0);
			udp_rows(NAME("udp segments"), &prog, family, there,
				 12000, 1200);
			tcp_rows(NAME("tcp"), family, there);
			say("segmented later", "%s",
			    prog.dp->max_gso_segs > 1 ? "yes" : "no");
			forget(&prog);
			ip("link set dev p gso_max_segs 1\n");
			udp_rows(NAME("udp segments, one each"), &prog, family,
				 there, 12000, 1200);
#undef NAME
		}
}

/* A VLAN on a pair, and a pair in a bridge. */
static void stacked(void)
{
	int there = ns_new(), here = ns_new();
	struct prog prog;

	nk_scene(NETKIT_BACKPORT_L2, there, NULL);
	prog = prog_view(-1);
	prog.dp->proto = ETH_P_IP;
	ip("link add link p name v type vlan id 5\n"
	   "link set dev v up\n"
	   "addr add 10.0.0.1/24 dev v\n"
	   "neigh add 10.0.0.2 lladdr 02:00:00:00:00:71 dev v\n");
	ns_enter(there);
	ip("link add link q name v type vlan id 5\n"
	   "link set dev v up\n"
	   "addr add 10.0.0.2/24 dev v\n"
	   "neigh add 10.0.0.1 lladdr 02:00:00:00:00:70 dev v\n");
	usleep(20000);
	ns_enter(here);
	nk_attach("p", NK_PRIMARY, &prog);
	udp_rows("vlan,udp", &prog, AF_INET, there, 100, 0);
	udp_rows("vlan,udp segments", &prog, AF_INET, there, 12000, 1200);
	tcp_rows("vlan,tcp", AF_INET, there);

	there = ns_new();
	here = ns_new();
	nk_scene(NETKIT_BACKPORT_L2, there, NULL);
	ip("link add name x address 02:00:00:00:00:78 type bridge mcast_snooping 0\n"
	   "link set dev x up\n"
	   "link set dev p master x\n"
	   "addr add 10.0.0.1/24 dev x\n"
	   "neigh add 10.0.0.2 lladdr 02:00:00:00:00:71 dev x\n");
	ns_enter(there);
	ip("addr add 10.0.0.2/24 dev q\n"
	   "neigh add 10.0.0.1 lladdr 02:00:00:00:00:78 dev q\n");
	usleep(20000);
	ns_enter(here);
	prog = prog_view(-1);
	prog.dp->proto = ETH_P_IP;
	nk_attach("p", NK_PRIMARY, &prog);
	udp_rows("bridge,udp", &prog, AF_INET, there, 100, 0);
	udp_rows("bridge,udp segments", &prog, AF_INET, there, 12000, 1200);
	tcp_rows("bridge,tcp", AF_INET, there);
}

const struct scenario netkit_stack_scenarios[] = {
	{ "netkit_stack", stack, true },
	{ "netkit_stacked", stacked, true },
	{}
};
