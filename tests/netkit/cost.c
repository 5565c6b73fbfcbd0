// SPDX-License-Identifier: GPL-2.0
/*
 * What it costs that a program redirects what a container sends; in the guest, where
 * time is counted in instructions (icount). tests/netkit/run starts it.
 *
 * "q" is the container's device in a namespace of its own, "p" its other end on the
 * host, "out" a dummy device there. One program hands every packet to "out":
 *
 *   alone	no program: q is a dummy device, which is the sender alone
 *   cls_bpf	at the ingress of p, the end of a veth pair
 *   tcx	the same by tcx
 *   netkit l2, netkit l3	the program of the peer of a netkit pair
 *
 * by bpf_redirect() or, "neigh", by bpf_redirect_neigh(). "8 more": after eight
 * programs that hand the packet on. SENDER is pktgen (queue_xmit, a packet of its
 * own each time, 64 bytes on the wire), or send() on a UDP socket. "into": from the
 * ingress of "in" on the host by bpf_redirect_peer() into the container, whose IP
 * drops the packet at once; pktgen sends there (netif_receive).
 *
 * stdout: cost<tab>SENDER<tab>CASE<tab>INSTRUCTIONS, per packet, of all that
 * happens until the next one can be sent.
 */
#include <sched.h>

#include "bpf_progs.h"
#include "clsact.h"
#include "icount.h"
#include "netkit.h"
#include "packet.h"

#define PACKETS	20000
#define RUNS	3	/* the least disturbed one counts */
#define MORE	8

static double scale;

static void result(const char *sender, const char *name, double ns)
{
	printf("cost\t%s\t%s\t%.1f\n", sender, name, ns / PACKETS / scale);
	fflush(stdout);
}

/* Programs: what a helper returns is what they return. */

#define HELPER_REDIRECT		23
#define HELPER_REDIRECT_NEIGH	152
#define HELPER_REDIRECT_PEER	155

static int redirect_load(int helper, int ifindex)
{
	const struct bpf_insn code[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, 1, 0, 0, ifindex },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, 2, 0, 0, 0 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, 3, 0, 0, 0 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, 4, 0, 0, 0 },
		{ .code = BPF_JMP | BPF_CALL, 0, 0, 0, helper },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	int fd = insns_load(BPF_PROG_TYPE_SCHED_CLS, code);

	if (fd < 0)
		fail("loading a program: %s", strerror(-fd));
	return fd;
}

/* pktgen */

__attribute__((format(printf, 2, 3)))
static void pktgen_write(const char *file, const char *fmt, ...)
{
	char path[64], command[96];
	va_list args;

	va_start(args, fmt);
	vsnprintf(command, sizeof(command) - 1, fmt, args);
	va_end(args);
	strcat(command, "\n");
	snprintf(path, sizeof(path), "/proc/net/pktgen/%s", file);
	write_file(path, command);
}

/* Nanoseconds of work, without what pktgen slept. */
static uint64_t pktgen_run(const char *dev)
{
	unsigned long long usec = 0, sent = 0;
	char path[64], line[256], *p;
	FILE *f;

	pktgen_write("pgctrl", "start");
	snprintf(path, sizeof(path), "/proc/net/pktgen/%s", dev);
	f = fopen(path, "r");
	while (f && fgets(line, sizeof(line), f)) {
		p = strstr(line, "(c");
		if (p)
			sscanf(p, "(c%llu+d%*u) usec, %llu", &usec, &sent);
	}
	if (f)
		fclose(f);
	if (sent != PACKETS)
		fail("pktgen sent %llu packets", sent);
	return usec * 1000;
}

static void pktgen_measure(const char *dev, const char *mode, const char *sender,
			   const char *name)
{
	uint64_t min = ~0ull, ns;
	int i;

	pktgen_write("kpktgend_0", "rem_device_all");
	pktgen_write("kpktgend_0", "add_device %s", dev);
	pktgen_write(dev, "xmit_mode %s", mode);
	pktgen_write(dev, "count %d", PACKETS);
	pktgen_write(dev, "delay 0");
	pktgen_write(dev, "pkt_size 60");
	pktgen_write(dev, "src_min 10.0.0.2");
	pktgen_write(dev, "src_max 10.0.0.2");
	pktgen_write(dev, "dst 10.0.0.1");
	for (i = 0; i < RUNS; i++) {
		ns = pktgen_run(dev);
		min = ns < min ? ns : min;
	}
	result(sender, name, min);
	/* The device is to go. */
	pktgen_write("kpktgend_0", "rem_device_all");
}

static void udp_measure(const char *name)
{
	struct sockaddr_in addr = {
		.sin_family = AF_INET,
		.sin_port = htons(7),
		.sin_addr.s_addr = inet_addr("10.0.0.1"),
	};
	int fd = socket(AF_INET, SOCK_DGRAM, 0), i, j;
	uint64_t min = ~0ull, start;
	char data[18] = "";

	if (connect(fd, (void *)&addr, sizeof(addr)))
		fail("connect: %m");
	for (i = 0; i < RUNS; i++) {
		start = now_ns();
		for (j = 0; j < PACKETS; j++)
			if (send(fd, data, sizeof(data), 0) < 0)
				fail("send: %m");
		start = now_ns() - start;
		min = start < min ? start : min;
	}
	close(fd);
	result("udp", name, min);
}

