/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Network namespaces, devices and raw packets for the data path tests.
 *
 * A device's name is one letter, and the letter is the last byte of its MAC
 * address: 02:00:00:00:00:61 is device "a". What cannot be set up ends the
 * test's process: the harness counts that as a failure.
 */
#ifndef TESTS_VM_PACKET_H
#define TESTS_VM_PACKET_H

#ifndef _GNU_SOURCE
#error "define _GNU_SOURCE before the first #include"
#endif

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/udp.h>

#include "netns.h"

#define WAIT_MS		1000	/* for a packet that should arrive */
#define SETTLE_MS	10	/* for one that should not */

#define PROBE_PROTO	0x88b6	/* an EtherType that no test looks for */

static inline __attribute__((format(printf, 1, 2), noreturn))
void fail(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fprintf(stderr, "# cannot set up the test: ");
	vfprintf(stderr, fmt, ap);
	fprintf(stderr, "\n");
	va_end(ap);
	exit(1);
}

static inline void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		fail("writing '%s' to %s: %m", text, path);
	close(fd);
}

/* Gives a shell command @input; fails unless it succeeds. */
static inline void run_with(const char *command, const char *input)
{
	FILE *pipe;

	fflush(NULL);
	pipe = popen(command, "w");
	if (!pipe)
		fail("popen: %m");
	fputs(input, pipe);
	if (pclose(pipe))
		fail("'%s' refused:\n%s", command, input);
}

/* The first number behind @key in what a shell command prints. */
static inline long number_from(const char *command, const char *key)
{
	char text[4096] = "";
	FILE *pipe;
	char *pos;

	fflush(NULL);
	pipe = popen(command, "r");
	if (!pipe)
		fail("popen: %m");
	text[fread(text, 1, sizeof(text) - 1, pipe)] = '\0';
	pos = strstr(text, key);
	if (pclose(pipe) || !pos)
		fail("'%s' does not tell %s:\n%s", command, key, text);
	return strtol(pos + strlen(key), NULL, 0);
}

static inline void run_lines(const char *command, const char *fmt, va_list ap)
{
	char lines[2048];

	vsnprintf(lines, sizeof(lines), fmt, ap);
	run_with(command, lines);
}

/* Lines of arguments for ip(8). */
static inline __attribute__((format(printf, 1, 2)))
void ip(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	run_lines("ip -batch -", fmt, ap);
	va_end(ap);
}

/* The same for tc(8). */
static inline __attribute__((format(printf, 1, 2)))
void tc(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	run_lines("tc -batch -", fmt, ap);
	va_end(ap);
}

/* Whether there are chains on egress. */
static inline bool nft_has_egress(void)
{
	bool has = !system("nft 'table netdev p { chain c { type filter hook egress device lo priority 0; }; }' 2>/dev/null");

	run_with("nft -f -", "flush ruleset");
	return has;
}

/* The only chain there is: it counts what it sees, and drops what has mark 1.
 * @hook is "ingress" or "egress".
 */
static inline void nft_chain(const char *dev, const char *hook, int priority)
{
	char text[512];

	snprintf(text, sizeof(text),
		 "flush ruleset\n"
		 "table netdev t {\n"
		 "counter n { }\n"
		 "chain c { type filter hook %s device \"%s\" priority %d;\n"
		 "ether type 0x88b5 counter name n\n"
		 "meta mark 1 drop\n"
		 "}\n"
		 "}\n", hook, dev, priority);
	run_with("nft -f -", text);
}

/* How many packets it has seen. */
static inline int nft_count(void)
{
	return number_from("nft list counter netdev t n", "packets ");
}

/* The path of a file that lies beside the program. */
static inline char *path_beside(const char *file)
{
	static char path[256];
	ssize_t len = readlink("/proc/self/exe", path, sizeof(path) - 64);
	char *slash;

	if (len < 0)
		fail("/proc/self/exe: %m");
	path[len] = '\0';
	slash = strrchr(path, '/');
	strcpy(slash ? slash + 1 : path, file);
	return path;
}

/* Namespaces: an fd is the handle. */

static inline int ns_open(void)
{
	/* Without O_CLOEXEC: ip gets it as /proc/self/fd/N. */
	int fd = open("/proc/self/ns/net", O_RDONLY);

	if (fd < 0)
		fail("/proc/self/ns/net: %m");
	return fd;
}

static inline void ns_enter(int fd)
{
	if (setns(fd, CLONE_NEWNET))
		fail("setns: %m");
}

/* Enters a new namespace. Without IPv6, the only packets are a test's own. */
static inline int ns_new(void)
{
	if (unshare(CLONE_NEWNET))
		fail("unshare: %m");
	write_file("/proc/sys/net/ipv6/conf/all/disable_ipv6", "1");
	write_file("/proc/sys/net/ipv6/conf/default/disable_ipv6", "1");
	return ns_open();
}

/* What one CPU sends it also receives: packets keep their order, and most have
 * arrived when send() returns.
 */
