// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"
#include "sender.h"

const char *pktgen_starter;

__attribute__((format(printf, 2, 3)))
static void pktgen_write(const char *file, const char *fmt, ...)
{
	char path[64], command[64];
	va_list args;
	int fd, len;

	va_start(args, fmt);
	len = vsnprintf(command, sizeof(command) - 1, fmt, args);
	va_end(args);
	command[len++] = '\n';
	snprintf(path, sizeof(path), "/proc/net/pktgen/%s", file);
	fd = open(path, O_WRONLY);
	if (fd < 0 || write(fd, command, len) != len)
		die("%s: '%.*s': %s", path, len - 1, command, strerror(errno));
	close(fd);
}

/* In an order in which no mode meets what it does not take. What is written last
 * takes the place of the result.
 */
static void pktgen_init(const struct stream *stream)
{
	static bool added;

	if (!added)
		pktgen_write("kpktgend_" NUMBER(PKTGEN_CPU), "add_device %s",
			     DEVICE);
	added = true;
	pktgen_write(DEVICE, "clone_skb 0");
	pktgen_write(DEVICE, "burst 1");
	if (stream->ingress) {
		pktgen_write(DEVICE, "xmit_mode netif_receive");
		pktgen_write(DEVICE, "burst %d", stream->fresh ? 1 : BURST);
	} else {
		pktgen_write(DEVICE, "xmit_mode queue_xmit");
		pktgen_write(DEVICE, "clone_skb %d",
			     stream->fresh ? 0 : stream->packets);
	}
	pktgen_write(DEVICE, "delay 0");
	pktgen_write(DEVICE, "pkt_size %d", stream->size);
	pktgen_write(DEVICE, "count %d", stream->packets);
}

/* Has it sent everything? Tells how many packets, and how many microseconds that
 * took, without what pktgen slept.
 */
static bool pktgen_result(long long *sent, long long *usec)
{
	FILE *f = fopen("/proc/net/pktgen/" DEVICE, "r");
	bool done = false;
	char line[256], *p;

	if (!f)
		die("no result of pktgen");
	while (fgets(line, sizeof(line), f)) {
		p = strstr(line, "(c");
		if (p)
			done = sscanf(p, "(c%lld+d%*u) usec, %lld", usec,
				      sent) == 2;
	}
	fclose(f);
	return done;
}

uint64_t pktgen_send(const struct stream *stream)
{
	long long usec, sent;

	pktgen_init(stream);
	if (!pktgen_starter)
		pktgen_write("pgctrl", "start");
	else if (system(pktgen_starter))
		die("'%s' failed", pktgen_starter);
	/* On a busy machine its thread may begin when the wait for it ends. */
	for (int tries = 0; !pktgen_result(&sent, &usec); tries++) {
		if (tries == 1000)
			die("pktgen does not end");
		usleep(10000);
	}
	if (sent != stream->packets)
		die("pktgen sent %lld packets of %d", sent, stream->packets);
	return usec * 1000;
}
