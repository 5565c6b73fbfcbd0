// SPDX-License-Identifier: GPL-2.0
/*
 * What the kernel can do without tcx or netkit. Only cls_bpf's transcript has these
 * lines: `differences` asks for them, with =cls[...], where a line of tcx's differs
 * because of what the kernel can do, and cls_bpf has no such line.
 */
#include "netkit_scenario.h"

#ifndef SOL_UDP
#define SOL_UDP		17
#endif

/* Packets of more than 64 KB; and does a new pair's second end take over the first
 * one's limit? As netkit_gso_max.
 */
static void gso_max(void)
{
	scene_pair();
	step("200000");
	say("set", "%s", result(set_gso_max("a", 200000)));
	ns_new();
	ip("link add name a gso_max_size 30000 type veth peer name b\n");
	step("from the start");
	say_gso_max("b");
}

/* Do UDP segments leave a VLAN device as one packet? As netkit_stacked. */
static void udp_segments(void)
{
	struct sockaddr_in to = {
		.sin_family = AF_INET,
		.sin_port = htons(7),
	};
	int fd, segment = 1200;
	static char data[12000];
	struct prog prog;

	scene_pair();
	ip("link add link a name v type vlan id 5\n"
	   "link set dev v up\n"
	   "addr add 10.0.0.1/24 dev v\n"
	   "neigh add 10.0.0.2 lladdr 02:00:00:00:00:62 dev v\n");
	prog = prog_view(TCX_NEXT);
	prog.dp->proto = ETH_P_IP;
	attach("a", EGRESS, &prog);
	inet_pton(AF_INET, "10.0.0.2", &to.sin_addr);
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	if (setsockopt(fd, SOL_UDP, UDP_SEGMENT, &segment, sizeof(segment)) ||
	    sendto(fd, data, sizeof(data), 0, (void *)&to, sizeof(to)) < 0)
		fail("UDP segments: %m");
	close(fd);
	settle();
	step("vlan");
	say("program", "%llu packets", prog.dp->packets);
}

/* What act_mirred redirects is dropped there: what is its sender told? As
 * classic_redirects.
 */
static void mirred(void)
{
	static const int types[] = { INGRESS, EGRESS };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(types); i++) {
		struct prog drop;

		scene_pair();
		dev_pair("c", "d", -1);
		drop = prog_verdict(TCX_DROP);
		attach("c", types[i], &drop);
		tc_hook_ensure("a");
		tc("filter add dev a egress protocol 0x88b5 matchall action mirred %s redirect dev c\n",
		   direction[types[i]]);
		drops(DP_PROTO);
		step("%s", direction[types[i]]);
		send_observe("b", "a");
	}
}

/* Does nf_hook_slow() hand on the errno of what a hook has taken? nftables has freed
 * what it drops by itself since then, and before, nf_hook_slow() did that.
 */
static void netfilter_drop(void)
{
	struct frame frame;

	scene_pair();
	step("egress");
	if (!nft_has_egress()) {
		say("freed by", "no egress chains");
		return;
	}
	nft_chain("a", "egress", 0);
	frame = test_frame("b", "a");
	drops_stack(DP_PROTO);
	packet_send_with("a", &frame, SOL_SOCKET, SO_MARK, 1);
	settle();
	say("freed by", "%s", dropped_through("nft_do_chain") ?
			      "nftables" : "nf_hook_slow()");
}

const struct scenario probe_scenarios[] = {
	{ "probe_gso_max", gso_max, .cls_only = true },
	{ "probe_udp_segments", udp_segments, .cls_only = true },
	{ "probe_mirred", mirred, .cls_only = true },
	{ "probe_netfilter_drop", netfilter_drop, .cls_only = true },
	{}
};
