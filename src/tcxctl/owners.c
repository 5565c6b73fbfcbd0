// SPDX-License-Identifier: GPL-2.0
/*
 * Who keeps a link alive: pins and processes. One walk over all of them serves
 * all links that are asked about.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bpffs.h"
#include "json.h"
#include "names.h"
#include "owners.h"
#include "print.h"
#include "process.h"

static int by_id(const void *a, const void *b)
{
	const struct owner *x = a, *y = b;

	return x->link_id < y->link_id ? -1 : x->link_id > y->link_id;
}

static struct owner *find(const struct owners *owners, __u32 link_id)
{
	struct owner key = { .link_id = link_id };

	return owners->count ? bsearch(&key, owners->links, owners->count,
				       sizeof(key), by_id) : NULL;
}

const struct owner *owners_of(const struct owners *owners, __u32 link_id)
{
	return find(owners, link_id);
}

int owners_add(struct owners *owners, __u32 link_id)
{
	struct owner *links;

	links = realloc(owners->links, (owners->count + 1) * sizeof(*links));
	if (!links)
		return -ENOMEM;
	owners->links = links;
	memset(&links[owners->count], 0, sizeof(*links));
	links[owners->count++].link_id = link_id;
	return 0;
}

static int found_holder(const struct tcx_link_holder *found, void *ctx)
{
	struct owner *owner = find(ctx, found->link_id);
	static __u32 own_pid;
	struct holder *holders;

	if (!own_pid)
		own_pid = getpid();
	if (!owner || found->pid == own_pid)
		return 0;
	/* One process after the other, each with all its fds. */
	if (owner->n_holders &&
	    owner->holders[owner->n_holders - 1].pid == found->pid)
		return 0;
	holders = realloc(owner->holders,
			  (owner->n_holders + 1) * sizeof(*holders));
	if (!holders)
		return -ENOMEM;
	owner->holders = holders;
	holders += owner->n_holders++;
	holders->pid = found->pid;
	snprintf(holders->command, sizeof(holders->command), "%s",
		 found->command);
	return 0;
}

static int found_pin(const struct tcx_link_pin *found, void *ctx)
{
	struct owner *owner = find(ctx, found->link_id);
	char **pins;

	if (!owner)
		return 0;
	pins = realloc(owner->pins, (owner->n_pins + 1) * sizeof(*pins));
	if (!pins)
		return -ENOMEM;
	owner->pins = pins;
	pins[owner->n_pins] = strdup(found->path);
	if (!pins[owner->n_pins])
		return -ENOMEM;
	owner->n_pins++;
	return 0;
}

void owners_sort(struct owners *owners)
{
	if (owners->count)
		qsort(owners->links, owners->count, sizeof(*owners->links),
		      by_id);
}

/* Where this fails less is known, and nothing wrong. */
void owners_find(struct owners *owners)
{
	if (!owners->count)
		return;
	owners_sort(owners);
	tcx_link_walk_pins(found_pin, owners);
	tcx_link_walk_holders(found_holder, owners);
}

void owners_free(struct owners *owners)
{
	size_t i, j;

	for (i = 0; i < owners->count; i++) {
		for (j = 0; j < owners->links[i].n_pins; j++)
			free(owners->links[i].pins[j]);
		free(owners->links[i].pins);
		free(owners->links[i].holders);
	}
	free(owners->links);
	memset(owners, 0, sizeof(*owners));
}

/* A line for the pins, a line for the processes, each only if there is one. */
void owner_print(const struct owner *owner, const char *indent)
{
	struct names line;
	size_t i;

	names_begin(&line, indent, "pinned");
	for (i = 0; i < owner->n_pins; i++)
		names_add(&line, owner->pins[i]);
	names_end(&line);
	names_begin(&line, indent, "held by");
	for (i = 0; i < owner->n_holders; i++)
		names_add_process(&line, owner->holders[i].pid,
				  owner->holders[i].command);
	names_end(&line);
	if (!owner->n_pins && !owner->n_holders)
		print("%snobody to be seen from here owns the link%s\n",
		      indent, bpffs_at(BPFFS) ? "" :
		      " (no bpffs is mounted at " BPFFS " here)");
}

json_t *owner_json(const struct owner *owner)
{
	json_t *pinned = json_array(), *held = json_array();
	size_t i;

	for (i = 0; i < owner->n_pins; i++)
		put_element(pinned, text_json(owner->pins[i]));
	for (i = 0; i < owner->n_holders; i++)
		put_element(held, process_json(owner->holders[i].pid,
					       owner->holders[i].command));
	return json_pack("{s:I, s:o, s:o}", "id", (json_int_t)owner->link_id,
			 "pinned", pinned, "held_by", held);
}
