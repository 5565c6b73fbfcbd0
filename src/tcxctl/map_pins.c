// SPDX-License-Identifier: GPL-2.0
/*
 * Pins of maps: in a folder that the user names, which is the user's to remove,
 * or beside a pinned link, where they come and go with what the link has
 * attached: see map_folder.c.
 *
 * An update pins its maps in a folder within first, and moves them over the old
 * ones when the link has the new program. Interrupted at any point it leaves a
 * pin too many and none too few.
 */
#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <linux/magic.h>

#include <bpf/bpf.h>

#include "grace.h"
#include "json.h"
#include "map_folder.h"
#include "map_pins.h"
#include "maps.h"
#include "print.h"
#include "refuse.h"

/* Before the maps of a program are closed that a link had attached: packets that
 * are on their way through it must still find them filled.
 */
void maps_settle(const struct maps *maps)
{
	if (maps->count)
		grace_wait();
}

static char *join(const char *dir, const char *name)
{
	char *path;

	return asprintf(&path, "%s/%s", dir, name) < 0 ? NULL : path;
}

/* -ENOENT, -ENODEV if that is no bpffs, or another errno */
static int check_bpffs(const char *dir)
{
	struct statfs fs;

	if (statfs(dir, &fs))
		return -errno;
	return fs.f_type == BPF_FS_MAGIC ? 0 : -ENODEV;
}

static int refuse_pin(const char *path, int err)
{
	refuse_errno(err);
	if (err == -EEXIST)
		return refuse("%s is there already; remove it, or choose another path",
			      path);
	if (err == -EBUSY)
		return refuse("%s is locked: another tcxctl is changing what is pinned there; try again",
			      path);
	return refuse("the maps cannot be pinned at %s: %s", path,
		      strerror(-err));
}

/* Pins all of them in a folder. */
static int pin_maps(struct map_pins *pins, const char *dir)
{
	for (; pins->made < pins->maps->count; pins->made++) {
		const struct needed_map *map = &pins->maps->needed[pins->made];
		char *path = join(dir, map->pin);
		int err = path ? bpf_obj_pin(map->fd, path) : -ENOMEM;

		if (err)
			refuse_pin(path ? path : dir, err);
		free(path);
		if (err)
			return EXIT_REFUSED;
	}
	return EXIT_DONE;
}

static void unpin_maps(struct map_pins *pins, const char *dir)
{
	while (pins->made) {
		char *path = join(dir, pins->maps->needed[--pins->made].pin);

		if (path)
			unlink(path);
		free(path);
	}
}

static void start(struct map_pins *pins, const struct maps *maps, char *dir)
{
	memset(pins, 0, sizeof(*pins));
	pins->maps = maps;
	pins->dir = dir;
	pins->lock = -1;
}

/* Nothing is to be pinned, or it was all done. */
void map_pins_release(struct map_pins *pins)
{
	if (pins->lock >= 0)
		close(pins->lock);
	free(pins->stage);
	free(pins->dir);
	pins->lock = -1;
	pins->stage = NULL;
	pins->dir = NULL;
}

void map_pins_undo(struct map_pins *pins)
{
	if (!pins->dir)
		return;
	unpin_maps(pins, pins->stage ? pins->stage : pins->dir);
	if (pins->stage)
		rmdir(pins->stage);
	if (pins->fresh && pins->lock >= 0)
		map_folder_remove(pins->lock, pins->dir);
	else if (pins->fresh)
		rmdir(pins->dir);
	map_pins_release(pins);
}

