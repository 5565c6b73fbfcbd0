// SPDX-License-Identifier: GPL-2.0
/* Redirects from, to and through netkit devices. */
#include "netkit_scenario.h"

#include "bpf_progs.h"

#include <sys/ioctl.h>
#include <linux/sockios.h>

static const int types[] = { NK_PRIMARY, NK_PEER };

/* A container "q" there, its host's end "p" here, and a wire "a" to "b", here
 * ("a" is the host's); returns the container's namespace.
 */
static int container(int mode)
{
	int there = ns_new();

	/* Lest a device there has the index that one here has. */
	ip("link add name j type dummy\n"
	   "link add name k type dummy\n");
	scene_pair();
	nk_scene(mode, there, NULL);
	return there;
}

/* A container's packet goes straight out of the host's device: the way that netkit
 * is made for.
 */
static void out(void)
{
	static const struct {
		const char	*name, *prog, *dev;
		__u64		flags;
	} rows[] = {
		{ "redirect", "redirect", "a" },
		{ "ingress", "redirect", "a", BPF_F_INGRESS },
		{ "lo", "redirect", "lo" },
		{ "lo ingress", "redirect", "lo", BPF_F_INGRESS },
		{ "itself", "redirect", "p" },
		{ "itself ingress", "redirect", "p", BPF_F_INGRESS },
		{ "nowhere", "redirect" },
		{ "down", "redirect", "d" },
		{ "peer", "redirect_peer", "m" },
		{ "peer of itself", "redirect_peer", "p" },
		{ "clone", "clone_redirect", "a" },
		{ "bad flags", "redirect", "a", 1ULL << 40 },
	}, *row;
	struct prog a_out = prog_view(-1), b_in = prog_view(-1);
	unsigned int mode;

	for (mode = 0; mode < 2; mode++) {
		int there = container(mode), here = ns_open(), e = ns_new();
		struct frame frame = test_frame("b", "q");
		struct prog prog;

		ns_enter(here);
		dev_pair("m", "e", e);
		ip("link add name d type dummy\n");
		attach("a", EGRESS, &a_out);
		attach("b", INGRESS, &b_in);
		for_each_row(row, rows) {
			watch_reset();
			prog = prog_load(row->prog);
			prog.dp->ifindex = row->dev ? dev_index(row->dev) :
						      9999;
			prog.dp->flags = row->flags;
			/* Each round is one more packet that the program sees. */
			prog.dp->limit = 20;
			nk_attach("p", NK_PEER, &prog);
			watch("prog", &prog);
			watch("a:egress", &a_out);
			watch("b:ingress", &b_in);
			place("p", DP_PROTO);
			place("a", DP_PROTO);
			place("b", DP_PROTO);
			place("lo", DP_PROTO);
			counters("p");
			counters("a");
			ns_enter(e);
			place("e", DP_PROTO);
			ns_enter(there);
			counters("q");
			step("l%u,%s", mode + 2, row->name);
			frame_observe("q", &frame);
			ns_enter(here);
			nk_detach("p", NK_PEER, &prog);
			prog_free(&prog);
		}
		detach("a", EGRESS, &a_out);
		detach("b", INGRESS, &b_in);
	}
}

/* From the host into the container: by redirect_peer as with veth, by a redirect
 * through the transmit path, into the receive path of either end.
 */
static void in(void)
{
	static const struct {
		const char	*name, *prog, *dev;
		__u64		flags;
	} rows[] = {
		{ "redirect_peer", "redirect_peer", "p" },
		{ "redirect", "redirect", "p" },
		{ "ingress", "redirect", "p", BPF_F_INGRESS },
	}, *row;
	struct prog nk = prog_view(-1), q_in = prog_view(-1);
	struct prog p_out = prog_view(-1);
	unsigned int mode, t;

	for (mode = 0; mode < 2; mode++) {
		int there = container(mode), here = ns_open();
		struct frame frame = test_frame("q", "a");

		attach("p", EGRESS, &p_out);
		nk_attach("p", NK_PRIMARY, &nk);
		ns_enter(there);
		attach("q", INGRESS, &q_in);
		ns_enter(here);
		for_each_row(row, rows) {
			struct prog prog = prog_load(row->prog);

			prog.dp->ifindex = dev_index(row->dev);
			prog.dp->flags = row->flags;
			attach("b", INGRESS, &prog);
			watch_reset();
			watch("prog", &prog);
			watch("p:egress", &p_out);
			place("p", DP_PROTO);
			counters("p");
			ns_enter(there);
			watch("netkit", &nk);
			watch("q:ingress", &q_in);
			place("q", DP_PROTO);
			counters("q");
			ns_enter(here);
			for (t = 0; t < 2; t++) {
				nk.dp->verdict = t ? 2 : -1;
				step("l%u,%s,%s", mode + 2, row->name,
				     t ? "drop" : "next");
				frame_observe("a", &frame);
			}
			detach("b", INGRESS, &prog);
		}
		nk_detach("p", NK_PRIMARY, &nk);
		detach("p", EGRESS, &p_out);
		ns_enter(there);
		detach("q", INGRESS, &q_in);
		ns_enter(here);
	}
}

