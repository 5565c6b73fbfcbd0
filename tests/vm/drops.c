// SPDX-License-Identifier: GPL-2.0
/* Freed packets, see drops.h. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "drops.h"
#include "process.h"

#define TRACING	"/sys/kernel/tracing"
#define TRACE	TRACING "/instances/tcx_drops"
#define EVENT	TRACE "/events/skb/kfree_skb"

int drops_watch(const char *filter)
{
	int err;

	rmdir(TRACE);
	/* Not the names of processes: for them the kernel would patch itself
	 * in its scheduler, which is no business of a test.
	 */
	err = file_write(TRACING "/options/record-cmd", "0");
	if (!err && mkdir(TRACE, 0700))
		err = -errno;
	if (!err)
		err = file_write(TRACING "/options/record-cmd", "1");
	if (!err)
		err = file_write(TRACE "/options/stacktrace", "1");
	if (!err)
		err = file_write(EVENT "/filter", filter);
	return err ?: file_write(EVENT "/enable", "1");
}

int drops_read(char *text, size_t size)
{
	ssize_t len;
	int err, fd;

	err = file_write(EVENT "/enable", "0");
	if (err)
		return err;
	fd = open(TRACE "/trace", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	len = read(fd, text, size - 1);
	err = len < 0 ? -errno : 0;
	close(fd);
	if (!err && rmdir(TRACE))
		err = -errno;
	if (err)
		return err;
	text[len] = '\0';
	return len;
}