/* A folder of the user's, which may be there already. */
static int make_folder(struct map_pins *pins)
{
	char *copy = strdup(pins->dir), *parent;
	const char *name = strrchr(pins->dir, '/');
	int err;

	if (!copy)
		return refuse("out of memory");
	parent = dirname(copy);
	err = check_bpffs(pins->dir);
	if (err == -ENOENT) {
		err = check_bpffs(parent);
		if (!err)
			err = mkdir(pins->dir, 0700) ? -errno : 0;
		pins->fresh = !err;
	}
	refuse_errno(err);
	if (err == -ENOENT)
		refuse("the maps cannot be pinned in %s: there is no %s; make it first",
		       pins->dir, parent);
	else if (err == -ENODEV)
		refuse("the maps cannot be pinned in %s, which is not in bpffs; give a folder below /sys/fs/bpf ('mount -t bpf -o mode=0700 none /sys/fs/bpf' if that is not mounted)",
		       pins->dir);
	else if (err == -EPERM && strchr(name ? name : pins->dir, '.'))
		refuse("the maps cannot be pinned in %s: bpffs takes no names with a dot; choose another",
		       pins->dir);
	else if (err)
		refuse("the maps cannot be pinned in %s: %s", pins->dir,
		       strerror(-err));
	free(copy);
	return err ? EXIT_REFUSED : EXIT_DONE;
}

/* In the folder that --pin-maps names */
int map_pins_in(struct map_pins *pins, const struct maps *maps,
		const char *folder)
{
	size_t len;
	int code;

	start(pins, maps, NULL);
	if (!maps->count)
		return EXIT_DONE;
	pins->dir = strdup(folder);
	if (!pins->dir)
		return refuse("out of memory");
	for (len = strlen(folder); len > 1 && folder[len - 1] == '/'; len--)
		pins->dir[len - 1] = '\0';
	code = make_folder(pins);
	if (!code)
		code = pin_maps(pins, pins->dir);
	if (code)
		map_pins_undo(pins);
	return code;
}

static int make_beside(struct map_pins *pins)
{
	int dir = map_folder_make(pins->dir);

	if (dir < 0)
		return dir;
	pins->lock = dir;
	pins->fresh = true;
	return 0;
}

/* Beside a link that is to be pinned */
int map_pins_beside(struct map_pins *pins, const struct maps *maps,
		    const char *pin)
{
	int err, code;

	start(pins, maps, NULL);
	if (!maps->count)
		return EXIT_DONE;
	pins->dir = map_folder_beside(pin);
	if (!pins->dir)
		return refuse("out of memory");
	err = map_folder_remove_stale(pins->dir);
	if (!err)
		err = make_beside(pins);
	code = err ? refuse_pin(pins->dir, err) : pin_maps(pins, pins->dir);
	if (code)
		map_pins_undo(pins);
	return code;
}

int map_pins_mark(struct map_pins *pins, __u32 link_id)
{
	int err = pins->lock < 0 ? 0 : map_folder_mark(pins->lock, link_id);

	return err ? refuse_pin(pins->dir, err) : EXIT_DONE;
}

/* Opens and locks the folder beside a link, and makes it if there is something
 * to be pinned. pins->dir is NULL if there is none and none is needed.
 */
static int open_beside(struct map_pins *pins, __u32 link_id)
{
	int err;

	err = map_folder_remove_stale(pins->dir);
	if (!err || err == -EEXIST)
		err = map_folder_open(pins->dir, link_id);
	if (err >= 0) {
		pins->lock = err;
		return 0;
	}
	if (err != -ENOENT && err != -EEXIST)
		return err;
	if (!pins->maps->count) {
		free(pins->dir);
		pins->dir = NULL;
		return 0;
	}
	if (err == -EEXIST)
		return err;
	err = make_beside(pins);
	return err ? err : map_folder_mark(pins->lock, link_id);
}

/* A folder in the folder: one that is there already is all that is left of an
 * update which was interrupted. What the link has now may be pinned there.
 */
static int make_stage(struct map_pins *pins)
{
	int i;

	for (i = 1; i < 1000; i++) {
		if (asprintf(&pins->stage, "%s/new-%d", pins->dir, i) < 0) {
			pins->stage = NULL;
			return -ENOMEM;
		}
		if (!mkdir(pins->stage, 0700))
			return 0;
		free(pins->stage);
		pins->stage = NULL;
		if (errno != EEXIST)
			return -errno;
	}
	return -EEXIST;
}