static inline void one_cpu(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(0, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

static inline int dev_index(const char *dev)
{
	int ifindex = if_nametoindex(dev);

	if (!ifindex)
		fail("no device %s", dev);
	return ifindex;
}

static inline void dev_mac(unsigned char *mac, const char *dev)
{
	const unsigned char bytes[ETH_ALEN] = { 2, 0, 0, 0, 0, dev[0] };

	memcpy(mac, bytes, ETH_ALEN);
}

/* A tun device without an L2 header; the fd is the other end of the wire. */
static inline int dev_tun(const char *dev)
{
	int fd = tun_add(dev, 0, IFF_TUN);

	if (fd < 0)
		fail("no tun device %s: %s", dev, strerror(-fd));
	ip("link set dev %s up\n", dev);
	return fd;
}

/* Frames. */

struct frame {
	int		len;
	unsigned char	bytes[2048];
};

static inline struct ethhdr *frame_eth(struct frame *frame,
				       const char *dst, const char *src,
				       uint16_t proto)
{
	struct ethhdr *eth = (void *)frame->bytes;

	memset(frame, 0, sizeof(*frame));
	dev_mac(eth->h_dest, dst);
	dev_mac(eth->h_source, src);
	eth->h_proto = htons(proto);
	frame->len = ETH_HLEN;
	return eth;
}

static inline void frame_fill(struct frame *frame, int len)
{
	while (frame->len < len) {
		frame->bytes[frame->len] = frame->len;
		frame->len++;
	}
}

static inline uint16_t ip_checksum(const void *data, int len)
{
	const uint16_t *word = data;
	uint32_t sum = 0;

	for (; len > 1; len -= 2)
		sum += *word++;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

/* A UDP packet to port 7 behind what @frame holds: nothing, or an L2 header. */
static inline void frame_udp4(struct frame *frame, const char *dst,
			      const char *src, int payload)
{
	struct iphdr *iph = (void *)frame->bytes + frame->len;
	struct udphdr *udp = (void *)(iph + 1);

	iph->version = 4;
	iph->ihl = sizeof(*iph) / 4;
	iph->ttl = 64;
	iph->protocol = IPPROTO_UDP;
	iph->tot_len = htons(sizeof(*iph) + sizeof(*udp) + payload);
	iph->daddr = inet_addr(dst);
	iph->saddr = inet_addr(src);
	iph->check = ip_checksum(iph, sizeof(*iph));
	udp->source = htons(7);
	udp->dest = htons(7);
	udp->len = htons(sizeof(*udp) + payload);
	frame->len += sizeof(*iph) + sizeof(*udp);
	frame_fill(frame, frame->len + payload);
}

static inline void frame_udp6(struct frame *frame, const char *dst,
			      const char *src, int payload)
{
	struct ipv6hdr *iph = (void *)frame->bytes + frame->len;
	struct udphdr *udp = (void *)(iph + 1);

	iph->version = 6;
	iph->hop_limit = 64;
	iph->nexthdr = IPPROTO_UDP;
	iph->payload_len = htons(sizeof(*udp) + payload);
	inet_pton(AF_INET6, dst, &iph->daddr);
	inet_pton(AF_INET6, src, &iph->saddr);
	udp->source = htons(7);
	udp->dest = htons(7);
	udp->len = htons(sizeof(*udp) + payload);
	frame->len += sizeof(*iph) + sizeof(*udp);
	frame_fill(frame, frame->len + payload);
}

/* Packet sockets. One that is bound to an EtherType gets a received packet
 * behind the ingress hooks: it shows what was delivered. One for ETH_P_ALL
 * gets it before them, and a sent packet behind the egress hooks.
 */
static inline int packet_socket(const char *dev, int proto)
{
	struct sockaddr_ll addr = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(proto),
		.sll_ifindex = dev_index(dev),
	};
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int on = 1;

	if (fd < 0 || bind(fd, (void *)&addr, sizeof(addr)) ||
	    setsockopt(fd, SOL_PACKET, PACKET_AUXDATA, &on, sizeof(on)))
		fail("packet socket on %s: %m", dev);
	return fd;
}

/* How a packet is sent: an option and its value; 0, or a negative errno. */
static inline int packet_send_with(const char *dev, const struct frame *frame,
				   int level, int option, int value)
{
	struct sockaddr_ll addr = {
		.sll_family = AF_PACKET,
		.sll_ifindex = dev_index(dev),
		.sll_halen = ETH_ALEN,
	};
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	int ret = 0;

	if (fd < 0 || (option && setsockopt(fd, level, option, &value,
					    sizeof(value))))
		fail("packet socket: %m");
	/* What the frame says; a device without L2 header has IP. */
	memcpy(&addr.sll_protocol, frame->bytes + 2 * ETH_ALEN, 2);
	if ((frame->bytes[0] >> 4) == 4)
		addr.sll_protocol = htons(ETH_P_IP);
	memcpy(addr.sll_addr, frame->bytes, ETH_ALEN);
	if (sendto(fd, frame->bytes, frame->len, 0, (void *)&addr,
		   sizeof(addr)) != frame->len)
		ret = -errno;
	close(fd);
	return ret;
}

static inline int packet_send(const char *dev, const struct frame *frame)
{
	return packet_send_with(dev, frame, 0, 0, 0);
}

/* The next packet, its VLAN tag (-1: none) and whether it was sent by this
 * host; false if none came in time.
 */
static inline bool packet_recv(int fd, struct frame *frame, int *vlan,
			       bool *outgoing, int timeout_ms)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	char control[CMSG_SPACE(sizeof(struct tpacket_auxdata))];
	struct iovec iov = { frame->bytes, sizeof(frame->bytes) };
	struct sockaddr_ll from;
	struct msghdr msg = {
		.msg_name = &from,
		.msg_namelen = sizeof(from),
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	struct tpacket_auxdata *aux;
	struct cmsghdr *cmsg;

	/* No poll where nothing can be on its way: it costs a tick. */
	if (timeout_ms && poll(&pfd, 1, timeout_ms) <= 0)
		return false;
	frame->len = recvmsg(fd, &msg, MSG_DONTWAIT);
	if (frame->len < 0)
		return false;
	if (outgoing)
		*outgoing = from.sll_pkttype == PACKET_OUTGOING;
	if (vlan) {
		*vlan = -1;
		cmsg = CMSG_FIRSTHDR(&msg);
		aux = cmsg ? (void *)CMSG_DATA(cmsg) : NULL;
		if (aux && aux->tp_status & TP_STATUS_VLAN_VALID)
			*vlan = aux->tp_vlan_tci;
	}
	return true;
}

/* True once a frame from @dev has come to @peer in namespace @peer_ns. */
static inline bool dev_speaks(const char *dev, const char *peer, int here,
			      int peer_ns)
{
	struct frame frame, got;
	bool heard = false;
	int left, fd;

	ns_enter(peer_ns);
	fd = packet_socket(peer, PROBE_PROTO);
	ns_enter(here);
	frame_eth(&frame, peer, dev, PROBE_PROTO);
	frame_fill(&frame, 60);
	for (left = WAIT_MS; left > 0 && !heard; left -= 10) {
		packet_send(dev, &frame);
		heard = packet_recv(fd, &got, NULL, NULL, 10);
	}
	close(fd);
	return heard;
}

/* A device whose peer comes up takes packets only when a worker of the kernel
 * has noticed that; until then it drops them.
 */
static inline void dev_wait(const char *dev, const char *peer, int peer_ns)
{
	int here = ns_open();
	bool ready;

	ready = dev_speaks(dev, peer, here, peer_ns);
	ns_enter(peer_ns);
	ready = dev_speaks(peer, dev, peer_ns, here) && ready;
	ns_enter(here);
	close(here);
	if (!ready)
		fail("nothing gets from %s to %s", dev, peer);
}

static inline void dev_up(const char *dev)
{
	unsigned char mac[ETH_ALEN];
	int ret;

	dev_mac(mac, dev);
	ret = link_set_up(dev_index(dev), mac);
	if (ret)
		fail("%s does not come up: %s", dev, strerror(-ret));
}

/* A veth pair in the present namespace, ready for use; @peer_ns is that of the
 * second end if it shall be in another one, else -1.
 */
static inline void dev_pair(const char *dev, const char *peer, int peer_ns)
{
	int here = ns_open(), ret;

	ret = veth_create(dev, 0, 0, peer, 0);
	if (!ret && peer_ns >= 0)
		ret = link_move(dev_index(peer), peer_ns);
	if (ret)
		fail("veth pair %s, %s: %s", dev, peer, strerror(-ret));
	if (peer_ns < 0)
		peer_ns = here;
	dev_up(dev);
	ns_enter(peer_ns);
	dev_up(peer);
	ns_enter(here);
	dev_wait(dev, peer, peer_ns);
	close(here);
}

/* How many packets came: waits for @want of them, and a moment for more. */
static inline int packet_count(int fd, int want)
{
	struct frame frame;
	int n = 0;

	while (packet_recv(fd, &frame, NULL, NULL,
			   n < want ? WAIT_MS : SETTLE_MS))
		n++;
	return n;
}

/* The same for a tun device's end of the wire; @last is the last packet. */
static inline int wire_count(int fd, int want, struct frame *last)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	struct frame frame;
	int n = 0;

	while (poll(&pfd, 1, n < want ? WAIT_MS : SETTLE_MS) > 0) {
		frame.len = read(fd, frame.bytes, sizeof(frame.bytes));
		if (frame.len <= 0)
			break;
		n++;
		if (last)
			*last = frame;
	}
	return n;
}

/* Waits until @cond holds; an expression that is true in the end, or not. */
#define wait_for(cond)							\
({									\
	int __left = WAIT_MS;						\
									\
	while (!(cond) && __left--)					\
		usleep(1000);						\
	(cond);								\
})

#endif /* TESTS_VM_PACKET_H */