/* How many packets "out" has sent. */
static long out_sent(void)
{
	return number_from("sed 's/^ *out:/out/; s/  */ /g' /proc/net/dev | sed -n 's/^out \\([0-9]* \\)\\{8\\}/n /p'",
			   "n ");
}

/* The scene: a container and its host. */

enum how { ALONE, CLS, TCX, NETKIT_L2, NETKIT_L3 };

struct scene {
	int host, container, out;
};

static void container_end(const char *kind)
{
	ip("addr add 10.0.0.2/24 dev q\n"
	   "link set dev q up\n");
	if (strcmp(kind, "noarp"))
		ip("neigh add 10.0.0.1 lladdr 02:00:00:00:00:70 dev q\n");
}

static void netkit_pair(int mode, int container)
{
	const struct nk_attr attrs[] = {
		{ NETKIT_BACKPORT_MODE, mode }, {}
	};
	int err = nk_pair("p", "q", container, attrs);

	if (err)
		fail("no netkit pair: %s %s", strerror(-err), nl_message());
}

static struct scene scene_begin(enum how how)
{
	struct scene s;

	s.container = ns_new();
	s.host = ns_new();
	ip("link add name out type dummy\n"
	   "link set dev out up\n"
	   "addr add 10.0.0.9/24 dev out\n"
	   "neigh add 10.0.0.1 lladdr 02:00:00:00:00:01 dev out\n");
	s.out = dev_index("out");
	if (how == CLS || how == TCX)
		ip("link add name p type veth peer name q netns /proc/self/fd/%d\n",
		   s.container);
	else if (how == NETKIT_L2 || how == NETKIT_L3)
		netkit_pair(how == NETKIT_L2 ? NETKIT_BACKPORT_L2 :
					       NETKIT_BACKPORT_L3, s.container);
	if (how != ALONE)
		ip("link set dev p up\n");
	ns_enter(s.container);
	if (how == ALONE)
		ip("link add name q type dummy\n");
	container_end(how == ALONE || how == NETKIT_L3 ? "noarp" : "arp");
	/* Until linkwatch has noticed the carrier. */
	usleep(1200000);
	ns_enter(s.host);
	return s;
}

static void scene_attach(enum how how, int prog)
{
	int err = 0;

	if (how == CLS) {
		tc_hook("p");
		tc_filter_fd("p", INGRESS, prog, 1);
	} else if (how != ALONE) {
		err = sys_prog_attach(dev_index("p"), how == TCX ? INGRESS :
				      NK_PEER, prog, 0, 0, 0, 0);
	}
	if (err)
		fail("attaching: %s", strerror(-err));
}

static void before_it(enum how how, int count)
{
	int i, err;

	for (i = 0; i < count; i++) {
		err = sys_prog_attach(dev_index("p"), how == TCX ? INGRESS :
				      NK_PEER, cls_load(), BPF_F_BEFORE, 0, 0,
				      0);
		if (err)
			fail("attaching: %s", strerror(-err));
	}
}

static void measure(enum how how, const char *name, int helper, int more,
		    bool udp)
{
	struct scene s = scene_begin(how);
	long sent = out_sent();

	scene_attach(how, redirect_load(helper, s.out));
	before_it(how, more);
	ns_enter(s.container);
	pktgen_measure("q", "queue_xmit", "pktgen", name);
	if (udp)
		udp_measure(name);
	ns_enter(s.host);
	if (how != ALONE && out_sent() - sent < PACKETS * RUNS)
		fail("%s: packets have not come out", name);
	close(s.container);
	close(s.host);
}

/* Into the container, by redirect_peer from another device's ingress. */
static void into(enum how how, const char *name)
{
	struct scene s = scene_begin(how);
	int err;

	ip("link add name in type dummy\n"
	   "link set dev in up\n");
	err = sys_prog_attach(dev_index("in"), INGRESS,
			      redirect_load(HELPER_REDIRECT_PEER,
					    dev_index("p")), 0, 0, 0, 0);
	if (err)
		fail("attaching: %s", strerror(-err));
	pktgen_measure("in", "netif_receive", "into", name);
	close(s.container);
	close(s.host);
}

int main(void)
{
	scale = ns_per_instruction();
	measure(ALONE, "alone", HELPER_REDIRECT, 0, true);
	measure(CLS, "cls_bpf", HELPER_REDIRECT, 0, true);
	measure(TCX, "tcx", HELPER_REDIRECT, 0, true);
	measure(NETKIT_L3, "netkit l3", HELPER_REDIRECT, 0, true);
	measure(NETKIT_L2, "netkit l2", HELPER_REDIRECT, 0, true);
	measure(NETKIT_L3, "netkit l3, 8 more", HELPER_REDIRECT, MORE, false);
	measure(TCX, "tcx, neigh", HELPER_REDIRECT_NEIGH, 0, true);
	measure(NETKIT_L3, "netkit l3, neigh", HELPER_REDIRECT_NEIGH, 0, true);
	into(TCX, "veth");
	into(NETKIT_L2, "netkit l2");
	return 0;
}