/* For an update of a link: they wait until map_pins_swap(). */
int map_pins_stage(struct map_pins *pins, const struct maps *maps,
		   const char *pin, __u32 link_id)
{
	int err, code;

	start(pins, maps, NULL);
	if (!pin)
		return EXIT_DONE;
	pins->dir = map_folder_beside(pin);
	if (!pins->dir)
		return refuse("out of memory");
	err = open_beside(pins, link_id);
	if (!err && maps->count)
		err = make_stage(pins);
	if (err)
		code = refuse_pin(pins->dir, err);
	else
		code = pins->stage ? pin_maps(pins, pins->stage) : EXIT_DONE;
	if (code)
		map_pins_undo(pins);
	return code;
}

/* Each name is there all the time. A pin that could not be moved stays where it
 * is, which serves as well.
 */
static int move_pins(struct map_pins *pins)
{
	int ret = 0;
	size_t i;

	for (i = 0; i < pins->maps->count; i++) {
		const char *name = pins->maps->needed[i].pin;
		char *from = join(pins->stage, name);
		char *to = join(pins->dir, name);

		if (!from || !to)
			ret = -ENOMEM;
		else if (rename(from, to))
			ret = -errno;
		free(from);
		free(to);
	}
	return ret;
}

/* The link has the new program: what the old one needed may go. */
int map_pins_swap(struct map_pins *pins)
{
	int err;

	if (!pins->dir)
		return 0;
	grace_wait();
	if (pins->stage) {
		err = move_pins(pins);
		if (!err)
			err = map_folder_clear(pins->lock, pins->maps);
		free(pins->stage);
		pins->stage = NULL;
		return err;
	}
	err = map_folder_remove(pins->lock, pins->dir);
	free(pins->dir);
	pins->dir = NULL;
	return err;
}

/* The link is detached: what is pinned beside its pin goes as well. */
int map_pins_drop(const char *pin, __u32 link_id)
{
	char *path = map_folder_beside(pin);
	int dir, err = 0;

	if (!path)
		return -ENOMEM;
	dir = map_folder_open(path, link_id);
	if (dir >= 0) {
		grace_wait();
		err = map_folder_remove(dir, path);
		close(dir);
	} else if (dir != -ENOENT && dir != -EEXIST) {
		err = dir;
	}
	free(path);
	return err;
}

struct search {
	__u32 link_id;
	char *pin;
};

static int found_pin(const struct tcx_link_pin *pin, void *ctx)
{
	struct search *search = ctx;
	bool best;

	if (pin->link_id != search->link_id)
		return 0;
	best = map_folder_belongs(pin->path, search->link_id);
	if (!best && search->pin)
		return 0;
	free(search->pin);
	search->pin = strdup(pin->path);
	return best || !search->pin;
}

/* The pin beside which a link has its maps, or may have: named is one of its
 * pins, or NULL. Returns NULL if it is not pinned, as far as one can see.
 */
char *map_pins_find(__u32 link_id, const char *named)
{
	struct search search = {
		.link_id = link_id,
		.pin = named ? strdup(named) : NULL,
	};

	if (!named || !map_folder_belongs(named, link_id))
		tcx_link_walk_pins(found_pin, &search);
	return search.pin;
}

void map_pins_print(const struct map_pins *pins)
{
	size_t i;

	if (!pins->dir)
		return;
	print(", maps pinned in ");
	print_name(pins->dir);
	print(":");
	for (i = 0; i < pins->maps->count; i++) {
		print(i ? ", " : " ");
		print_name(pins->maps->needed[i].pin);
	}
}

void map_pins_json(const struct map_pins *pins, json_t *object)
{
	json_t *list;
	size_t i;

	if (!pins->dir)
		return;
	list = json_array();
	for (i = 0; i < pins->maps->count; i++) {
		char *path = join(pins->dir, pins->maps->needed[i].pin);

		put_element(list, path ? text_json(path) : NULL);
		free(path);
	}
	put_member(object, "pinned_maps", list);
}

/* What was asked for is done, but pins that are needed no more are still there.
 * object is what is going to be printed, or NULL.
 */
void map_pins_problem(int err, json_t *object)
{
	char text[160];

	if (!err)
		return;
	snprintf(text, sizeof(text), "not all pins of maps that are needed no more could be removed: %s",
		 strerror(-err));
	if (object) {
		put_member(object, "problem", text_json(text));
		return;
	}
	complain("%s", text);
}