/* With a neighbour: an L2 header is made for the packet. */
static void neigh(void)
{
	unsigned int mode, six;

	for (mode = 0; mode < 2; mode++)
		for (six = 0; six < 2; six++) {
			int there = container(mode), here = ns_open();
			struct frame frame;
			struct prog prog;

			write_file("/proc/sys/net/ipv6/conf/a/disable_ipv6",
				   "0");
			ip("addr add 10.0.0.1/24 dev a\n"
			   "addr add fd00::1/64 dev a nodad\n"
			   "neigh add 10.0.0.2 lladdr 02:00:00:00:00:62 dev a\n"
			   "neigh add fd00::2 lladdr 02:00:00:00:00:62 dev a\n");
			usleep(20000);
			prog = prog_load("redirect_neigh");
			prog.dp->proto = six ? ETH_P_IPV6 : ETH_P_IP;
			prog.dp->ifindex = dev_index("a");
			nk_attach("p", NK_PEER, &prog);
			watch("prog", &prog);
			place("b", six ? ETH_P_IPV6 : ETH_P_IP);
			counters("p");
			ns_enter(there);
			counters("q");
			step("l%u,%s", mode + 2, six ? "ipv6" : "ipv4");
			frame_eth(&frame, "x", "q", prog.dp->proto);
			if (six)
				frame_udp6(&frame, "fd00::2", "fd00::9", 60);
			else
				frame_udp4(&frame, "10.0.0.2", "10.0.0.9", 60);
			frame_observe("q", &frame);
			/* What is not IP. */
			step("l%u,%s,other", mode + 2, six ? "ipv6" : "ipv4");
			prog.dp->proto = DP_PROTO;
			frame = test_frame("x", "q");
			frame_observe("q", &frame);
			ns_enter(here);
		}
}

/* From one pair to the next, and round in circles until the kernel has enough. */
static void pairs(void)
{
	struct nk_new new = {
		.end.name = "r", .peer.name = "s",
		.attrs = { { NETKIT_BACKPORT_MODE, NETKIT_BACKPORT_L2 } },
	};
	static const struct {
		const char	*name;
		const char	*first, *second;
	} rows[] = {
		{ "on", "r", NULL }, { "back", "r", "p" }, { "circle", "p", NULL },
	}, *row;

	for_each_row(row, rows) {
		struct prog first, second;

		watch_reset();
		ns_new();
		nk_scene(NETKIT_BACKPORT_L2, 0, NULL);
		if (nk_create(&new))
			fail("no second pair: %s", nl_message());
		ip("link set dev r up\n"
		   "link set dev s up\n");
		nk_wait_state("r", "up");
		first = prog_load("redirect");
		first.dp->ifindex = dev_index(row->first);
		second = row->second ? prog_load("redirect") : prog_view(-1);
		if (row->second)
			second.dp->ifindex = dev_index(row->second);
		nk_attach("p", NK_PRIMARY, &first);
		nk_attach("r", NK_PRIMARY, &second);
		watch("first", &first);
		watch("second", &second);
		place("q", DP_PROTO);
		place("s", DP_PROTO);
		counters("p");
		counters("r");
		counters("s");
		step("%s", row->name);
		send_observe("q", "p");
	}
}

/* A packet that tc redirected in and generic XDP sends back out of a netkit device
 * is not at ingress any more: a program of the pair that redirects it to a peer
 * drops it, and the sender's buffer is free again.
 */
static void xdp_tx(void)
{
	int e, here, there, fd, outq = -1, left = 300, xdp;
	struct frame frame = test_frame("q", "a");
	struct sockaddr_ll addr = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(DP_PROTO),
		.sll_halen = ETH_ALEN,
	};
	union bpf_attr attr = {};
	struct prog prog, nk;

	there = container(NETKIT_BACKPORT_L2);
	here = ns_open();
	e = ns_new();
	ns_enter(there);
	dev_pair("m", "e", e);
	nk = prog_load("redirect_peer");
	nk.dp->ifindex = dev_index("m");
	ns_enter(here);
	prog = prog_load("redirect");
	prog.dp->ifindex = dev_index("p");
	prog.dp->flags = BPF_F_INGRESS;
	attach("b", INGRESS, &prog);
	nk_attach("p", NK_PRIMARY, &nk);
	xdp = verdict_load(BPF_PROG_TYPE_XDP, 3);
	attr.link_create.prog_fd = xdp;
	attr.link_create.target_ifindex = dev_index("p");
	attr.link_create.attach_type = BPF_XDP;
	attr.link_create.flags = 1U << 1;
	if (sys_bpf(BPF_LINK_CREATE, &attr, sizeof(attr)) < 0)
		fail("no generic XDP: %m");
	watch("prog", &prog);
	watch("netkit", &nk);
	ns_enter(e);
	place("e", DP_PROTO);
	ns_enter(here);
	step("sent");
	addr.sll_ifindex = dev_index("a");
	fd = socket(AF_PACKET, SOCK_RAW, 0);
	memcpy(addr.sll_addr, frame.bytes, ETH_ALEN);
	say("send", "%s", result(sendto(fd, frame.bytes, frame.len, 0,
					(void *)&addr, sizeof(addr)) < 0 ?
				 -errno : 0));
	while (left-- && !ioctl(fd, SIOCOUTQ, &outq) && outq)
		usleep(1000);
	say("buffer", "%s", outq ? "lost" : "free");
	observe();
}

