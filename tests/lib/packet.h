/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Network namespaces, devices and packet sockets for the data path tests, with
 * command.h and frame.h. What cannot be set up ends the test's process.
 */
#ifndef TESTS_LIB_PACKET_H
#define TESTS_LIB_PACKET_H

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

#include "command.h"
#include "frame.h"
#include "netns.h"

#define WAIT_MS		1000	/* for a packet that should arrive */
#define SETTLE_MS	10	/* for one that should not */

#define PROBE_PROTO	0x88b6	/* an EtherType that no test looks for */

/* Namespaces: an fd is the handle. */

/* An fd of the present one. */
int ns_open(void);

/* Enters the one of that fd. */
void ns_enter(int fd);

/* Enters a new namespace. Without IPv6, the only packets are a test's own. */
int ns_new(void);

/* What one CPU sends it also receives: packets keep their order, and most have
 * arrived when send() returns.
 */
void one_cpu(void);

/* Devices. */

/* The ifindex of a device that is there. */
int dev_index(const char *dev);

/* A tun device without an L2 header; the fd is the other end of the wire. */
int dev_tun(const char *dev);

/* A device whose peer comes up takes packets only when a worker of the kernel
 * has noticed that; until then it drops them.
 */
void dev_wait(const char *dev, const char *peer, int peer_ns);

/* A veth pair in the present namespace, ready for use; @peer_ns is that of the
 * second end if it shall be in another one, else -1.
 */
void dev_pair(const char *dev, const char *peer, int peer_ns);

/* Packet sockets. One that is bound to an EtherType gets a received packet
 * after the ingress hooks: it shows what was delivered. One for ETH_P_ALL gets
 * it before them, and a sent packet after the egress hooks.
 */
int packet_socket(const char *dev, int proto);

/* How a packet is sent: an option and its value; 0, or a negative errno. */
int packet_send_with(const char *dev, const struct frame *frame, int level,
		     int option, int value);

/* Sends a frame out of a device; 0, or a negative errno. */
int packet_send(const char *dev, const struct frame *frame);

/* The next packet; false if none came in time. */
bool packet_recv(int fd, struct frame *frame, int timeout_ms);

/* The ordinary packet of data path tests, of EtherType DP_PROTO, which @src sends
 * to @dst on the same wire; and sends it.
 */
struct frame test_frame(const char *dst, const char *src);
int send_test_frame(const char *dst, const char *src);

/* How many packets came: waits for @want of them, and a moment for more. */
int packet_count(int fd, int want);

/* Waits until @cond holds; an expression that is true in the end, or not. */
#define wait_for(cond)							\
({									\
	int __left = WAIT_MS;						\
									\
	while (!(cond) && __left--)					\
		usleep(1000);						\
	(cond);								\
})

#endif /* TESTS_LIB_PACKET_H */
