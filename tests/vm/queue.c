// SPDX-License-Identifier: GPL-2.0
/* For scripts: `queue N` binds NFQUEUE N of its network namespace, says so, and
 * keeps it until it is killed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "nfqueue.h"

int main(int argc, char **argv)
{
	int fd;

	if (argc != 2)
		return 2;
	fd = nfq_open(atoi(argv[1]));
	if (fd < 0) {
		fprintf(stderr, "queue %s: %s\n", argv[1], strerror(-fd));
		return 1;
	}
	puts("bound");
	fflush(stdout);
	pause();
	return 0;
}
