// SPDX-License-Identifier: GPL-2.0
/* Starts a program whose output nobody reads. */
#include <unistd.h>

int main(int argc, char **argv)
{
	int fds[2];

	if (argc < 2 || pipe(fds) || dup2(fds[1], 1) < 0)
		return 126;
	close(fds[0]);
	close(fds[1]);
	execv(argv[1], argv + 1);
	return 127;
}
