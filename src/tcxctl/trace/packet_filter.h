/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Filters in the language of pcap-filter(7). libpcap is loaded when there is one:
 * it comes with libraries of its own that nothing else here needs.
 */
#ifndef TCXCTL_PACKET_FILTER_H
#define TCXCTL_PACKET_FILTER_H

#include <stdbool.h>
#include <stddef.h>

struct packet_filter;

enum packet_filter_err {
	PACKET_FILTER_NO_LIBRARY = 1,
	PACKET_FILTER_WRONG,
	PACKET_FILTER_NO_MEMORY,
};

/* Returns 0 or what is wrong. @why: the library's words for a filter that is. */
enum packet_filter_err packet_filter_compile(struct packet_filter **filter,
					     const char *text, char *why,
					     size_t size);
/* Of a packet of @whole bytes those that are there; see packet.h */
bool packet_filter_takes(struct packet_filter *filter, const void *bytes,
			 size_t length, size_t whole, bool ethernet);
void packet_filter_free(struct packet_filter *filter);

#endif /* TCXCTL_PACKET_FILTER_H */
