// SPDX-License-Identifier: GPL-2.0
/*
 * bpf_redirect_neigh() of packets that the kernel must not be given: before
 * 6.12.118 and its relatives it takes ETH_HLEN bytes off the packet without
 * asking whether so many are there and linear, and dies if not. On a tun device,
 * where packets start with the IP header, a program makes the L2 header, of
 * whatever length; what is linear of the packet the sender decides, by the
 * header length in a struct virtio_net_hdr.
 *
 * With either hook, at ingress and egress. What is possible goes from "t" to
 * "c", and arrives at "d".
 *
 * needs: nft
 */
#include "datapath.h"
#include "drops.h"

#include <sys/stat.h>
#include <sys/uio.h>

#include <linux/virtio_net.h>

#include "bpf_progs.h"
#include "clsact.h"
#include "command.h"
#include "module.h"

#define LARGE	5000	/* more than a page: otherwise all of it is linear */

FIXTURE(neigh) {
	int tun;	/* the other end of "t" */
	int out;	/* sends on "t" */
	int at_d;
	int c, t;
};

FIXTURE_VARIANT(neigh) {
	int type;
};

FIXTURE_VARIANT_ADD(neigh, ingress) { .type = INGRESS };
FIXTURE_VARIANT_ADD(neigh, egress) { .type = EGRESS };

FIXTURE_SETUP(neigh)
{
	int on = 1;

	one_cpu();
	ns_new();
	write_file("/proc/sys/net/ipv6/conf/all/disable_ipv6", "0");
	dev_pair("c", "d", -1);
	write_file("/proc/sys/net/ipv6/conf/c/disable_ipv6", "0");
	self->tun = tun_add("t", 0, IFF_TUN | IFF_VNET_HDR);
	ASSERT_GE(self->tun, 0);
	ip("link set dev c mtu 9000\n"
	   "link set dev d mtu 9000\n"
	   "link set dev t mtu 9000 up\n"
	   "addr add 10.0.0.1/24 dev c\n"
	   "addr add fd00::1/64 dev c nodad\n"
	   "neigh add 10.0.0.2 lladdr 02:00:00:00:00:64 dev c\n"
	   "neigh add fd00::2 lladdr 02:00:00:00:00:64 dev c\n");
	self->c = dev_index("c");
	self->t = dev_index("t");
	self->at_d = packet_socket("d", ETH_P_ALL);
	self->out = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	ASSERT_EQ(0, setsockopt(self->out, SOL_PACKET, PACKET_VNET_HDR, &on,
				sizeof(on)));
}

FIXTURE_TEARDOWN(neigh)
{
}

typedef FIXTURE_DATA(neigh) neigh_data;

/* Puts an L2 header of @l2_len bytes in front of IP packets, and redirects. */
static int redirect_load(int ifindex, int l2_len)
{
	const struct bpf_insn insns[] = {
		{ BPF_ALU64 | BPF_MOV | BPF_X, 6, 1, 0, 0 },
		{ BPF_ALU64 | BPF_MOV | BPF_K, 2, 0, 0, l2_len },
		{ BPF_ALU64 | BPF_MOV | BPF_K, 3, 0, 0, 0 },
		{ BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_skb_change_head },
		{ BPF_ALU64 | BPF_MOV | BPF_K, 1, 0, 0, ifindex },
		{ BPF_ALU64 | BPF_MOV | BPF_K, 2, 0, 0, 0 },
		{ BPF_ALU64 | BPF_MOV | BPF_K, 3, 0, 0, 0 },
		{ BPF_ALU64 | BPF_MOV | BPF_K, 4, 0, 0, 0 },
		{ BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_redirect_neigh },
		{ BPF_JMP | BPF_EXIT },
	};

	return insns_load(BPF_PROG_TYPE_SCHED_CLS, insns);
}

/* The beginning of an IP packet of @len bytes. */
static struct frame ip_packet(int version, int len)
{
	struct frame frame = {};

	if (version == 4)
		frame_udp4(&frame, "10.0.0.2", "10.9.0.1", 0);
	else
		frame_udp6(&frame, "fd00::2", "fd09::1", 0);
	/* It may end in the middle of its headers. */
	frame.len = len < frame.len ? len : frame.len;
	return frame;
}

/* The rest are zeros. @linear bytes are in the linear part; all, if that is 0 or
 * the packet has less than a page.
 */
