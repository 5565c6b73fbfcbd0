// SPDX-License-Identifier: GPL-2.0
#include <arpa/inet.h>
#include <string.h>

#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/udp.h>

#include "frame.h"

void dev_mac(unsigned char *mac, const char *dev)
{
	const unsigned char bytes[ETH_ALEN] = { 2, 0, 0, 0, 0, dev[0] };

	memcpy(mac, bytes, ETH_ALEN);
}

struct ethhdr *frame_eth(struct frame *frame, const char *dst, const char *src,
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

void frame_fill(struct frame *frame, int len)
{
	while (frame->len < len) {
		frame->bytes[frame->len] = frame->len;
		frame->len++;
	}
}

uint16_t ip_checksum(const void *data, int len)
{
	const uint16_t *word = data;
	uint32_t sum = 0;

	for (; len > 1; len -= 2)
		sum += *word++;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

void frame_udp4(struct frame *frame, const char *dst, const char *src,
		int payload)
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

void frame_udp6(struct frame *frame, const char *dst, const char *src,
		int payload)
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
