/* SPDX-License-Identifier: GPL-2.0 */
/* The folder beside a pinned link. dir is its fd, locked. Functions return 0, an
 * fd or true, or a negative errno.
 */
#ifndef TCXCTL_MAP_FOLDER_H
#define TCXCTL_MAP_FOLDER_H

#include <stdbool.h>

#include "libtcx.h"
#include "maps.h"

/* The symlink that tells which link a folder is for. No map has a name with a
 * hyphen.
 */
#define MAP_FOLDER_MARK	"link-id"

char *map_folder_beside(const char *pin);
bool map_folder_belongs(const char *pin, __u32 link_id);
int map_folder_make(const char *path);
int map_folder_mark(int dir, __u32 link_id);
int map_folder_open(const char *path, __u32 link_id);
int map_folder_clear(int dir, const struct maps *keep);
int map_folder_remove(int dir, const char *path);
int map_folder_remove_stale(const char *path);

#endif /* TCXCTL_MAP_FOLDER_H */
