// SPDX-License-Identifier: GPL-2.0
/* Instructions per packet, which pktgen sends. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "bench.h"
#include "sys.h"

#define PACKETS		100000
#define BURST		1000	/* ingress: packets per skb allocated */
#define SPREAD_MAX	2.0	/* instructions between those runs */

static double scale;

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

/* The destination address stays 0: on ingress the packets are another host's,
 * and IP drops them at once, which pktgen counts as errors; on egress the dummy
 * device frees them.
 */
static void pktgen_init(bool ingress)
{
	pktgen_write("kpktgend_0", "rem_device_all");
	pktgen_write("kpktgend_0", "add_device %s", DEVICE);
	pktgen_write(DEVICE, "count %d", PACKETS);
	pktgen_write(DEVICE, "delay 0");
	pktgen_write(DEVICE, "pkt_size 60");
	if (ingress) {
		pktgen_write(DEVICE, "xmit_mode netif_receive");
		pktgen_write(DEVICE, "burst %d", BURST);
	} else {
		pktgen_write(DEVICE, "xmit_mode queue_xmit");
		pktgen_write(DEVICE, "clone_skb %d", PACKETS);
	}
}

/* Microseconds of work, without what pktgen slept. */
static uint64_t pktgen_run(bool ingress)
{
	uint64_t usec = 0, sent = 0, errors = ~0ull;
	char line[256], *p;
	FILE *f;

	pktgen_write("pgctrl", "start");
	f = fopen("/proc/net/pktgen/" DEVICE, "r");
	if (!f)
		die("no result of pktgen");
	while (fgets(line, sizeof(line), f)) {
		p = strstr(line, "errors: ");
		if (p)
			sscanf(p, "errors: %" SCNu64, &errors);
		p = strstr(line, "(c");
		if (p)
			sscanf(p, "(c%" SCNu64 "+d%*u) usec, %" SCNu64, &usec,
			       &sent);
	}
	fclose(f);
	if (sent != PACKETS || errors != (ingress ? PACKETS : 0))
		die("pktgen sent %" PRIu64 " packets, %" PRIu64 " errors",
		    sent, errors);
	return usec;
}

static void measure(bool ingress, const char *name)
{
	uint64_t min = ~0ull, max = 0;
	double unit = 1000 / scale / PACKETS;

	for (int i = 0; i < RUNS; i++) {
		uint64_t usec = pktgen_run(ingress);

		min = usec < min ? usec : min;
		max = usec > max ? usec : max;
	}
	if ((max - min) * unit > SPREAD_MAX)
		fprintf(stderr, "bench: %s: %.1f to %.1f, not stable\n", name,
			min * unit, max * unit);
	printf("packet\t%s\t%s\t%.2f\n", ingress ? "ingress" : "egress", name,
	       min * unit);
}

static void packet_direction(bool ingress)
{
	static const int counts[] = { 1, 2, 8, MAX_PROGS };
	int attached = 0;
	char name[16];

	pktgen_init(ingress);
	expect_ok(attach(other_ifindex, ingress, 0, other_prog), "attach");
	measure(ingress, "other");
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		for (; attached < counts[i]; attached++)
			expect_ok(attach(ifindex, ingress, attached,
					 progs[attached]), "attach");
		snprintf(name, sizeof(name), "%d", attached);
		measure(ingress, name);
	}
	while (attached--)
		expect_ok(detach(ifindex, ingress, attached, progs[attached]),
			  "detach");
	expect_ok(detach(other_ifindex, ingress, 0, other_prog), "detach");
}

void packet(void)
{
	scale = ns_per_instruction();
	printf("env\tns per instruction\t%.5f\n", scale);
	pktgen_init(true);
	pktgen_run(true);	/* warms up */
	measure(true, "nothing");
	pktgen_init(false);
	measure(false, "nothing");
	packet_direction(true);
	packet_direction(false);
}
