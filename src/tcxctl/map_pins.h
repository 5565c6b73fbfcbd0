/* SPDX-License-Identifier: GPL-2.0 */
/* Where maps are pinned that need it. What takes maps does nothing if none of
 * them does. Functions that return an exit code have said what is wrong and have
 * left nothing behind; the others return a negative errno.
 */
#ifndef TCXCTL_MAP_PINS_H
#define TCXCTL_MAP_PINS_H

#include <stdbool.h>

#include "json.h"
#include "libtcx.h"
#include "maps.h"

struct map_pins {
	const struct maps *maps;
	char *dir;		/* the folder; NULL: nothing is pinned */
	char *stage;		/* a folder in it for an update, or NULL */
	bool fresh;		/* the folder was made for this */
	size_t made;		/* how many are pinned */
	int lock;		/* dir, if it is beside a link; or -1 */
};

int map_pins_in(struct map_pins *pins, const struct maps *maps,
		const char *folder);
int map_pins_beside(struct map_pins *pins, const struct maps *maps,
		    const char *pin);
int map_pins_mark(struct map_pins *pins, __u32 link_id);
int map_pins_stage(struct map_pins *pins, const struct maps *maps,
		   const char *pin, __u32 link_id);
int map_pins_swap(struct map_pins *pins);
int map_pins_drop(const char *pin, __u32 link_id);
void map_pins_undo(struct map_pins *pins);
void map_pins_release(struct map_pins *pins);
char *map_pins_find(__u32 link_id, const char *named);
void map_pins_print(const struct map_pins *pins);
void map_pins_json(const struct map_pins *pins, json_t *object);
void map_pins_problem(int err, json_t *object);
void maps_settle(const struct maps *maps);

#endif /* TCXCTL_MAP_PINS_H */
