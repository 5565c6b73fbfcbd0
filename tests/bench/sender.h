/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Sends packets into one side of DEVICE, and says how long that took.
 *
 * pktgen sends them, many of one skb: the path of a packet without the making
 * of it. The destination address stays 0: on ingress the packets are another
 * host's, and IP drops them at once; on egress the dummy device frees them.
 *
 * A program that redirects changes the skb, and pktgen never ends where egress
 * drops. So there are also packets that are fresh, each an skb of its own: from
 * pktgen on ingress, from a packet socket on egress.
 */
#ifndef TESTS_BENCH_SENDER_H
#define TESTS_BENCH_SENDER_H

#include <stdbool.h>
#include <stdint.h>

/* Packets per skb, on ingress and unless they are fresh. */
#define BURST	1000

struct stream {
	bool ingress;
	bool fresh;
	int size;	/* of a packet, with the Ethernet header */
	int packets;	/* a multiple of BURST */
};

enum fate {
	FATE_STACK,	/* the packet goes on: to IP, or to the device */
	FATE_DROP,
	FATE_REDIRECT,
};

/* Nanoseconds of work for all packets. Ends the process if any was not sent, or
 * met another fate.
 */
uint64_t stream_send(const struct stream *stream, enum fate fate);

/* The CPU that pktgen sends on, and the file that starts it when "start" is
 * written into it; the write returns when all packets are sent.
 */
#define PKTGEN_CPU	0
#define TEXT(x)		#x
#define NUMBER(x)	TEXT(x)
#define PKTGEN_CONTROL	"/proc/net/pktgen/pgctrl"

/* A command that starts pktgen in our place, if not NULL. */
extern const char *pktgen_starter;

/* pktgen.c */
uint64_t pktgen_send(const struct stream *stream);

#endif /* TESTS_BENCH_SENDER_H */
