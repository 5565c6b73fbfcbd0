// SPDX-License-Identifier: GPL-2.0
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "bpffs.h"
#include "map_pins.h"
#include "owned.h"
#include "refuse.h"

#define MARK "=source"

/* The inode of a network namespace is its number as long as it exists; links of
 * one that is gone are defunct, and are replaced.
 */
static int folder_name(char *text, size_t size)
{
	struct stat st;

	if (stat("/proc/self/ns/net", &st))
		return -errno;
	snprintf(text, size, BPFFS "/tcxctl-%llu", (unsigned long long)st.st_ino);
	return 0;
}

/* A second pin is needed while another link takes the first one's place. */
char *owned_path(const struct declared *what, const struct point *point)
{
	char folder[64], *path;

	if (folder_name(folder, sizeof(folder)) ||
	    asprintf(&path, "%s/%s:%d:%s", folder, what->name, point->ifindex,
		     point_direction(point)) < 0)
		return NULL;
	if (access(path, F_OK))
		return path;
	free(path);
	return asprintf(&path, "%s/%s:%d:%s:2", folder, what->name,
			point->ifindex, point_direction(point)) < 0 ?
	       NULL : path;
}

static bool parse(const char *name, struct owned *owned)
{
	char direction[16];
	int end = 0, i;

	if (sscanf(name, "%64[^:]:%d:%15[a-z]%n", owned->name,
		   &owned->point.ifindex, direction, &end) != 3 ||
	    (name[end] && strcmp(name + end, ":2")))
		return false;
	for (i = 0; i < POINT_TYPES; i++)
		if (!strcmp(direction, point_types[i].name))
			break;
	if (i == POINT_TYPES)
		return false;
	owned->point.attach_type = point_types[i].attach_type;
	return true;
}

static void read_mark(struct owned *owned)
{
	char path[PATH_MAX], text[PATH_MAX];
	json_int_t id = 0;
	json_t *mark;
	ssize_t n;

	snprintf(path, sizeof(path), "%s" MARK, owned->path);
	n = readlink(path, text, sizeof(text));
	mark = n > 0 ? json_loadb(text, n, 0, NULL) : NULL;
	if (mark && !json_unpack(mark, "{s:I, s:O}", "id", &id, "source",
				 &owned->source) && id != owned->info.prog_id) {
		json_decref(owned->source);
		owned->source = NULL;
	}
	json_decref(mark);
}

bool owned_is_marked(const char *path)
{
	char mark[PATH_MAX], text[1];

	snprintf(mark, sizeof(mark), "%s" MARK, path);
	return readlink(mark, text, sizeof(text)) > 0;
}

int owned_mark(const char *path, const json_t *source, __u32 prog_id)
{
	char name[PATH_MAX], next[PATH_MAX];
	json_t *mark = json_pack("{s:I, s:O}", "id", (json_int_t)prog_id,
				 "source", source);
	char *text = mark ? json_dumps(mark, JSON_COMPACT) : NULL;
	int err = text ? 0 : -ENOMEM;

	snprintf(name, sizeof(name), "%s" MARK, path);
	snprintf(next, sizeof(next), "%s" MARK "-new", path);
	unlink(next);
	if (!err && (symlink(text, next) || rename(next, name)))
		err = -errno;
	free(text);
	json_decref(mark);
	return err;
}

int owned_remove(const char *path, __u32 link_id)
{
	char mark[PATH_MAX];
	int fd = bpf_obj_get(path), err;

	if (fd < 0 && fd != -ENOENT)
		return fd;
	/* Whoever else holds it: it is not declared any more. */
	if (fd >= 0)
		bpf_link_detach(fd);
	err = map_pins_drop(path, link_id);
	snprintf(mark, sizeof(mark), "%s" MARK, path);
	unlink(mark);
	if (unlink(path) && errno != ENOENT)
		err = -errno;
	if (fd >= 0)
		close(fd);
	return err;
}

/* What is pinned there; nothing stays open, since there may be more than a process
 * may open.
 */
