// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/if_ether.h>
#include <linux/if_packet.h>

#include "bench.h"
#include "sender.h"

/* It sends only: as one that receives it would be given each packet, too. */
static int packet_socket_for(int dev)
{
	struct sockaddr_ll addr = {
		.sll_family = AF_PACKET,
		.sll_ifindex = dev,
	};
	int sock = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);

	if (sock < 0 || bind(sock, (void *)&addr, sizeof(addr)))
		die("a packet socket: %s", strerror(errno));
	return sock;
}

/* The sender of a packet that is dropped is told so. */
static uint64_t socket_send(const struct stream *stream, enum fate fate)
{
	struct ethhdr *frame = calloc(1, stream->size);
	int sock = packet_socket_for(ifindex);
	uint64_t start;

	if (!frame)
		die("out of memory");
	frame->h_proto = 0xb588;	/* 0x88b5, for experiments */
	start = now_ns();
	for (int i = 0; i < stream->packets; i++) {
		int err = send(sock, frame, stream->size, 0) < 0 ? errno : 0;

		if (err != (fate == FATE_DROP ? ENOBUFS : 0))
			die("a packet of the socket's: %s", strerror(err));
	}
	start = now_ns() - start;
	close(sock);
	free(frame);
	return start;
}

/* How many packets a device has sent. */
static long long sent_by(const char *device)
{
	long long sent = -1;
	char line[256], *p;
	FILE *f = fopen("/proc/net/dev", "r");

	while (f && fgets(line, sizeof(line), f)) {
		p = strstr(line, device);
		if (p && p[strlen(device)] == ':')
			sscanf(p + strlen(device) + 1,
			       "%*s %*s %*s %*s %*s %*s %*s %*s %*s %lld",
			       &sent);
	}
	if (f)
		fclose(f);
	if (sent < 0)
		die("/proc/net/dev says nothing about %s", device);
	return sent;
}

uint64_t stream_send(const struct stream *stream, enum fate fate)
{
	long long here = sent_by(DEVICE), there = sent_by(OTHER_DEVICE);
	uint64_t ns;

	if (stream->fresh && !stream->ingress)
		ns = socket_send(stream, fate);
	else
		ns = pktgen_send(stream);
	here = sent_by(DEVICE) - here;
	there = sent_by(OTHER_DEVICE) - there;
	if (here != (fate == FATE_STACK && !stream->ingress ?
		     stream->packets : 0) ||
	    there != (fate == FATE_REDIRECT ? stream->packets : 0))
		die("%s sent %lld packets and %s %lld, for fate %d", DEVICE,
		    here, OTHER_DEVICE, there, fate);
	return ns;
}
