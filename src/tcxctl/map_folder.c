// SPDX-License-Identifier: GPL-2.0
/*
 * Folders in bpffs that tcxctl makes beside pinned links. The maps of the link
 * that is pinned at PATH are in PATH_maps.
 *
 * Such a folder is ours if we made it: it is marked with the id of its link, by a
 * symlink (bpffs knows no other text), and only a folder with the right mark is
 * ever changed. A folder whose link is gone was left by somebody who removed
 * the pin of the link by hand; whoever needs the name may remove it. Each change
 * of a marked folder is made with a lock on it. Nobody but its owner can open
 * the folder, and so nobody else can hold the lock.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "map_folder.h"
#include "maps.h"

#define MARK MAP_FOLDER_MARK

/* How often to try, and how long to wait in between, while another tcxctl is at
 * work.
 */
#define TRIES 50
#define WAIT_US 100000

char *map_folder_beside(const char *pin)
{
	char *path;

	return asprintf(&path, "%s_maps", pin) < 0 ? NULL : path;
}

/* Reads the mark; 0: there is none. */
static __u32 mark_of(int dir)
{
	char text[16], *end;
	ssize_t n = readlinkat(dir, MARK, text, sizeof(text) - 1);
	unsigned long id;

	if (n <= 0)
		return 0;
	text[n] = '\0';
	id = strtoul(text, &end, 10);
	return *end ? 0 : id;
}

int map_folder_mark(int dir, __u32 link_id)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", link_id);
	return symlinkat(text, dir, MARK) ? -errno : 0;
}

static int open_folder(const char *path)
{
	return open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static bool link_exists(__u32 id)
{
	int fd = bpf_link_get_fd_by_id(id);

	if (fd >= 0)
		close(fd);
	return fd != -ENOENT;
}

static int lock(int dir)
{
	int i;

	for (i = 0; i < TRIES; i++) {
		if (!flock(dir, LOCK_EX | LOCK_NB))
			return 0;
		if (errno != EWOULDBLOCK)
			return -errno;
		usleep(WAIT_US);
	}
	return -EBUSY;
}

/* Whether it is still what has this name, now that it is locked */
static bool still_there(int dir, const char *path)
{
	struct stat a, b;

	return !fstat(dir, &a) && !lstat(path, &b) && a.st_dev == b.st_dev &&
	       a.st_ino == b.st_ino;
}

/* Opens and locks the folder that is marked with this link's id; link_id 0: with
 * the id of a link that is gone. -EEXIST: there is a folder, but not that one.
 */
int map_folder_open(const char *path, __u32 link_id)
{
	int fd, i, err = -EBUSY;
	struct stat st;
	__u32 marked;

	for (i = 0; i < TRIES; i++) {
		fd = open_folder(path);
		if (fd < 0)
			return errno == ENOENT ? -ENOENT : -EEXIST;
		err = -EEXIST;
		if (fstat(fd, &st) || st.st_uid != geteuid() || !mark_of(fd))
			goto out;
		err = lock(fd);
		if (err)
			goto out;
		err = -EBUSY;
		if (!still_there(fd, path)) {
			close(fd);
			continue;
		}
		marked = mark_of(fd);
		if (link_id ? marked == link_id :
			      marked && !link_exists(marked))
			return fd;
		err = -EEXIST;
		goto out;
	}
	return err;
out:
	close(fd);
	return err;
}

static bool is_kept(const struct maps *keep, const char *name)
{
	size_t i;

	if (!strcmp(name, ".") || !strcmp(name, "..") || !strcmp(name, MARK))
		return true;
	for (i = 0; keep && i < keep->count; i++)
		if (!strcmp(keep->needed[i].pin, name))
			return true;
	return false;
}

static int remove_all(int at, const char *name, const struct maps *keep,
		      int depth);

static int remove_one(int dir, const char *name, int depth)
{
	int err;

	if (!unlinkat(dir, name, 0) || errno == ENOENT)
		return 0;
	if (errno != EISDIR && errno != EPERM)
		return -errno;
	err = depth ? -ENOTEMPTY : remove_all(dir, name, NULL, depth + 1);
	if (!err && unlinkat(dir, name, AT_REMOVEDIR))
		err = -errno;
	return err;
}

/* Removes what is in a folder but for its mark and the maps to be kept. What
 * was not removed is no reason to leave the rest.
 */
static int remove_all(int at, const char *name, const struct maps *keep,
		      int depth)
{
	int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW |
			O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	int err, ret = 0;

	if (!dir) {
		ret = -errno;
		if (fd >= 0)
			close(fd);
		return ret;
	}
	while ((entry = readdir(dir))) {
		if (is_kept(keep, entry->d_name))
			continue;
		err = remove_one(dirfd(dir), entry->d_name, depth);
		if (err)
			ret = err;
	}
	closedir(dir);
	return ret;
}

int map_folder_clear(int dir, const struct maps *keep)
{
	return remove_all(dir, ".", keep, 0);
}

/* The mark goes last, so that what an interruption leaves is still ours. */
int map_folder_remove(int dir, const char *path)
{
	int err = remove_all(dir, ".", NULL, 0);

	if (err)
		return err;
	if (unlinkat(dir, MARK, 0) && errno != ENOENT)
		return -errno;
	return rmdir(path) ? -errno : 0;
}

/* Whoever was faster has removed it. */
int map_folder_remove_stale(const char *path)
{
	int dir, err;

	dir = map_folder_open(path, 0);
	if (dir < 0)
		return dir == -ENOENT ? 0 : dir;
	err = map_folder_remove(dir, path);
	close(dir);
	return err;
}

/* A new folder, locked. Nobody else touches it until it is marked. */
int map_folder_make(const char *path)
{
	int dir, err;

	if (mkdir(path, 0700))
		return -errno;
	dir = open_folder(path);
	err = dir < 0 ? -errno : lock(dir);
	if (!err)
		return dir;
	if (dir >= 0)
		close(dir);
	rmdir(path);
	return err;
}

/* Is there one beside this pin of the link? */
bool map_folder_belongs(const char *pin, __u32 link_id)
{
	char *path = map_folder_beside(pin);
	int dir = path ? open_folder(path) : -1;
	bool marked = dir >= 0 && mark_of(dir) == link_id;

	if (dir >= 0)
		close(dir);
	free(path);
	return marked;
}
