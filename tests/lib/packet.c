// SPDX-License-Identifier: GPL-2.0
#include "datapath_prog.h"
#include "packet.h"

int ns_open(void)
{
	/* Without O_CLOEXEC: ip gets it as /proc/self/fd/N. */
	int fd = open("/proc/self/ns/net", O_RDONLY);

	if (fd < 0)
		fail("/proc/self/ns/net: %m");
	return fd;
}

void ns_enter(int fd)
{
	if (setns(fd, CLONE_NEWNET))
		fail("setns: %m");
}

int ns_new(void)
{
	if (unshare(CLONE_NEWNET))
		fail("unshare: %m");
	write_file("/proc/sys/net/ipv6/conf/all/disable_ipv6", "1");
	write_file("/proc/sys/net/ipv6/conf/default/disable_ipv6", "1");
	return ns_open();
}

void one_cpu(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(0, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

int dev_index(const char *dev)
{
	int ifindex = if_nametoindex(dev);

	if (!ifindex)
		fail("no device %s", dev);
	return ifindex;
}

int dev_tun(const char *dev)
{
	int fd = tun_add(dev, 0, IFF_TUN);

	if (fd < 0)
		fail("no tun device %s: %s", dev, strerror(-fd));
	ip("link set dev %s up\n", dev);
	return fd;
}

int packet_socket(const char *dev, int proto)
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

int packet_send_with(const char *dev, const struct frame *frame, int level,
		     int option, int value)
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

int packet_send(const char *dev, const struct frame *frame)
{
	return packet_send_with(dev, frame, 0, 0, 0);
}

bool packet_recv(int fd, struct frame *frame, int timeout_ms)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };

	/* No poll where nothing can be on its way: it costs a tick. */
	if (timeout_ms && poll(&pfd, 1, timeout_ms) <= 0)
		return false;
	frame->len = recv(fd, frame->bytes, sizeof(frame->bytes), MSG_DONTWAIT);
	return frame->len >= 0;
}

struct frame test_frame(const char *dst, const char *src)
{
	struct frame frame;

	frame_eth(&frame, dst, src, DP_PROTO);
	frame_fill(&frame, 100);
	return frame;
}

int send_test_frame(const char *dst, const char *src)
{
	struct frame frame = test_frame(dst, src);

	return packet_send(src, &frame);
}

/* True once a frame from @dev has come to @peer in namespace @peer_ns. */
static bool dev_speaks(const char *dev, const char *peer, int here, int peer_ns)
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
		heard = packet_recv(fd, &got, 10);
	}
	close(fd);
	return heard;
}

void dev_wait(const char *dev, const char *peer, int peer_ns)
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

/* Up, with the MAC address that belongs to its name. */
static void dev_up(const char *dev)
{
	unsigned char mac[ETH_ALEN];
	int ret;

	dev_mac(mac, dev);
	ret = link_set_up(dev_index(dev), mac);
	if (ret)
		fail("%s does not come up: %s", dev, strerror(-ret));
}

void dev_pair(const char *dev, const char *peer, int peer_ns)
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

int packet_count(int fd, int want)
{
	struct frame frame;
	int n = 0;

	while (packet_recv(fd, &frame,
			   n < want ? WAIT_MS : SETTLE_MS))
		n++;
	return n;
}
