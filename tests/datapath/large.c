// SPDX-License-Identifier: GPL-2.0
/* Packets that are segmented later. */
#include "scenario.h"

#include <stddef.h>
#include <sys/wait.h>

#include <linux/tcp.h>
#include <linux/virtio_net.h>

static const int types[] = { INGRESS, EGRESS };

/* A TCP segment of 4000 bytes to be cut by 1000, with most of it in pages. */
static int send_gso(const char *dev, int payload, int gso_size)
{
	struct {
		struct virtio_net_hdr vnet;
		struct ethhdr eth;
		struct iphdr ip;
		struct tcphdr tcp;
		unsigned char data[8000];
	} __attribute__((packed)) packet = {};
	struct sockaddr_ll addr = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_IP),
		.sll_ifindex = dev_index(dev),
		.sll_halen = ETH_ALEN,
	};
	int fd = socket(AF_PACKET, SOCK_RAW, 0), on = 1, ret = 0, i;
	int headers = ETH_HLEN + sizeof(packet.ip) + sizeof(packet.tcp);

	if (setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &on, sizeof(on)))
		fail("PACKET_VNET_HDR: %m");
	packet.vnet.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
	packet.vnet.gso_type = gso_size ? VIRTIO_NET_HDR_GSO_TCPV4 : 0;
	packet.vnet.gso_size = gso_size;
	packet.vnet.hdr_len = headers;
	packet.vnet.csum_start = ETH_HLEN + sizeof(packet.ip);
	packet.vnet.csum_offset = offsetof(struct tcphdr, check);
	dev_mac(packet.eth.h_dest, "b");
	dev_mac(packet.eth.h_source, dev);
	packet.eth.h_proto = htons(ETH_P_IP);
	packet.ip.version = 4;
	packet.ip.ihl = 5;
	packet.ip.ttl = 64;
	packet.ip.protocol = IPPROTO_TCP;
	packet.ip.tot_len = htons(headers - ETH_HLEN + payload);
	packet.ip.saddr = inet_addr("10.0.0.1");
	packet.ip.daddr = inet_addr("10.0.0.2");
	packet.ip.check = ip_checksum(&packet.ip, sizeof(packet.ip));
	packet.tcp.source = htons(7);
	packet.tcp.dest = htons(7);
	packet.tcp.doff = 5;
	packet.tcp.ack = 1;
	for (i = 0; i < payload; i++)
		packet.data[i] = i;
	memcpy(addr.sll_addr, packet.eth.h_dest, ETH_ALEN);
	if (sendto(fd, &packet, sizeof(packet.vnet) + headers + payload, 0,
		   (void *)&addr, sizeof(addr)) < 0)
		ret = -errno;
	close(fd);
	return ret;
}

static void gso(void)
{
	static const struct {
		const char *program;
		int arg;
		__u64 flags;
		int verdict;
		const char *target;
	} rows[] = {
		{ "view", 0, 0, -1 }, { "view", 0, 0, 2 }, { "pull", 0, 0, -1 },
		{ "pull_arg", 100, 0, -1 }, { "poke", 20, 0, -1 },
		{ "change_tail", -100, 0, -1 }, { "change_head", 14, 0, -1 },
		{ "adjust_room_mode", 20, BPF_F_ADJ_ROOM_ENCAP_L3_IPV4, -1 },
		{ "adjust_room_mode", 20, 0, -1 },
		{ "adjust_room_mode", 20, BPF_F_ADJ_ROOM_FIXED_GSO, -1 },
		{ "change_proto", ETH_P_IPV6, 0, -1 },
		{ "vlan_push", 5, 0, -1 },
		{ "redirect", 0, 0, 0, "c" }, { "redirect", 0, 1, 0, "c" },
		{ "redirect", 0, 0, 0, "u" }, { "redirect", 0, 0, 0, "t" },
		{ "clone_redirect", 0, 0, -1, "c" },
		{ "redirect", 0, 0, 0, "v" },
	};
	static const int sizes[][2] = { { 4000, 1000 }, { 1400, 0 } };
	unsigned int i, j, k;

	for (i = 0; i < ARRAY_SIZE(types); i++) {
		const char *dev = scene_dev(types[i]);
		int wire;

		scene_pair();
		dev_pair("c", "d", -1);
		ip("link add name u address 02:00:00:00:00:75 type dummy\n"
		   "link set dev u up\n"
		   "link add link c name v type vlan id 5\n"
		   "link set dev v up\n");
		wire = dev_tun("t");
		for (j = 0; j < ARRAY_SIZE(rows); j++) {
			struct prog prog = prog_load(rows[j].program);
			struct prog next = prog_view(TCX_NEXT);

			prog.dp->arg = rows[j].arg;
			prog.dp->flags = rows[j].flags;
			prog.dp->verdict = rows[j].verdict;
			prog.px->mode = BPF_ADJ_ROOM_MAC;
			prog.dp->proto = ETH_P_IP;
			next.dp->proto = 0;
			if (rows[j].target)
				prog.dp->ifindex = dev_index(rows[j].target);
			attach(dev, types[i], &prog);
			attach(dev, types[i], &next);
			watch("prog", &prog);
			watch("next", &next);
			place_named("b:all", "b", ETH_P_ALL);
			place("b", ETH_P_IP);
			place("c", ETH_P_IP);
			place("d", ETH_P_IP);
			place_named("d:all", "d", ETH_P_ALL);
			place_named("u:all", "u", ETH_P_ALL);
			place_fd("wire", dup(wire), true);
			for (k = 0; k < ARRAY_SIZE(sizes); k++) {
				step("%s,%s,%d,%llu,%d,%s,%d", direction[types[i]],
				     rows[j].program, rows[j].arg,
				     rows[j].flags, rows[j].verdict,
				     rows[j].target ?: "", sizes[k][0]);
				say("send", "%s",
				    result(send_gso("a", sizes[k][0],
						    sizes[k][1])));
				observe();
			}
			watch_reset();
			detach(dev, types[i], &prog);
			detach(dev, types[i], &next);
			prog_free(&prog);
			prog_free(&next);
		}
	}
}

