// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
/*
 * Which processes hold links. There are many processes and more fds, and few
 * of these are links: the name of the file, one readlinkat(), sorts out the
 * rest, and only for a link is fdinfo read.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "internal.h"

struct walk {
	tcx_link_holder_fn_t fn;
	void *ctx;
	int proc;		/* /proc */
};

static DIR *open_dir(int at, const char *path)
{
	int fd = openat(at, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	if (fd >= 0 && !dir)
		close(fd);
	return dir;
}

/* A small file in /proc: they are read at once or not at all. */
static void slurp(int proc, const char *path, char *buf, size_t size)
{
	int fd = openat(proc, path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, buf, size - 1);

	if (fd >= 0)
		close(fd);
	buf[n > 0 ? n : 0] = '\0';
}

static bool is_link(DIR *fds, const char *name)
{
	char target[64];
	ssize_t n = readlinkat(dirfd(fds), name, target, sizeof(target) - 1);

	if (n < 0)
		return false;
	target[n] = '\0';
	return tcx__kind_of_name(target) == TCX__LINK;
}

static int report(const struct walk *walk, const char *pid, const char *fd)
{
	TCX_OPTS(tcx_link_holder, holder,
		.pid = strtoul(pid, NULL, 10),
		.fd = strtoul(fd, NULL, 10),
	);
	char path[64], text[1024], command[64];
	const char *line;

	snprintf(path, sizeof(path), "%.16s/fdinfo/%.16s", pid, fd);
	slurp(walk->proc, path, text, sizeof(text));
	line = strstr(text, "\nlink_id:");
	if (!line)
		return 0;	/* closed meanwhile */
	holder.link_id = strtoul(line + strlen("\nlink_id:"), NULL, 10);

	snprintf(path, sizeof(path), "%.16s/comm", pid);
	slurp(walk->proc, path, command, sizeof(command));
	command[strcspn(command, "\n")] = '\0';
	holder.command = command;
	return walk->fn(&holder, walk->ctx);
}

/* A process that has ended, or may not be looked into, holds nothing. */
static int look_into(const struct walk *walk, const char *pid)
{
	struct dirent *entry;
	char path[64];
	int ret = 0;
	DIR *fds;

	snprintf(path, sizeof(path), "%.16s/fd", pid);
	fds = open_dir(walk->proc, path);
	if (!fds)
		return 0;
	while (!ret && (entry = readdir(fds)))
		if (isdigit(entry->d_name[0]) && is_link(fds, entry->d_name))
			ret = report(walk, pid, entry->d_name);
	closedir(fds);
	return ret;
}

int tcx_link_walk_holders(tcx_link_holder_fn_t fn, void *ctx)
{
	struct walk walk = { .fn = fn, .ctx = ctx };
	struct dirent *entry;
	int ret = 0;
	DIR *proc;

	if (!fn)
		return -EINVAL;
	proc = open_dir(AT_FDCWD, "/proc");
	if (!proc)
		return -errno;
	walk.proc = dirfd(proc);
	while (!ret && (entry = readdir(proc)))
		if (isdigit(entry->d_name[0]))
			ret = look_into(&walk, entry->d_name);
	closedir(proc);
	return ret;
}