static int send_linear(const neigh_data *self, int type,
		       const struct frame *frame, int len, int linear)
{
	static const char zeros[LARGE];
	struct virtio_net_hdr vnet = { .hdr_len = linear };
	struct iovec iov[] = {
		{ &vnet, sizeof(vnet) },
		{ (void *)frame->bytes, frame->len },
		{ (void *)zeros, len - frame->len },
	};
	struct sockaddr_ll to = {
		.sll_family = AF_PACKET,
		.sll_ifindex = self->t,
		.sll_protocol = htons(frame->bytes[0] >> 4 == 4 ? ETH_P_IP :
								  ETH_P_IPV6),
	};
	struct msghdr msg = {
		.msg_name = &to,
		.msg_namelen = sizeof(to),
		.msg_iov = iov,
		.msg_iovlen = 3,
	};
	ssize_t want = sizeof(vnet) + len, sent;

	if (type == INGRESS)
		sent = writev(self->tun, iov, 3);
	else
		sent = sendmsg(self->out, &msg, 0);
	return sent == want ? 0 : sent < 0 ? -errno : -EMSGSIZE;
}

/* The next packet that somebody redirected, whatever it has become; IPv6 has its
 * own ones, which go to groups.
 */
static bool arrived(const neigh_data *self, struct frame *got,
		    int timeout_ms)
{
	do {
		if (!packet_recv(self->at_d, got, timeout_ms))
			return false;
	} while (got->bytes[0] & 1);
	return true;
}

#define BAD	true

TEST_F(neigh, packets)
{
	static const struct {
		int version, l2_len, len, linear;
		bool bad;
	} rows[] = {
		{ 4, 14, 28, 0 },
		{ 6, 14, 48, 0 },
		{ 4, 14, LARGE, 0 },
		{ 4, 14, LARGE, 28 },
		{ 6, 14, LARGE, 48 },
		/* The IP header is not linear, or not all of it. */
		{ 4, 14, LARGE, 1 },
		{ 4, 14, LARGE, 19 },
		{ 6, 14, LARGE, 1 },
		{ 6, 14, LARGE, 39 },
		/* The packet ends in it, or after it. */
		{ 4, 14, 20, 0 },
		{ 4, 14, 19, 0, BAD },
		{ 4, 14, 1, 0, BAD },
		{ 6, 14, 40, 0 },
		{ 6, 14, 39, 0, BAD },
		/* No Ethernet header, with less and with more than its length in
		 * the linear part: less is where the kernel dies.
		 */
		{ 4, 1, LARGE, 1, BAD },
		{ 4, 1, LARGE, 12, BAD },
		{ 4, 1, LARGE, 13, BAD },
		{ 4, 13, LARGE, 0, BAD },
		{ 6, 4, LARGE, 8, BAD },
		{ 6, 13, 48, 0, BAD },
		{ 4, 1, 5, 0, BAD },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct frame frame = ip_packet(rows[i].version, rows[i].len);
		int prog = redirect_load(self->c, rows[i].l2_len);
		int before = row_begin(_metadata);
		struct frame got = {};
		int room = sizeof(got.bytes);

		ASSERT_GT(prog, 0);
		ASSERT_EQ(0, sys_prog_attach(self->t, variant->type, prog, 0, 0,
					     0, 0));
		/* A packet that is dropped on egress is told the sender, as
		 * with TCX_DROP.
		 */
		EXPECT_EQ(rows[i].bad && variant->type == EGRESS ? -ENOBUFS : 0,
			  send_linear(self, variant->type, &frame, rows[i].len,
				      rows[i].linear));
		EXPECT_EQ(!rows[i].bad,
			  arrived(self, &got, rows[i].bad ? SETTLE_MS :
							    WAIT_MS));
		if (!rows[i].bad) {
			int len = rows[i].len + ETH_HLEN;

			EXPECT_EQ(len < room ? len : room, got.len);
			EXPECT_EQ(0, memcmp(frame.bytes, got.bytes + ETH_HLEN,
					    frame.len));
		}
		/* And nothing after it. */
		EXPECT_FALSE(arrived(self, &got, 0));
		row_end(_metadata, before,
			"IPv%d, %d bytes, %d linear, an L2 header of %d",
			rows[i].version, rows[i].len, rows[i].linear,
			rows[i].l2_len);
		ASSERT_EQ(0, sys_prog_detach(self->t, variant->type, prog, 0, 0,
					     0));
		close(prog);
	}
}

