// SPDX-License-Identifier: GPL-2.0
/*
 * A namespace is known by device and inode of its file. One that only an open
 * file or a socket keeps has no name that it could be entered by, and is not
 * found.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <mntent.h>
#include <sched.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/nsfs.h>

#include "names.h"
#include "netns.h"
#include "print.h"
#include "process.h"

#define OWN	"/proc/self/ns/net"

static int by_file(const void *a, const void *b)
{
	const struct netns *x = a, *y = b;

	if (x->dev != y->dev)
		return x->dev < y->dev ? -1 : 1;
	return x->ino < y->ino ? -1 : x->ino > y->ino;
}

/* The namespace with that file, which may be new; NULL: out of memory. */
static struct netns *get(struct netns_list *list, const struct stat *st)
{
	struct netns key = { .dev = st->st_dev, .ino = st->st_ino };
	struct netns **known, **all, *ns;

	known = tfind(&key, &list->known, by_file);
	if (known)
		return *known;
	all = realloc(list->all, (list->count + 1) * sizeof(*all));
	if (!all)
		return NULL;
	list->all = all;
	ns = malloc(sizeof(*ns));
	if (!ns)
		return NULL;
	*ns = key;
	if (!tsearch(ns, &list->known, by_file)) {
		free(ns);
		return NULL;
	}
	all[list->count++] = ns;
	return ns;
}

/* A mount point may be in the table several times. */
static int add_name(struct netns *ns, const char *name)
{
	char **names;
	size_t i;

	for (i = 0; i < ns->n_names; i++)
		if (!strcmp(ns->names[i], name))
			return 0;
	names = realloc(ns->names, (ns->n_names + 1) * sizeof(*names));
	if (!names)
		return -ENOMEM;
	ns->names = names;
	names[ns->n_names] = strdup(name);
	if (!names[ns->n_names])
		return -ENOMEM;
	ns->n_names++;
	return 0;
}

static int add_pid(struct netns *ns, pid_t pid)
{
	pid_t *pids;

	/* Of its threads, one after the other; and who asks is not meant. */
	if (pid == getpid() ||
	    (ns->n_pids && ns->pids[ns->n_pids - 1] == pid))
		return 0;
	/* Doubled: the host's namespace has nearly all of them. */
	if (!(ns->n_pids & (ns->n_pids - 1))) {
		pids = realloc(ns->pids, (ns->n_pids ? 2 * ns->n_pids : 1) *
			       sizeof(*pids));
		if (!pids)
			return -ENOMEM;
		ns->pids = pids;
	}
	ns->pids[ns->n_pids++] = pid;
	return 0;
}

static int add_file(struct netns_list *list, const char *path, pid_t pid)
{
	struct netns *ns;
	struct stat st;

	if (stat(path, &st))
		return 0;	/* it has ended, or may not be looked into */
	ns = get(list, &st);
	return ns ? add_pid(ns, pid) : -ENOMEM;
}

/* A thread can be in another namespace than its process. */
static int add_process(struct netns_list *list, const char *pid)
{
	struct dirent *entry;
	char path[300];
	struct stat st;
	int err = 0;
	DIR *tasks;

	snprintf(path, sizeof(path), "/proc/%.16s/task", pid);
	if (!stat(path, &st) && st.st_nlink == 3) {
		snprintf(path, sizeof(path), "/proc/%.16s/ns/net", pid);
		return add_file(list, path, atoi(pid));
	}
	tasks = opendir(path);
	if (!tasks)
		return 0;
	while (!err && (entry = readdir(tasks))) {
		if (!isdigit(entry->d_name[0]))
			continue;
		snprintf(path, sizeof(path), "/proc/%.16s/task/%.16s/ns/net",
			 pid, entry->d_name);
		err = add_file(list, path, atoi(pid));
	}
	closedir(tasks);
	return err;
}

static int add_processes(struct netns_list *list)
{
	struct dirent *entry;
	int err = 0;
	DIR *proc;

	proc = opendir("/proc");
	if (!proc)
		return -errno;
	while (!err && (entry = readdir(proc)))
		if (isdigit(entry->d_name[0]))
			err = add_process(list, entry->d_name);
	closedir(proc);
	return err;
}

/* What is mounted there is a namespace of some kind. */
static int add_mount(struct netns_list *list, const char *path)
{
	struct netns *ns;
	struct stat st;
	int fd, err = 0;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	if (ioctl(fd, NS_GET_NSTYPE) == CLONE_NEWNET && !fstat(fd, &st)) {
		ns = get(list, &st);
		err = ns ? add_name(ns, path) : -ENOMEM;
	}
	close(fd);
	return err;
}

