/* SPDX-License-Identifier: GPL-2.0 */
/* The network namespaces that can be found: those of processes, and those that
 * are mounted somewhere, as `ip netns add` does below /run/netns.
 */
#ifndef TCXCTL_NETNS_H
#define TCXCTL_NETNS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "json.h"

struct netns {
	dev_t dev;
	ino_t ino;
	bool own;		/* the one that tcxctl was started in */
	char **names;		/* where it is mounted */
	size_t n_names;
	pid_t *pids;		/* those in it, in the order of /proc */
	size_t n_pids;
};

struct netns_list {
	struct netns **all;	/* the own one first */
	size_t count;
	void *known;		/* tsearch(3)'s tree of the same */
	int own;		/* fd of the own one, to come back to */
};

/* Each returns 0 or a negative errno. */
int netns_find(struct netns_list *list);
int netns_enter(const struct netns *ns);	/* -ENOENT: it is gone */
int netns_return(const struct netns_list *list);
void netns_free(struct netns_list *list);

void netns_print(const struct netns *ns);	/* a line */
void netns_json(const struct netns *ns, json_t *object);	/* members */

#endif /* TCXCTL_NETNS_H */
