/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Frames as they are on the wire. A device's name is one letter, and the letter
 * is the last byte of its MAC address: 02:00:00:00:00:61 is device "a".
 */
#ifndef TESTS_LIB_FRAME_H
#define TESTS_LIB_FRAME_H

#include <stdint.h>

#include <linux/if_ether.h>

struct frame {
	int		len;
	unsigned char	bytes[2048];
};

/* The MAC address that belongs to a device's name. */
void dev_mac(unsigned char *mac, const char *dev);

/* Begins a frame: nothing but an Ethernet header, which it returns. */
struct ethhdr *frame_eth(struct frame *frame, const char *dst, const char *src,
			 uint16_t proto);

/* Fills it up to @len bytes. */
void frame_fill(struct frame *frame, int len);

/* The checksum of an IPv4 header. */
uint16_t ip_checksum(const void *data, int len);

/* A UDP packet to port 7 after what @frame holds: nothing, or an L2 header. */
void frame_udp4(struct frame *frame, const char *dst, const char *src,
		int payload);

/* The same over IPv6. */
void frame_udp6(struct frame *frame, const char *dst, const char *src,
		int payload);

#endif /* TESTS_LIB_FRAME_H */