static int ask(struct owned *owned)
{
	TCX_OPTS(tcx_link_info, info);
	int fd = bpf_obj_get(owned->path), err;

	if (fd < 0)
		return fd;
	err = tcx_link_info(fd, &info);
	close(fd);
	owned->info = info;
	return err;
}

/* Says nothing of what is pinned, unlike other failures. */
static bool is_shortage(int err)
{
	return err == -EMFILE || err == -ENFILE || err == -ENOMEM;
}

static int add(struct owned_list *list, const char *folder, const char *name)
{
	struct owned *owned, found = {};
	int err;

	if (!parse(name, &found))
		return 0;
	owned = realloc(list->all, (list->count + 1) * sizeof(*owned));
	if (!owned)
		return -ENOMEM;
	list->all = owned;
	if (asprintf(&found.path, "%s/%s", folder, name) < 0)
		return -ENOMEM;
	err = ask(&found);
	if (err) {
		free(found.path);
		/* Else it is no link of tcx: not ours, whatever its name. */
		return is_shortage(err) ? err : 0;
	}
	read_mark(&found);
	owned[list->count++] = found;
	return 0;
}

/* In a bpffs that is open to all, anybody can make a folder of that name, or a
 * symlink, and change later what is in it.
 */
static int is_ours(int fd, const char *folder)
{
	struct stat st;

	if (fstat(fd, &st)) {
		refuse_errno(errno);
		return refuse("%s cannot be looked at: %s", folder,
			      strerror(errno));
	}
	if (st.st_uid == geteuid() && !(st.st_mode & 022))
		return EXIT_DONE;
	refuse_errno(EPERM);
	return refuse("%s belongs to user %u, or others may write to it: what is pinned there cannot be relied on; remove it, and have bpffs mounted with mode=0700",
		      folder, st.st_uid);
}

static int open_folder(struct owned_list *list, const char *folder, bool make)
{
	int code;

	if (!bpffs_at(BPFFS)) {
		refuse_errno(ENOENT);
		return refuse("%s: %s", make ? "links cannot be pinned" :
			      "what apply has pinned cannot be looked at",
			      bpffs_hint());
	}
	if (make && mkdir(folder, 0700) && errno != EEXIST) {
		refuse_errno(errno);
		return refuse("%s cannot be made: %s; run this as root",
			      folder, strerror(errno));
	}
	list->lock = open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW |
			  O_CLOEXEC);
	if (list->lock < 0 && (make || errno != ENOENT)) {
		refuse_errno(errno);
		return refuse("%s cannot be opened: %s; run this as root",
			      folder, strerror(errno));
	}
	if (list->lock < 0)
		return EXIT_DONE;
	code = is_ours(list->lock, folder);
	if (code)
		return code;
	if (flock(list->lock, make ? LOCK_EX : LOCK_SH)) {
		refuse_errno(errno);
		return refuse("%s cannot be locked: %s", folder,
			      strerror(errno));
	}
	return EXIT_DONE;
}

int owned_read(struct owned_list *list, bool make)
{
	struct dirent *entry;
	char folder[64];
	int code, err;
	DIR *dir;

	memset(list, 0, sizeof(*list));
	list->lock = -1;
	err = folder_name(folder, sizeof(folder));
	if (err) {
		refuse_errno(err);
		return refuse("the network namespace cannot be told: /proc/self/ns/net: %s; mount /proc",
			      strerror(-err));
	}
	code = open_folder(list, folder, make);
	if (code || list->lock < 0)
		goto out;
	dir = opendir(folder);
	err = dir ? 0 : -errno;
	while (!err && (entry = readdir(dir)))
		err = add(list, folder, entry->d_name);
	if (dir)
		closedir(dir);
	if (err) {
		refuse_errno(err);
		code = refuse("%s cannot be read: %s", folder, strerror(-err));
	}
out:
	if (code)
		owned_free(list);
	return code;
}

void owned_free(struct owned_list *list)
{
	size_t i;

	for (i = 0; i < list->count; i++) {
		free(list->all[i].path);
		json_decref(list->all[i].source);
	}
	free(list->all);
	if (list->lock >= 0)
		close(list->lock);
	memset(list, 0, sizeof(*list));
	list->lock = -1;
}