static int add_mounts(struct netns_list *list)
{
	struct mntent *mount;
	FILE *table;
	int err = 0;

	table = setmntent("/proc/self/mounts", "re");
	if (!table)
		return -errno;
	while (!err && (mount = getmntent(table)))
		if (!strcmp(mount->mnt_type, "nsfs"))
			err = add_mount(list, mount->mnt_dir);
	endmntent(table);
	return err;
}

/* The own one, those with a name, the rest by age as far as the number tells. */
static int in_order(const void *a, const void *b)
{
	const struct netns *x = *(struct netns * const *)a;
	const struct netns *y = *(struct netns * const *)b;

	if (x->own != y->own)
		return x->own ? -1 : 1;
	if (!x->n_names != !y->n_names)
		return x->n_names ? -1 : 1;
	if (x->n_names && strcmp(x->names[0], y->names[0]))
		return strcmp(x->names[0], y->names[0]);
	return by_file(x, y);
}

int netns_find(struct netns_list *list)
{
	struct netns *own;
	struct stat st;
	int err;

	memset(list, 0, sizeof(*list));
	list->own = open(OWN, O_RDONLY | O_CLOEXEC);
	if (list->own < 0)
		return -errno;
	if (fstat(list->own, &st))
		return -errno;
	own = get(list, &st);
	if (!own)
		return -ENOMEM;
	own->own = true;
	err = add_mounts(list);
	if (!err)
		err = add_processes(list);
	if (!err)
		qsort(list->all, list->count, sizeof(*list->all), in_order);
	return err;
}

/* -ENOENT also if another namespace is there by now. */
static int enter_path(const struct netns *ns, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), err = 0;
	struct stat st;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) || st.st_dev != ns->dev || st.st_ino != ns->ino)
		err = -ENOENT;
	else if (setns(fd, CLONE_NEWNET))
		err = -errno;
	close(fd);
	return err;
}

int netns_enter(const struct netns *ns)
{
	int err = -ENOENT;
	char path[64];
	size_t i;

	/* The caller may lack the right to enter even the one that it is in. */
	if (ns->own)
		return 0;
	for (i = 0; err && i < ns->n_names; i++)
		err = enter_path(ns, ns->names[i]);
	for (i = 0; err && err != -EPERM && i < ns->n_pids; i++) {
		snprintf(path, sizeof(path), "/proc/%d/ns/net", ns->pids[i]);
		err = enter_path(ns, path);
	}
	return err == -EPERM || !err ? err : -ENOENT;
}

int netns_return(const struct netns_list *list)
{
	return setns(list->own, CLONE_NEWNET) ? -errno : 0;
}

void netns_free(struct netns_list *list)
{
	size_t i, j;

	for (i = 0; i < list->count; i++) {
		struct netns *ns = list->all[i];

		for (j = 0; j < ns->n_names; j++)
			free(ns->names[j]);
		free(ns->names);
		free(ns->pids);
		tdelete(ns, &list->known, by_file);
		free(ns);
	}
	free(list->all);
	if (list->own > 0)
		close(list->own);
	memset(list, 0, sizeof(*list));
}

/* Threads of the kernel are in the first namespace, and own none. */
static void print_processes(const struct netns *ns)
{
	char command[PROCESS_COMMAND];
	struct names line;
	size_t i;

	names_begin(&line, "  ", "process");
	for (i = 0; i < ns->n_pids; i++)
		if (process_command(ns->pids[i], command))
			names_add_process(&line, ns->pids[i], command);
	names_end(&line);
}

void netns_print(const struct netns *ns)
{
	struct names line;
	size_t i;

	print("netns %llu%s\n", (unsigned long long)ns->ino,
	      ns->own ? ", this one" : "");
	names_begin(&line, "  ", "name");
	for (i = 0; i < ns->n_names; i++)
		names_add(&line, ns->names[i]);
	names_end(&line);
	print_processes(ns);
}

void netns_json(const struct netns *ns, json_t *object)
{
	json_t *names = json_array(), *processes = json_array();
	char command[PROCESS_COMMAND];
	size_t i;

	for (i = 0; i < ns->n_names; i++)
		put_element(names, text_json(ns->names[i]));
	for (i = 0; i < ns->n_pids; i++)
		if (process_command(ns->pids[i], command))
			put_element(processes,
				    process_json(ns->pids[i], command));
	put_member(object, "netns", json_integer(ns->ino));
	put_member(object, "own", json_boolean(ns->own));
	put_member(object, "names", names);
	put_member(object, "processes", processes);
}