/* A packet that was dropped takes its redirect along: who says redirect without
 * asking for one has not got that.
 */
TEST_F(neigh, nothing_left_behind)
{
	struct frame frame = ip_packet(4, 28);
	struct prog plain = prog_verdict(TCX_REDIRECT);
	int prog = redirect_load(self->c, 13), i;
	struct frame got;

	plain.dp->proto = 0;
	for (i = 0; i < 3; i++) {
		ASSERT_EQ(0, sys_prog_attach(self->t, variant->type, prog, 0, 0,
					     0, 0));
		send_linear(self, variant->type, &frame, 28, 0);
		ASSERT_EQ(0, sys_prog_attach(self->t, variant->type, plain.fd,
					     BPF_F_REPLACE, prog, 0, 0));
		send_linear(self, variant->type, &frame, 28, 0);
		EXPECT_EQ(i + 1, seen(&plain, i + 1));
		detach("t", variant->type, &plain);
	}
	EXPECT_FALSE(arrived(self, &got, SETTLE_MS));
}

/* What a drop monitor is told of a packet that is dropped. */
static void drop_heard(neigh_data *self, int type, char *text, size_t size)
{
	struct frame frame = ip_packet(4, 28);
	int err = drops_watch("protocol == 0x0800");

	if (err)
		fail("a drop cannot be watched: %s", strerror(-err));
	send_linear(self, type, &frame, 28, 0);
	err = drops_read(text, size);
	if (err <= 0 || !strstr(text, "kfree_skb: "))
		fail("no drop was seen");
}

/* The reason; nothing where the kernel has none. */
static void reason_of(neigh_data *self, int type, char *reason)
{
	char text[8192], *found;

	drop_heard(self, type, text, sizeof(text));
	found = strstr(text, "reason: ");
	reason[0] = '\0';
	if (found)
		sscanf(found, "reason: %63s", reason);
}

static void reason_of_tcx(neigh_data *self, int type, int prog, char *reason)
{
	int err = sys_prog_attach(self->t, type, prog, 0, 0, 0, 0);

	if (err)
		fail("attaching: %s", strerror(-err));
	reason_of(self, type, reason);
	sys_prog_detach(self->t, type, prog, 0, 0, 0);
}

/* Does netfilter hand on the errno of what a hook has taken? nftables has freed what
 * it drops by itself since then, and before, nf_hook_slow() did that.
 */
static bool netfilter_tells_stolen(neigh_data *self)
{
	char text[8192];
	int mark = 1;

	nft_chain("t", "egress", 0);
	setsockopt(self->out, SOL_SOCKET, SO_MARK, &mark, sizeof(mark));
	drop_heard(self, EGRESS, text, sizeof(text));
	mark = 0;
	setsockopt(self->out, SOL_SOCKET, SO_MARK, &mark, sizeof(mark));
	run_with("nft -f -", "flush ruleset");
	if (!strstr(text, "=> nf_hook_slow"))
		fail("no drop of netfilter's: %s", text);
	return strstr(text, "=> nft_do_chain");
}

/* A drop monitor is told of what a program drops what it is told of classic tc's
 * drops, and the same of a redirect that is not possible. Where netfilter alone can
 * tell the sender, the drop is netfilter's (docs/differences.md).
 */
TEST_F(neigh, drop_reason)
{
	int drop = verdict_load(BPF_PROG_TYPE_SCHED_CLS, TCX_DROP);
	char want[64], dropped[64], redirected[64];
	int type = variant->type;

	ASSERT_GT(drop, 0);
	tc_hook("t");
	tc_filter_fd("t", type, drop, 1);
	reason_of(self, type, want);
	tc_unhook("t");
	if (type == EGRESS && hook_is_netfilter() &&
	    !netfilter_tells_stolen(self))
		strcpy(want, "NETFILTER_DROP");
	reason_of_tcx(self, type, drop, dropped);
	reason_of_tcx(self, type, redirect_load(self->c, 13), redirected);
	EXPECT_STREQ(want, dropped);
	EXPECT_STREQ(want, redirected);
}

TEST_HARNESS_MAIN