/* The next device's netfilter hooks. The static key of ingress, which tcx keeps on
 * for some seconds, changes what the kernel does: wait until it is off.
 */
static void egress(void)
{
	unsigned int t;
	bool nft;

	nft = nft_has_egress();
	sleep(11);
	for (t = 0; t < 2; t++) {
		int here, there = container(NETKIT_BACKPORT_L2);
		struct prog prog, a_out;
		struct frame frame;

		here = ns_open();
		if (nft)
			nft_chain("a", "egress", 0);
		a_out = prog_view(-1);
		a_out.dp->proto = t ? ETH_P_IP : DP_PROTO;
		attach("a", EGRESS, &a_out);
		watch("a:egress", &a_out);
		place("b", t ? ETH_P_IP : DP_PROTO);
		step("%s", t ? "forwarded" : "redirected");
		if (t) {
			write_file("/proc/sys/net/ipv4/conf/p/forwarding", "1");
			ip("addr add 10.1.0.1/24 dev p\n"
			   "addr add 10.0.0.1/24 dev a\n"
			   "neigh add 10.0.0.2 lladdr 02:00:00:00:00:62 dev a\n");
			frame_eth(&frame, "p", "q", ETH_P_IP);
			frame_udp4(&frame, "10.0.0.2", "10.1.0.9", 60);
		} else {
			prog = prog_load("redirect");
			prog.dp->ifindex = dev_index("a");
			nk_attach("p", NK_PEER, &prog);
			frame = test_frame("b", "q");
		}
		ns_enter(there);
		frame_observe("q", &frame);
		ns_enter(here);
		if (nft)
			say("nft", "%d", nft_count());
		else
			say("nft", "none");
	}
}

/* Both kinds of programs on one device, in every order of attaching. */
static void orders(void)
{
	static const char *const orders[] = {
		"enp", "epn", "nep", "npe", "pen", "pne",
	};
	struct prog e = prog_view(-1), n = prog_view(-1), p = prog_view(-1);
	unsigned int i, j, t;

	e.dp->id = 1;
	n.dp->id = 2;
	p.dp->id = 3;
	for (t = 0; t < ARRAY_SIZE(types); t++)
		for (i = 0; i < ARRAY_SIZE(orders); i++) {
			const char *from = types[t] == NK_PRIMARY ? "p" : "q";
			const char *to = types[t] == NK_PRIMARY ? "q" : "p";

			/* The other end is no different. */
			if (types[t] == NK_PEER && i > 1)
				break;
			watch_reset();
			ns_new();
			nk_scene(NETKIT_BACKPORT_L2, 0, NULL);
			for (j = 0; j < 3; j++)
				switch (orders[i][j]) {
				case 'e':
					attach(from, EGRESS, &e);
					break;
				case 'n':
					attach(to, INGRESS, &n);
					break;
				default:
					nk_attach("p", types[t], &p);
				}
			watch("egress", &e);
			watch("netkit", &p);
			watch("ingress", &n);
			place(to, DP_PROTO);
			step("%s,%s", nk_end_name(types[t]), orders[i]);
			send_observe(to, from);
			nk_detach("p", types[t], &p);
			step("%s,%s,without", nk_end_name(types[t]), orders[i]);
			send_observe(to, from);
			detach(from, EGRESS, &e);
			nk_attach("p", types[t], &p);
			step("%s,%s,again", nk_end_name(types[t]), orders[i]);
			send_observe(to, from);
		}
}

const struct scenario netkit_redirect_scenarios[] = {
	{ "netkit_out", out, true },
	{ "netkit_in", in, true },
	{ "netkit_neigh", neigh, true },
	{ "netkit_pairs", pairs, true },
	{ "netkit_xdp_tx", xdp_tx, true },
	{ "netkit_egress", egress, true },
	{ "netkit_orders", orders, true },
	{}
};
