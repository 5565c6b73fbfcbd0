// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
/*
 * Which processes hold links. There are many processes and more fds, and few
 * of these are links: the name of the file, one readlinkat(), sorts out the
 * rest, and only for a link is fdinfo read.
 *
 * A thread may have fds of its own, unshare(CLONE_FILES), and the threads of a
 * process whose first one has ended are all that still has any. So every
 * thread is looked at, but of those that share their fds only one: kcmp()
 * tells, where the kernel has it. Where it cannot tell, the same fds are read
 * again, which takes time and changes nothing: an fd is reported once.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/kcmp.h>

#include "internal.h"

struct walk {
	tcx_link_holder_fn_t fn;
	void *ctx;
	int proc;		/* /proc */
	bool own_pids;		/* its pids are those of our system calls */
};

/* A process that is being looked into. */
struct process {
	const struct walk *walk;
	const char *pid;
	int tasks;		/* the folder with its threads' folders */
	char command[64];	/* of its first thread; read when needed */
	bool command_read;
	/* Threads that share no fds, in the order of kcmp(). */
	pid_t *threads;
	size_t n_threads;
	struct told {
		__u32 link_id;
		__u32 fd;
	} *told;
	size_t n_told;
	size_t n_before;	/* of told: by threads before the present one */
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

/* Is it one that another thread has too? Remembers it if not. */
static bool told_before(struct process *p, __u32 link_id, __u32 fd)
{
	struct told *told;
	size_t i;

	for (i = 0; i < p->n_before; i++)
		if (p->told[i].link_id == link_id && p->told[i].fd == fd)
			return true;
	told = realloc(p->told, (p->n_told + 1) * sizeof(*told));
	if (!told)
		return false;
	p->told = told;
	told[p->n_told].link_id = link_id;
	told[p->n_told++].fd = fd;
	return false;
}

static const char *command_of(struct process *p)
{
	char path[64];
	size_t len;

	if (p->command_read)
		return p->command;
	p->command_read = true;
	snprintf(path, sizeof(path), "%.16s/comm", p->pid);
	slurp(p->walk->proc, path, p->command, sizeof(p->command));
	len = strlen(p->command);
	/* The file's; a name may have more. */
	if (len && p->command[len - 1] == '\n')
		p->command[len - 1] = '\0';
	return p->command;
}

/* The id in fdinfo, or 0: no link, or closed meanwhile. */
static __u32 link_id_of(int fdinfo, const char *fd)
{
	char text[1024];
	const char *line;

	slurp(fdinfo, fd, text, sizeof(text));
	line = strstr(text, "\nlink_id:");
	return line ? strtoul(line + strlen("\nlink_id:"), NULL, 10) : 0;
}

static int report(struct process *p, const char *thread, const char *fd,
		  __u32 link_id)
{
	TCX_OPTS(tcx_link_holder, holder,
		.link_id = link_id,
		.pid = strtoul(p->pid, NULL, 10),
		.tid = strtoul(thread, NULL, 10),
		.fd = strtoul(fd, NULL, 10),
	);

	if (told_before(p, holder.link_id, holder.fd))
		return 0;
	holder.command = command_of(p);
	return p->walk->fn(&holder, p->walk->ctx);
}

/* Have its fds been looked at already, by way of another thread? */
static bool shares_fds(struct process *p, pid_t thread)
{
	size_t low = 0, high = p->n_threads;
	pid_t *threads;

	if (!p->walk->own_pids)
		return false;
	while (low < high) {
		size_t middle = (low + high) / 2;

		switch (syscall(SYS_kcmp, thread, p->threads[middle],
				KCMP_FILES, 0, 0)) {
		case 0:
			return true;
		case 1:
			high = middle;
			break;
		case 2:
			low = middle + 1;
			break;
		default:	/* no such call, or one of the two has ended */
			return false;
		}
	}
	threads = realloc(p->threads, (p->n_threads + 1) * sizeof(*threads));
	if (!threads)
		return false;
	p->threads = threads;
	memmove(threads + low + 1, threads + low,
		(p->n_threads++ - low) * sizeof(*threads));
	threads[low] = thread;
	return false;
}

static int open_fdinfo(const struct process *p, const char *thread)
{
	char path[64];

	snprintf(path, sizeof(path), "%.16s/fdinfo", thread);
	return openat(p->tasks, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

/* Only a link's fdinfo is asked for an id: others have names in theirs, which may
 * read like one.
 */
static int look_at_fds(struct process *p, const char *thread, DIR *fds)
{
	struct dirent *entry;
	int fdinfo = -1, ret = 0;
	__u32 link_id;

	while (!ret && (entry = readdir(fds))) {
		if (!isdigit(entry->d_name[0]) ||
		    !is_link(fds, entry->d_name))
			continue;
		/* Few have any. */
		if (fdinfo < 0)
			fdinfo = open_fdinfo(p, thread);
		if (fdinfo < 0)
			break;
		link_id = link_id_of(fdinfo, entry->d_name);
		if (link_id)
			ret = report(p, thread, entry->d_name, link_id);
	}
	if (fdinfo >= 0)
		close(fdinfo);
	return ret;
}

/* A thread that has ended, or may not be looked into, holds nothing. */
static int look_into_thread(struct process *p, const char *thread)
{
	char path[64];
	int ret = 0;
	DIR *fds;

	if (shares_fds(p, strtoul(thread, NULL, 10)))
		return 0;
	snprintf(path, sizeof(path), "%.16s/fd", thread);
	fds = open_dir(p->tasks, path);
	if (!fds)
		return 0;
	p->n_before = p->n_told;
	ret = look_at_fds(p, thread, fds);
	closedir(fds);
	return ret;
}

static int look_into(const struct walk *walk, const char *pid)
{
	struct process p = { .walk = walk, .pid = pid, .tasks = walk->proc };
	struct dirent *entry;
	struct stat st;
	char path[64];
	int ret = 0;
	DIR *tasks;

	/* Most processes have one thread: a folder, beside "." and "..". */
	snprintf(path, sizeof(path), "%.16s/task", pid);
	if (!fstatat(walk->proc, path, &st, 0) && st.st_nlink == 3) {
		ret = look_into_thread(&p, pid);
		goto out;
	}
	tasks = open_dir(walk->proc, path);
	if (!tasks)
		return 0;
	p.tasks = dirfd(tasks);
	while (!ret && (entry = readdir(tasks)))
		if (isdigit(entry->d_name[0]))
			ret = look_into_thread(&p, entry->d_name);
	closedir(tasks);
out:
	free(p.threads);
	free(p.told);
	return ret;
}

/* /proc may be another pid namespace's, whose numbers kcmp() would take for
 * others.
 */
static bool has_own_pids(int proc)
{
	char name[16];
	ssize_t n = readlinkat(proc, "self", name, sizeof(name) - 1);

	if (n < 0)
		return false;
	name[n] = '\0';
	return strtol(name, NULL, 10) == getpid();
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
	walk.own_pids = has_own_pids(walk.proc);
	while (!ret && (entry = readdir(proc)))
		if (isdigit(entry->d_name[0]))
			ret = look_into(&walk, entry->d_name);
	closedir(proc);
	return ret;
}
