// SPDX-License-Identifier: GPL-2.0
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bpf_users.h"

static const struct {
	const char *name;	/* of the file, after "anon_inode:" */
	const char *line;	/* of fdinfo, with the id */
	enum bpf_kind kind;
} kinds[] = {
	{ "bpf-prog", "\nprog_id:", BPF_KIND_PROG },
	{ "bpf-map", "\nmap_id:", BPF_KIND_MAP },
	/* A link's first fd has one spelling, those got later the other. */
	{ "bpf-link", "\nlink_id:", BPF_KIND_LINK },
	{ "bpf_link", "\nlink_id:", BPF_KIND_LINK },
};

#define NAMES (sizeof(kinds) / sizeof(kinds[0]))

static int add(struct bpf_ids *ids, __u32 id)
{
	__u32 *larger = realloc(ids->ids, (ids->count + 1) * sizeof(*larger));

	if (!larger)
		return -ENOMEM;
	ids->ids = larger;
	larger[ids->count++] = id;
	return 0;
}

static int add_fd(struct bpf_users *users, int fdinfo, const char *fd, size_t k)
{
	char text[1024];
	const char *line;
	int file = openat(fdinfo, fd, O_RDONLY | O_CLOEXEC);
	ssize_t n = file < 0 ? -1 : read(file, text, sizeof(text) - 1);

	if (file >= 0)
		close(file);
	if (n < 0)
		return 0;	/* closed meanwhile */
	text[n] = '\0';
	line = strstr(text, kinds[k].line);
	return line ? add(&users->of[kinds[k].kind],
			  strtoul(line + strlen(kinds[k].line), NULL, 10)) : 0;
}

static int look_at(struct bpf_users *users, int fds, int fdinfo, const char *fd)
{
	static const char prefix[] = "anon_inode:";
	char target[64];
	ssize_t n = readlinkat(fds, fd, target, sizeof(target) - 1);
	size_t k;

	if (n < 0)
		return 0;
	target[n] = '\0';
	if (strncmp(target, prefix, strlen(prefix)))
		return 0;
	for (k = 0; k < NAMES; k++)
		if (!strcmp(target + strlen(prefix), kinds[k].name))
			return add_fd(users, fdinfo, fd, k);
	return 0;
}

static int look_into(struct bpf_users *users, const char *pid)
{
	struct dirent *entry;
	char path[64];
	int fdinfo, err = 0;
	DIR *fds;

	snprintf(path, sizeof(path), "/proc/%.16s/fd", pid);
	fds = opendir(path);
	if (!fds)
		return 0;
	snprintf(path, sizeof(path), "/proc/%.16s/fdinfo", pid);
	fdinfo = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	while (fdinfo >= 0 && !err && (entry = readdir(fds)))
		if (isdigit(entry->d_name[0]))
			err = look_at(users, dirfd(fds), fdinfo,
				      entry->d_name);
	if (fdinfo >= 0)
		close(fdinfo);
	closedir(fds);
	return err;
}

static int by_id(const void *a, const void *b)
{
	const __u32 *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

int bpf_users_find(struct bpf_users *users)
{
	struct dirent *entry;
	int err = 0, kind;
	DIR *proc;

	memset(users, 0, sizeof(*users));
	proc = opendir("/proc");
	if (!proc)
		return -errno;
	while (!err && (entry = readdir(proc)))
		if (isdigit(entry->d_name[0]) && atoi(entry->d_name) != getpid())
			err = look_into(users, entry->d_name);
	closedir(proc);
	for (kind = 0; kind < BPF_KINDS; kind++)
		if (users->of[kind].count)
			qsort(users->of[kind].ids, users->of[kind].count,
			      sizeof(__u32), by_id);
	return err;
}

bool bpf_users_has(const struct bpf_users *users, enum bpf_kind kind, __u32 id)
{
	const struct bpf_ids *ids = &users->of[kind];

	return ids->count &&
	       bsearch(&id, ids->ids, ids->count, sizeof(id), by_id);
}

void bpf_users_free(struct bpf_users *users)
{
	int kind;

	for (kind = 0; kind < BPF_KINDS; kind++)
		free(users->of[kind].ids);
	memset(users, 0, sizeof(*users));
}
