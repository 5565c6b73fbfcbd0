// SPDX-License-Identifier: GPL-2.0
/* How a link survives: in bpffs, or in this process. */
#include <errno.h>
#include <libgen.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "bpffs.h"
#include "hold.h"
#include "refuse.h"

static bool hidden(const char *dir)
{
	return !strncmp(dir, BPFFS "/", strlen(BPFFS "/")) && !bpffs_at(BPFFS);
}

/* Before anything is attached, so that what cannot work changes nothing. */
int hold_check_pin(const char *path)
{
	char *copy = strdup(path), *dir;
	struct stat st;
	int code = EXIT_DONE;

	if (!copy)
		return refuse("out of memory");
	dir = dirname(copy);
	if (!access(path, F_OK)) {
		refuse_errno(EEXIST);
		code = refuse("%s is there already; remove it, or choose another path",
			      path);
	} else if (bpffs_forbids(path)) {
		code = bpffs_refuse_name(path);
	} else if (stat(dir, &st)) {
		refuse_errno(errno);
		code = refuse("the link cannot be pinned in %s: %s; %s", dir,
			      strerror(errno), hidden(dir) ?
			      bpffs_hint() : "make the folder first");
	} else if (!bpffs_at(dir)) {
		refuse_errno(EPERM);
		code = refuse("the link cannot be pinned in %s, which is not in bpffs; %s",
			      dir, bpffs_at(BPFFS) ?
			      "give a path below " BPFFS : bpffs_hint());
	}
	free(copy);
	return code;
}

static void signals(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGTERM);
}

/* Before the link exists, so that a signal which comes early is not lost, or
 * before something is pinned that is to be removed if the rest fails. They are
 * waited for also where a shell has set them to be ignored, as it does in the
 * background.
 */
void hold_prepare(void)
{
	sigset_t set;

	signals(&set);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

static time_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec;
}

void hold(unsigned int seconds)
{
	time_t end = now() + seconds;
	sigset_t set;

	signals(&set);
	for (;;) {
		struct timespec left = { .tv_sec = end - now() };

		if (seconds && left.tv_sec <= 0)
			return;
		if (sigtimedwait(&set, NULL, seconds ? &left : NULL) > 0)
			return;
		/* Stopped and continued, or the time is up. */
	}
}
