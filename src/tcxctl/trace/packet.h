/* SPDX-License-Identifier: GPL-2.0 */
/* What stands in the first bytes of a packet */
#ifndef TCXCTL_PACKET_H
#define TCXCTL_PACKET_H

#include <stdbool.h>
#include <stddef.h>

#include <netinet/in.h>

#include <linux/types.h>

#include "json.h"

#define PACKET_VLANS 8	/* more than anybody stacks */

struct packet {
	__u16 protocol;		/* ETH_P_*, after VLAN tags */
	__u16 vlans[PACKET_VLANS];	/* ids, the outermost first */
	int n_vlans;
	bool has_addresses;
	char source[INET6_ADDRSTRLEN], destination[INET6_ADDRSTRLEN];
	__u8 ip_protocol;
	bool has_ports;
	__u16 source_port, destination_port;
};

/* @ethernet: there is an Ethernet header; otherwise it begins with what
 * @protocol says. What lies beyond @length is not there.
 */
void packet_parse(struct packet *packet, const void *bytes, size_t length,
		  bool ethernet, __u16 protocol);
char *packet_text(const struct packet *packet);	/* to be freed; NULL: no memory */
void packet_json(const struct packet *packet, json_t *object);	/* members */

#endif /* TCXCTL_PACKET_H */
