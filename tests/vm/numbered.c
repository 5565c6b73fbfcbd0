// SPDX-License-Identifier: GPL-2.0
/*
 * For scripts: `numbered DEV FOLDER...` sends numbered packets out of DEV until
 * SIGTERM, then says how often each was seen by the programs whose maps are
 * pinned in the folders, and ends with status 0 only if the first and the second
 * have seen all packets once, and the third the even ones once. It is never many
 * packets ahead of the first program of the last folder, lest a queue overflows.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>

#include "numbered.h"

#define AHEAD		32
#define PATIENCE_US	500000
#define SIZE		(NUMBERED_MOST * sizeof(__u64))

static volatile sig_atomic_t stopped;

static void stop(int signal)
{
	(void)signal;
	stopped = 1;
}

static volatile __u64 *map_seen(const char *folder, const char *which)
{
	char path[256];
	void *seen;
	int fd;

	snprintf(path, sizeof(path), "%s/seen_%s", folder, which);
	fd = bpf_obj_get(path);
	seen = fd < 0 ? MAP_FAILED :
	       mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (seen == MAP_FAILED) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		exit(2);
	}
	close(fd);
	return seen;
}

static void clear(const char *folder)
{
	memset((void *)map_seen(folder, "first"), 0, SIZE);
	memset((void *)map_seen(folder, "second"), 0, SIZE);
	memset((void *)map_seen(folder, "third"), 0, SIZE);
}

/* One that nobody has seen is waited for once. */
static void wait_for(volatile __u64 *seen, unsigned int number)
{
	int us;

	for (us = 0; !seen[number] && us < PATIENCE_US; us += 100)
		usleep(100);
}

static unsigned int send_all(const char *dev, volatile __u64 *seen)
{
	unsigned char frame[ETH_ZLEN] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
					  2, 0, 0, 0, 0, 1 };
	struct sockaddr_ll to = {
		.sll_family = AF_PACKET,
		.sll_ifindex = if_nametoindex(dev),
	};
	int fd = socket(AF_PACKET, SOCK_RAW, 0);
	unsigned int n;

	frame[12] = NUMBERED_PROTO >> 8;
	frame[13] = NUMBERED_PROTO & 0xff;
	for (n = 0; n < NUMBERED_MOST && !stopped; n++) {
		memcpy(frame + NUMBERED_OFFSET, &n, sizeof(n));
		if (n >= AHEAD)
			wait_for(seen, n - AHEAD);
		if (sendto(fd, frame, sizeof(frame), 0, (void *)&to,
			   sizeof(to)) != sizeof(frame)) {
			fprintf(stderr, "%s: %s\n", dev, strerror(errno));
			exit(2);
		}
		usleep(50);	/* others need the CPU */
	}
	if (n)
		wait_for(seen, n - 1);
	usleep(10000);
	return n;
}

static bool check(const char *folder, const char *which, unsigned int sent,
		  bool odd_too)
{
	volatile __u64 *seen = map_seen(folder, which);
	unsigned long never = 0, more = 0, odd = 0;
	unsigned int n;

	for (n = 0; n < sent; n++) {
		if (n % 2 && !odd_too)
			odd += !!seen[n];
		else if (!seen[n])
			never++;
		else if (seen[n] > 1)
			more++;
	}
	printf("%s, %s: %lu of %u packets never seen, %lu more than once, %lu that should not have been\n",
	       folder, which, never, sent, more, odd);
	return !never && !more && !odd;
}

int main(int argc, char **argv)
{
	volatile __u64 *last;
	unsigned int sent;
	bool ok = true;
	int i;

	if (argc < 3)
		return 2;
	signal(SIGTERM, stop);
	for (i = 2; i < argc; i++)
		clear(argv[i]);
	last = map_seen(argv[argc - 1], "first");
	puts("sending");
	fflush(stdout);
	sent = send_all(argv[1], last);
	for (i = 2; i < argc; i++) {
		ok &= check(argv[i], "first", sent, true);
		ok &= check(argv[i], "second", sent, true);
		ok &= check(argv[i], "third", sent, false);
	}
	printf("%u packets\n", sent);
	return !ok || sent < 100 || sent == NUMBERED_MOST;
}
