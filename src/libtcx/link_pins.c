// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
/*
 * Which links are pinned, and where. A pin's inode does not say what is pinned
 * there: it has to be opened as a BPF object, which leaves no trace, and the fd
 * closed again. A link that is unpinned at that moment lives until then.
 *
 * A bpffs may be mounted at several places, whole or in part, and several of
 * them at one place, where only the uppermost is to be seen. So each folder is
 * looked into once, known by device and inode. Not each file: a link's other
 * name in bpffs, ln(1), keeps it alive by itself.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <search.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <linux/magic.h>

#include "internal.h"
#include "sys_bpf.h"

/* Folders in folders; nobody has more, and a loop is none of ours. */
#define MAX_DEPTH 32

struct walk {
	tcx_link_pin_fn_t fn;
	void *ctx;
	void *seen;	/* tsearch(3)'s tree of struct folder */
};

struct folder {
	dev_t dev;
	ino_t ino;
};

static int compare(const void *a, const void *b)
{
	const struct folder *x = a, *y = b;

	if (x->dev != y->dev)
		return x->dev < y->dev ? -1 : 1;
	return x->ino < y->ino ? -1 : x->ino > y->ino;
}

/* Without memory to remember it in, a folder may be looked into twice. */
static bool seen_before(struct walk *walk, const struct stat *st)
{
	struct folder *folder = malloc(sizeof(*folder)), **known;

	if (!folder)
		return false;
	folder->dev = st->st_dev;
	folder->ino = st->st_ino;
	known = tsearch(folder, &walk->seen, compare);
	if (known && *known == folder)
		return false;
	free(folder);
	return known;
}

static int obj_get(const char *path)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.pathname = (uintptr_t)path;
	return sys_bpf_fd(BPF_OBJ_GET, &attr, sizeof(attr));
}

static int look_at(const struct walk *walk, const char *path)
{
	TCX_OPTS(tcx_link_pin, pin, .path = path);
	struct sys_bpf_link_info info;
	int fd = obj_get(path);
	bool known;

	if (fd < 0)
		return 0;
	known = tcx__kind(fd) == TCX__LINK &&
		!tcx__info(fd, &info, sizeof(info));
	close(fd);
	if (!known)
		return 0;
	pin.link_id = info.id;
	return walk->fn(&pin, walk->ctx);
}

static unsigned char type_of(DIR *dir, const struct dirent *entry)
{
	struct stat st;

	if (entry->d_type != DT_UNKNOWN)
		return entry->d_type;
	if (fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW))
		return DT_UNKNOWN;
	return IFTODT(st.st_mode);
}

/* Something else may be mounted over a bpffs, or in it. */
static bool is_bpffs(DIR *dir)
{
	struct statfs fs;

	return !fstatfs(dirfd(dir), &fs) && fs.f_type == BPF_FS_MAGIC;
}

/* path has room for PATH_MAX and holds a folder's name, len bytes of it. */
static int look_into(struct walk *walk, char *path, size_t len, int depth)
{
	struct dirent *entry;
	struct stat st;
	int ret = 0;
	DIR *dir;

	dir = depth < MAX_DEPTH ? opendir(len ? path : "/") : NULL;
	if (!dir)
		return 0;
	if (!is_bpffs(dir) || fstat(dirfd(dir), &st) || seen_before(walk, &st))
		goto out;
	while (!ret && (entry = readdir(dir))) {
		unsigned char type = type_of(dir, entry);
		size_t n = strlen(entry->d_name);

		if (!strcmp(entry->d_name, ".") ||
		    !strcmp(entry->d_name, "..") || len + n + 2 > PATH_MAX)
			continue;
		path[len] = '/';
		memcpy(path + len + 1, entry->d_name, n + 1);
		if (type == DT_DIR)
			ret = look_into(walk, path, len + 1 + n, depth + 1);
		else if (type == DT_REG)
			ret = look_at(walk, path);
		path[len] = '\0';
	}
out:
	closedir(dir);
	return ret;
}

/* mountinfo writes a blank and its like as \040. */
static void unescape(char *text)
{
	char *to = text;

	while (*text) {
		if (text[0] == '\\' && text[1] >= '0' && text[1] <= '3' &&
		    text[2] >= '0' && text[2] <= '7' &&
		    text[3] >= '0' && text[3] <= '7') {
			*to++ = (text[1] - '0') << 6 | (text[2] - '0') << 3 |
				(text[3] - '0');
			text += 4;
		} else {
			*to++ = *text++;
		}
	}
	*to = '\0';
}

/* A line is "ID PARENT MAJOR:MINOR ROOT POINT OPTIONS [TAG...] - TYPE ...". */
static int look_at_mount(struct walk *walk, char *line)
{
	char point[PATH_MAX];
	int from = 0, to = 0;

	if (!strstr(line, " - bpf "))
		return 0;
	if (sscanf(line, "%*u %*u %*s %*s %n%*s%n", &from, &to) < 0 ||
	    !to || to - from >= PATH_MAX)
		return 0;
	memcpy(point, line + from, to - from);
	point[to - from] = '\0';
	unescape(point);
	return look_into(walk, point, strcmp(point, "/") ? strlen(point) : 0,
			 0);
}

int tcx_link_walk_pins(tcx_link_pin_fn_t fn, void *ctx)
{
	struct walk walk = { .fn = fn, .ctx = ctx };
	char *line = NULL;
	size_t size = 0;
	int ret = 0;
	FILE *f;

	if (!fn)
		return -EINVAL;
	f = fopen("/proc/self/mountinfo", "re");
	if (!f)
		return -errno;
	while (!ret && getline(&line, &size, f) > 0)
		ret = look_at_mount(&walk, line);
	fclose(f);
	free(line);
	tdestroy(walk.seen, free);
	return ret;
}
