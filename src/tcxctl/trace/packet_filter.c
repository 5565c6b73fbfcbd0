// SPDX-License-Identifier: GPL-2.0
/*
 * Includes nothing that knows the kernel's struct bpf_insn: libpcap has another
 * one of that name.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

#include <pcap/pcap.h>

#include "packet_filter.h"

#define WHOLE_PACKET 262144	/* tcpdump's idea of it */

/* Ethernet, and what begins with an IP header. The language is the same, but for
 * what the first has alone.
 */
enum { ETHERNET, IP_ONLY, LINKS };

struct packet_filter {
	void *library;
	pcap_t *links[LINKS];
	struct bpf_program programs[LINKS];
	bool compiled[LINKS];
	__typeof__(pcap_open_dead) *open_dead;
	__typeof__(pcap_compile) *compile;
	__typeof__(pcap_offline_filter) *offline_filter;
	__typeof__(pcap_freecode) *freecode;
	__typeof__(pcap_geterr) *geterr;
	__typeof__(pcap_close) *close;
};

/* Debian's name, and that of others */
static void *library_open(void)
{
	return dlopen("libpcap.so.0.8", RTLD_NOW | RTLD_LOCAL) ?:
	       dlopen("libpcap.so.1", RTLD_NOW | RTLD_LOCAL);
}

static bool library_load(struct packet_filter *filter)
{
	filter->library = library_open();
	if (!filter->library)
		return false;
	filter->open_dead = dlsym(filter->library, "pcap_open_dead");
	filter->compile = dlsym(filter->library, "pcap_compile");
	filter->offline_filter = dlsym(filter->library, "pcap_offline_filter");
	filter->freecode = dlsym(filter->library, "pcap_freecode");
	filter->geterr = dlsym(filter->library, "pcap_geterr");
	filter->close = dlsym(filter->library, "pcap_close");
	return filter->open_dead && filter->compile && filter->offline_filter &&
	       filter->freecode && filter->geterr && filter->close;
}

static bool compile(struct packet_filter *filter, int link, int type,
		    const char *text)
{
	filter->links[link] = filter->open_dead(type, WHOLE_PACKET);
	filter->compiled[link] = filter->links[link] &&
		!filter->compile(filter->links[link], &filter->programs[link],
				 text, 1, PCAP_NETMASK_UNKNOWN);
	return filter->compiled[link];
}

enum packet_filter_err packet_filter_compile(struct packet_filter **filter,
					     const char *text, char *why,
					     size_t size)
{
	struct packet_filter *new = calloc(1, sizeof(*new));
	enum packet_filter_err err = PACKET_FILTER_WRONG;

	if (!new)
		return PACKET_FILTER_NO_MEMORY;
	if (!library_load(new)) {
		err = PACKET_FILTER_NO_LIBRARY;
	} else if (compile(new, ETHERNET, DLT_EN10MB, text)) {
		/* Where that fails it asks for what only Ethernet has. */
		compile(new, IP_ONLY, DLT_RAW, text);
		*filter = new;
		return 0;
	} else if (new->links[ETHERNET]) {
		snprintf(why, size, "%s", new->geterr(new->links[ETHERNET]));
	} else {
		err = PACKET_FILTER_NO_MEMORY;
	}
	packet_filter_free(new);
	return err;
}

bool packet_filter_takes(struct packet_filter *filter, const void *bytes,
			 size_t length, size_t whole, bool ethernet)
{
	struct pcap_pkthdr header = { .caplen = length, .len = whole };
	int link = ethernet ? ETHERNET : IP_ONLY;

	return filter->compiled[link] &&
	       filter->offline_filter(&filter->programs[link], &header, bytes);
}

void packet_filter_free(struct packet_filter *filter)
{
	int i;

	if (!filter)
		return;
	for (i = 0; i < LINKS; i++) {
		if (filter->compiled[i])
			filter->freecode(&filter->programs[i]);
		if (filter->links[i])
			filter->close(filter->links[i]);
	}
	/* The library stays: it may be in use by what it came with. */
	free(filter);
}
