// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>

#include "churn_load.h"

/* One line says what went wrong; 0 is fine, 255 nothing that has a line. */
#define cycle_must(cond, value) do {					\
	if (!(cond)) {							\
		fprintf(stderr, "# line %d: %d\n", __LINE__, (int)(value)); \
		return 1;						\
	}								\
} while (0)

int cycle_attach(struct exact *e, const int progs[][2], int map)
{
	int i, k, link;

	for (i = 0; i < 2; i++) {
		const struct point *p = &e->points[i];
		__u64 seen[2];

		link = sys_link_create(p->ifindex, p->type, progs[i][0], 0, 0,
				       0);
		cycle_must(link > 0, link);
		cycle_must(!point_attach(p, progs[i][1]), 0);
		for (k = 0; k < 2; k++)
			seen[k] = counter_read(map, (2 * i + k) * MARKS +
						    MARK_CYCLE);
		cycle_must(!exact_send(e, i, MARK_CYCLE, CYCLE_PACKETS), 0);
		cycle_must(!point_detach(p, progs[i][1]), 0);
		/* Every other one ends with its process. */
		if (i)
			close(link);
		for (k = 0; k < 2; k++) {
			int slot = (2 * i + k) * MARKS + MARK_CYCLE;

			cycle_must(counter_read(map, slot) ==
				   seen[k] + CYCLE_PACKETS,
				   counter_read(map, slot) - seen[k]);
		}
	}
	return 0;
}