#define TCP_BYTES	(1 << 20)

static unsigned char tcp_byte(unsigned int pos)
{
	return pos ^ pos >> 8 ^ pos >> 16;
}

/* The receiver's process: 0 if every byte came in its place. */
static int tcp_receive(int listener)
{
	static unsigned char buf[65536];
	unsigned int pos = 0;
	ssize_t len, i;
	int fd;

	fd = accept(listener, NULL, NULL);
	while ((len = recv(fd, buf, sizeof(buf), 0)) > 0)
		for (i = 0; i < len; i++, pos++)
			if (buf[i] != tcp_byte(pos))
				return 1;
	return len || pos != TCP_BYTES;
}

static void tcp_send(int fd)
{
	static unsigned char buf[TCP_BYTES];
	int sent, len;

	for (sent = 0; sent < TCP_BYTES; sent++)
		buf[sent] = tcp_byte(sent);
	for (sent = 0; sent < TCP_BYTES; sent += len) {
		len = send(fd, buf + sent, TCP_BYTES - sent, MSG_NOSIGNAL);
		if (len <= 0)
			break;
	}
}

/* Much data from one namespace to the other one: whether it arrives intact. */
static bool tcp_transfer(int here, int there)
{
	struct sockaddr_in addr = {
		.sin_family = AF_INET,
		.sin_port = htons(7),
		.sin_addr.s_addr = inet_addr("10.0.0.2"),
	};
	int fd, listener, status;
	pid_t receiver;

	ns_enter(there);
	listener = socket(AF_INET, SOCK_STREAM, 0);
	if (bind(listener, (void *)&addr, sizeof(addr)) || listen(listener, 1))
		fail("TCP server: %m");
	fflush(NULL);
	receiver = fork();
	if (!receiver)
		_exit(tcp_receive(listener));
	close(listener);
	ns_enter(here);
	fd = socket(AF_INET, SOCK_STREAM, 0);
	if (connect(fd, (void *)&addr, sizeof(addr)))
		fail("TCP client: %m");
	tcp_send(fd);
	close(fd);
	waitpid(receiver, &status, 0);
	return WIFEXITED(status) && !WEXITSTATUS(status);
}

/* How many segments there are depends on time; of what kind they are does not. */
static void say_segments(const char *watcher, const struct prog *prog)
{
	volatile struct dp_data *dp = prog->dp;

	say(watcher, "%s, gso size %u, %s, ret=%s",
	    dp->max_gso_segs > 1 ? "large" : "single", dp->max_gso_size,
	    dp->nonlinear ? "nonlinear" : "linear", result(dp->ret));
}

/* A stream between two hosts, which a program looks at, or makes linear. */
static void segments(void)
{
	static const char *const programs[] = { "step", "pull" };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(programs); i++) {
		struct prog first, out, in;
		int here, there;

		make_l3_hosts(&here, &there);
		first = prog_load(programs[i]);
		out = prog_verdict(TCX_NEXT);
		in = prog_verdict(TCX_NEXT);
		first.dp->proto = ETH_P_IP;
		out.dp->proto = ETH_P_IP;
		in.dp->proto = ETH_P_IP;
		attach("a", EGRESS, &first);
		attach("a", EGRESS, &out);
		ns_enter(there);
		attach("b", INGRESS, &in);
		step("%s", programs[i]);
		say("data", "%s", tcp_transfer(here, there) ? "intact" : "lost");
		settle();
		say_segments("first", &first);
		say_segments("a:egress", &out);
		say_segments("b:ingress", &in);
		/* What one end has sent the other one has got. */
		say("same", "packets=%d,%d bytes=%d segs=%d",
		    first.dp->packets == out.dp->packets,
		    in.dp->packets == out.dp->packets,
		    in.dp->bytes == out.dp->bytes,
		    in.dp->max_gso_segs == out.dp->max_gso_segs);
		say("few", "packets=%d bytes=%d",
		    in.dp->packets < TCP_BYTES / 1448,
		    in.dp->bytes <= TCP_BYTES);
	}
}

const struct scenario large_scenarios[] = {
	{ "gso", gso },
	{ "segments", segments },
	{}
};
