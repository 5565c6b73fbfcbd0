// SPDX-License-Identifier: GPL-2.0
/*
 * Packets for tests/bench/account to watch: says where the kernel's functions and
 * the programs are, and sends until it is killed.
 *
 *   account=DIRECTION,PROGRAMS
 */
#include <stdio.h>
#include <string.h>

#include "bench.h"
#include "sender.h"

static void symbols(void)
{
	FILE *f = fopen("/proc/kallsyms", "r");
	char line[512];

	if (!f)
		die("/proc/kallsyms: %m");
	while (fgets(line, sizeof(line), f))
		fputs(line, stdout);
	fclose(f);
}

void account(const char *how)
{
	struct stream stream = { .size = 60, .packets = 1000 };
	char direction[8];
	int programs;

	if (sscanf(how, "%7[a-z],%d", direction, &programs) != 2 ||
	    programs > MAX_PROGS)
		die("account=%s", how);
	stream.ingress = !strcmp(direction, "ingress");
	for (int i = 0; i < programs; i++)
		expect_ok(attach(ifindex, stream.ingress, i, progs[i]),
			  "attach");
	stream_send(&stream, FATE_STACK);
	symbols();
	printf("account\tready\n");
	/* Between streams pktgen sleeps for longer than it sends. */
	stream.packets = 10000000;
	for (;;)
		stream_send(&stream, FATE_STACK);
}
