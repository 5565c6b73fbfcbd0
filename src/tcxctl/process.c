// SPDX-License-Identifier: GPL-2.0
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "process.h"

bool process_command(pid_t pid, char *command)
{
	char path[64], target[2];
	ssize_t n;
	int fd;

	/* What has no program has no such link either. */
	snprintf(path, sizeof(path), "/proc/%d/exe", pid);
	if (readlink(path, target, sizeof(target)) < 0)
		return false;
	snprintf(path, sizeof(path), "/proc/%d/comm", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, command, PROCESS_COMMAND);
	if (fd >= 0)
		close(fd);
	if (n <= 0)
		return false;
	command[n - 1] = '\0';	/* in the place of the file's line end */
	return true;
}

json_t *process_json(pid_t pid, const char *command)
{
	return json_pack("{s:I, s:o}", "pid", (json_int_t)pid,
			 "command", text_json(command));
}
