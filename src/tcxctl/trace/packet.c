// SPDX-License-Identifier: GPL-2.0
#include <arpa/inet.h>
#include <net/ethernet.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <stdlib.h>
#include <string.h>

#include "packet.h"
#include "print.h"

struct bytes {
	const unsigned char *at;
	size_t left;
};

static bool skip(struct bytes *b, size_t n)
{
	if (n > b->left)
		return false;
	b->at += n;
	b->left -= n;
	return true;
}

static __u16 number16(const unsigned char *at)
{
	return at[0] << 8 | at[1];
}

/* As long as there are tags, each has the protocol of what comes after it. */
static void ethernet_header(struct packet *packet, struct bytes *b)
{
	if (!skip(b, ETH_HLEN))
		return;
	packet->protocol = number16(b->at - 2);
	while ((packet->protocol == ETHERTYPE_VLAN ||
		packet->protocol == 0x88a8) && skip(b, 4)) {
		packet->protocol = number16(b->at - 2);
		if (packet->n_vlans < PACKET_VLANS)
			packet->vlans[packet->n_vlans++] =
				number16(b->at - 4) & 0xfff;
	}
}

static void addresses(struct packet *packet, int family, const void *source,
		      const void *destination)
{
	packet->has_addresses = true;
	inet_ntop(family, source, packet->source, sizeof(packet->source));
	inet_ntop(family, destination, packet->destination,
		  sizeof(packet->destination));
}

/* Only a packet's first fragment has ports. */
static bool ip_header(struct packet *packet, struct bytes *b)
{
	struct ip ip;

	if (b->left < sizeof(ip))
		return false;
	memcpy(&ip, b->at, sizeof(ip));
	addresses(packet, AF_INET, &ip.ip_src, &ip.ip_dst);
	packet->ip_protocol = ip.ip_p;
	return !(ntohs(ip.ip_off) & IP_OFFMASK) && skip(b, ip.ip_hl * 4);
}

/* The headers between, each of which says how long it is */
static bool ip6_extension(struct packet *packet, struct bytes *b)
{
	const unsigned char *at = b->at;

	if (b->left < 8)
		return false;
	packet->ip_protocol = at[0];
	return skip(b, (at[1] + 1) * 8);
}

static bool ip6_header(struct packet *packet, struct bytes *b)
{
	struct ip6_hdr ip6;

	if (b->left < sizeof(ip6))
		return false;
	memcpy(&ip6, b->at, sizeof(ip6));
	addresses(packet, AF_INET6, &ip6.ip6_src, &ip6.ip6_dst);
	packet->ip_protocol = ip6.ip6_nxt;
	if (!skip(b, sizeof(ip6)))
		return false;
	for (;;) {
		switch (packet->ip_protocol) {
		case IPPROTO_HOPOPTS:
		case IPPROTO_ROUTING:
		case IPPROTO_DSTOPTS:
			if (!ip6_extension(packet, b))
				return false;
			break;
		case IPPROTO_FRAGMENT:
			if (b->left < 8)
				return false;
			packet->ip_protocol = b->at[0];
			if (number16(b->at + 2) & 0xfff8)
				return false;
			skip(b, 8);
			break;
		default:
			return true;
		}
	}
}

static bool with_ports(__u8 ip_protocol)
{
	return ip_protocol == IPPROTO_TCP || ip_protocol == IPPROTO_UDP ||
	       ip_protocol == IPPROTO_SCTP || ip_protocol == IPPROTO_UDPLITE ||
	       ip_protocol == IPPROTO_DCCP;
}

void packet_parse(struct packet *packet, const void *bytes, size_t length,
		  bool ethernet, __u16 protocol)
{
	struct bytes b = { bytes, length };
	bool transport = false;

	memset(packet, 0, sizeof(*packet));
	packet->protocol = protocol;
	if (ethernet)
		ethernet_header(packet, &b);
	if (packet->protocol == ETHERTYPE_IP)
		transport = ip_header(packet, &b);
	else if (packet->protocol == ETHERTYPE_IPV6)
		transport = ip6_header(packet, &b);
	if (!transport || !with_ports(packet->ip_protocol) || b.left < 4)
		return;
	packet->has_ports = true;
	packet->source_port = number16(b.at);
	packet->destination_port = number16(b.at + 2);
}

static const char *protocol_name(__u8 protocol)
{
	switch (protocol) {
	case IPPROTO_ICMP:
		return "icmp";
	case IPPROTO_ICMPV6:
		return "icmp6";
	case IPPROTO_TCP:
		return "tcp";
	case IPPROTO_UDP:
		return "udp";
	case IPPROTO_SCTP:
		return "sctp";
	default:
		return NULL;
	}
}

char *packet_text(const struct packet *packet)
{
	const char *name = protocol_name(packet->ip_protocol);
	char number[16];

	if (!packet->has_addresses && packet->protocol == ETHERTYPE_ARP)
		return text_format("arp");
	if (!packet->has_addresses)
		return text_format("protocol 0x%04x", packet->protocol);
	if (!name) {
		snprintf(number, sizeof(number), "protocol %u",
			 packet->ip_protocol);
		name = number;
	}
	if (!packet->has_ports)
		return text_format("%s %s > %s", name, packet->source,
				   packet->destination);
	return text_format("%s %s %u > %s %u", name, packet->source,
			   packet->source_port, packet->destination,
			   packet->destination_port);
}

static json_t *vlans_json(const struct packet *packet)
{
	json_t *array = json_array();
	int i;

	for (i = 0; i < packet->n_vlans; i++)
		put_element(array, json_integer(packet->vlans[i]));
	return array;
}

void packet_json(const struct packet *packet, json_t *object)
{
	if (packet->n_vlans)
		put_member(object, "vlan", vlans_json(packet));
	put_member(object, "protocol", json_integer(packet->protocol));
	if (!packet->has_addresses)
		return;
	put_member(object, "ip_protocol", json_integer(packet->ip_protocol));
	put_member(object, "source", json_string(packet->source));
	put_member(object, "destination", json_string(packet->destination));
	if (!packet->has_ports)
		return;
	put_member(object, "source_port", json_integer(packet->source_port));
	put_member(object, "destination_port",
		   json_integer(packet->destination_port));
}
