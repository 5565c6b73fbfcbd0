/* SPDX-License-Identifier: GPL-2.0 */
/* A stream of packets that programs see, from a thread of its own. */
#ifndef TESTS_LIB_TRAFFIC_H
#define TESTS_LIB_TRAFFIC_H

#include <arpa/inet.h>
#include <pthread.h>
#include <stdbool.h>
#include <sys/socket.h>

#include <linux/if_ether.h>
#include <linux/if_packet.h>

#define TRAFFIC_DEVICES	8

/* Packets for nobody, until stopped, out of the devices given: the egress of
 * each sees them, and the ingress of its peer if it has one.
 */
struct traffic {
	int fd;
	int ifindex[TRAFFIC_DEVICES];
	int pause_us;	/* between rounds, where others need the CPU */
	pthread_t thread;
	_Atomic bool stop;
	_Atomic unsigned long sent;
};

/* One of them. */
extern const unsigned char traffic_frame[ETH_ZLEN];

/* Sends one out of a device, by a packet socket. */
int traffic_send(int fd, int ifindex);

/* The socket belongs to the namespace that the caller is in. */
int traffic_start(struct traffic *t);

/* Ends the stream; returns when nothing more is sent. */
void traffic_stop(struct traffic *t);

/* Native tcx patches the kernel's code at the first attachment of the host and
 * at the last detachment. An emulated CPU that runs that code meanwhile, for
 * traffic, may stumble over a breakpoint that is not there any more. So hold an
 * attachment in either direction there; the module keeps its keys by itself.
 */
int native_keys_hold(int ifindex);

#endif /* TESTS_LIB_TRAFFIC_H */
