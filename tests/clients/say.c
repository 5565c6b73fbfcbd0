// SPDX-License-Identifier: GPL-2.0
#include "say.h"

int failures;

int ok(int good, const char *format, ...)
{
	int error = errno;
	va_list args;

	printf("%sok - ", good ? "" : "not ");
	va_start(args, format);
	errno = error; /* for %m */
	vprintf(format, args);
	va_end(args);
	if (!good)
		printf(" (last errno %d)", error);
	printf("\n");
	fflush(stdout);
	failures += !good;
	return good;
}

void lo_packets(int n)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	socklen_t len = sizeof(to);
	int rx = socket(AF_INET, SOCK_DGRAM, 0);
	int tx = socket(AF_INET, SOCK_DGRAM, 0);
	char byte = 0;

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	need(!bind(rx, (void *)&to, sizeof(to)));
	getsockname(rx, (void *)&to, &len);
	while (n--) {
		need(sendto(tx, &byte, 1, 0, (void *)&to, sizeof(to)) == 1);
		need(recv(rx, &byte, 1, 0) == 1);
	}
	close(rx);
	close(tx);
}

void raw_packets(const char *dev, int n)
{
	struct sockaddr_ll to = {
		.sll_family = AF_PACKET, .sll_ifindex = if_nametoindex(dev),
		.sll_halen = ETH_ALEN,
	};
	unsigned char frame[60] = { [12] = 0x88, [13] = 0xb5 };
	int fd = socket(AF_PACKET, SOCK_RAW, 0);

	memset(frame, 0xff, 6);
	while (n--)
		need(sendto(fd, frame, sizeof(frame), 0, (void *)&to,
			    sizeof(to)) == sizeof(frame));
	close(fd);
	usleep(50000);
}
