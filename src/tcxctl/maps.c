// SPDX-License-Identifier: GPL-2.0
/*
 * Maps that live by user space.
 *
 * The kernel counts who refers to a map: programs, other maps, fds and pins. It
 * also counts the last two apart, and when there are none any more it calls the
 * map's map_release_uref(), though programs go on using the map:
 *
 *	prog array			all its programs are taken out, so that
 *					tail calls fall through
 *	hash, lru hash and array,	the timers, work queues and task works in
 *	whose values hold a struct	its values are cancelled, and cannot be
 *	bpf_timer, bpf_wq (6.10) or	initialised again: -EPERM
 *	bpf_task_work (6.18)
 *	sockmap, sockhash		parser and verdict programs are detached;
 *					somebody else attached them, to a map he
 *					has an fd of, so that is his business
 *
 * No other map has such a function, in 5.10 to 6.12. What else is in a map, its
 * values, sockets, devices, kptrs and inner maps, lives for as long as the map.
 * An inner map is referred to by the outer one, which does not count as user
 * space: it needs a pin or an fd of its own. A prog array cannot be an inner
 * map.
 *
 * A map that the chosen program does not reach does not matter. What it reaches
 * is asked of the kernel, after libbpf has filled the maps: a program has the
 * ids of its maps, prog arrays those of their programs, outer maps those of
 * their inner ones. All of them are the object's own. What is another's, in a
 * map that was pinned before, is held by whoever put it there.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "info.h"
#include "libtcx.h"
#include "maps.h"

/* The kernel accepts no BTF whose types are nested deeper than 32. */
#define MAX_DEPTH 64

/* A program or a map of the object */
struct node {
	__u32 id;
	bool reached;
	bool asked;
	const struct bpf_program *prog;	/* one of the two */
	const struct bpf_map *map;
};

struct graph {
	struct node *nodes;
	size_t count;
};

static __u32 map_id_of(int fd)
{
	struct bpf_map_info info = {};
	__u32 size = sizeof(info);

	return bpf_obj_get_info_by_fd(fd, &info, &size) ? 0 : info.id;
}

/* What was not loaded has no fd. */
static int graph_make(struct graph *graph, struct bpf_object *obj)
{
	struct bpf_program *prog;
	struct bpf_map *map;
	size_t n = 0;

	bpf_object__for_each_program(prog, obj)
		n++;
	bpf_object__for_each_map(map, obj)
		n++;
	graph->count = 0;
	graph->nodes = calloc(n, sizeof(*graph->nodes));
	if (!graph->nodes)
		return -ENOMEM;
	bpf_object__for_each_program(prog, obj)
		if (bpf_program__fd(prog) >= 0)
			graph->nodes[graph->count++] = (struct node) {
				.id = prog_id_of(bpf_program__fd(prog)),
				.prog = prog,
			};
	bpf_object__for_each_map(map, obj)
		if (bpf_map__fd(map) >= 0)
			graph->nodes[graph->count++] = (struct node) {
				.id = map_id_of(bpf_map__fd(map)),
				.map = map,
			};
	return 0;
}

static void reach(struct graph *graph, bool prog, __u32 id)
{
	size_t i;

	for (i = 0; i < graph->count; i++)
		if (graph->nodes[i].id == id && !graph->nodes[i].prog == !prog)
			graph->nodes[i].reached = true;
}

static int ask_prog(struct graph *graph, int fd)
{
	struct bpf_prog_info info = {};
	__u32 size = sizeof(info), n, i, *ids;
	int err;

	err = bpf_obj_get_info_by_fd(fd, &info, &size);
	if (err || !info.nr_map_ids)
		return err;
	n = info.nr_map_ids;
	ids = calloc(n, sizeof(*ids));
	if (!ids)
		return -ENOMEM;
	memset(&info, 0, sizeof(info));
	info.nr_map_ids = n;
	info.map_ids = (uintptr_t)ids;
	size = sizeof(info);
	err = bpf_obj_get_info_by_fd(fd, &info, &size);
	for (i = 0; !err && i < n; i++)
		reach(graph, false, ids[i]);
	free(ids);
	return err;
}

/* To user space, a map of programs or maps holds their ids. */
static int ask_map(struct graph *graph, const struct bpf_map *map)
{
	bool progs = bpf_map__type(map) == BPF_MAP_TYPE_PROG_ARRAY;
	int fd = bpf_map__fd(map), err;
	__u32 id;
	void *key;

	if (!progs && bpf_map__type(map) != BPF_MAP_TYPE_ARRAY_OF_MAPS &&
	    bpf_map__type(map) != BPF_MAP_TYPE_HASH_OF_MAPS)
		return 0;
	key = malloc(bpf_map__key_size(map));
	if (!key)
		return -ENOMEM;
	err = bpf_map_get_next_key(fd, NULL, key);
	while (!err) {
		err = bpf_map_lookup_elem(fd, key, &id);
		if (!err)
			reach(graph, progs, id);
		else if (err != -ENOENT)	/* which is an empty place */
			break;
		err = bpf_map_get_next_key(fd, key, key);
	}
	free(key);
	return err == -ENOENT ? 0 : err;
}

/* One round; *more if it reached anything that is still to be asked. */
static int ask(struct graph *graph, bool *more)
{
	size_t i;
	int err;

	*more = false;
	for (i = 0; i < graph->count; i++) {
		struct node *node = &graph->nodes[i];

		if (!node->reached || node->asked)
			continue;
		node->asked = true;
		*more = true;
		err = node->prog ? ask_prog(graph, bpf_program__fd(node->prog)) :
				   ask_map(graph, node->map);
		if (err)
			return err;
	}
	return 0;
}

/* A map that may not be read hides what it leads to: then anything may be. */
static void walk(struct graph *graph)
{
	bool more = true;
	size_t i;

	while (more) {
		if (!ask(graph, &more))
			continue;
		for (i = 0; i < graph->count; i++)
			graph->nodes[i].reached = true;
		return;
	}
}

/* The name of what a type holds that the kernel cancels, or NULL. Each type is
 * looked at once.
 */
static const char *held_by_type(const struct btf *btf, __u32 id, bool *seen,
				int depth)
{
	static const char * const held[] = {
		"bpf_timer", "bpf_wq", "bpf_task_work",
	};
	const struct btf_type *t;
	const char *found = NULL;
	int type, i;

	type = btf__resolve_type(btf, id);
	if (type <= 0 || seen[type] || depth > MAX_DEPTH)
		return NULL;
	seen[type] = true;
	t = btf__type_by_id(btf, type);
	if (btf_is_array(t))
		return held_by_type(btf, btf_array(t)->type, seen, depth + 1);
	if (btf_is_datasec(t)) {
		for (i = 0; !found && i < btf_vlen(t); i++)
			found = held_by_type(btf, btf_var_secinfos(t)[i].type,
					     seen, depth + 1);
		return found;
	}
	if (!btf_is_composite(t))
		return NULL;
	for (i = 0; i < (int)(sizeof(held) / sizeof(held[0])); i++)
		if (!strcmp(btf__name_by_offset(btf, t->name_off), held[i]))
			return held[i];
	for (i = 0; !found && i < btf_vlen(t); i++)
		found = held_by_type(btf, btf_members(t)[i].type, seen,
				     depth + 1);
	return found;
}

/* Sets *kind to what makes a map need user space, or to NULL. */
static int need(const struct bpf_map *map, struct bpf_object *obj,
		const char **kind)
{
	const struct btf *btf = bpf_object__btf(obj);
	__u32 value = bpf_map__btf_value_type_id(map);
	bool *seen;

	*kind = NULL;
	if (bpf_map__is_pinned(map))	/* libbpf did: it is held already */
		return 0;
	if (bpf_map__type(map) == BPF_MAP_TYPE_PROG_ARRAY) {
		*kind = "prog_array";
		return 0;
	}
	if (!btf || !value)
		return 0;
	seen = calloc(btf__type_cnt(btf), sizeof(*seen));
	if (!seen)
		return -ENOMEM;
	*kind = held_by_type(btf, value, seen, 0);
	free(seen);
	return 0;
}

/* bpffs takes no dots, which maps of global variables have in their names. */
static char *pin_name(const char *map)
{
	char *name = strdup(map), *c;

	for (c = name; c && *c; c++)
		if (*c == '.' || *c == '/')
			*c = '_';
	return name;
}

static int add(struct maps *maps, const struct bpf_map *map, const char *kind)
{
	struct needed_map *needed;

	needed = realloc(maps->needed, (maps->count + 1) * sizeof(*needed));
	if (!needed)
		return -ENOMEM;
	maps->needed = needed;
	needed += maps->count;
	needed->name = bpf_map__name(map);
	needed->kind = kind;
	needed->fd = bpf_map__fd(map);
	needed->pin = pin_name(needed->name);
	if (!needed->pin)
		return -ENOMEM;
	maps->count++;
	return 0;
}

int maps_find(struct maps *maps, struct bpf_object *obj, int prog_fd)
{
	struct graph graph;
	const char *kind;
	size_t i;
	int err;

	err = graph_make(&graph, obj);
	if (err)
		return err;
	reach(&graph, true, prog_id_of(prog_fd));
	walk(&graph);
	for (i = 0; !err && i < graph.count; i++) {
		if (!graph.nodes[i].map || !graph.nodes[i].reached)
			continue;
		err = need(graph.nodes[i].map, obj, &kind);
		if (!err && kind)
			err = add(maps, graph.nodes[i].map, kind);
	}
	free(graph.nodes);
	if (err)
		maps_close(maps);
	else
		maps->obj = obj;
	return err;
}

/* Without user space's last reference: see above. */
void maps_close(struct maps *maps)
{
	size_t i;

	for (i = 0; i < maps->count; i++)
		free(maps->needed[i].pin);
	free(maps->needed);
	bpf_object__close(maps->obj);
	memset(maps, 0, sizeof(*maps));
}

/* "map a (prog_array)", "maps a (prog_array), b (bpf_timer)" */
char *maps_text(const struct maps *maps)
{
	char *text = NULL;
	size_t size, i;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		return NULL;
	fprintf(f, "%s", maps->count == 1 ? "map " : "maps ");
	for (i = 0; i < maps->count; i++)
		fprintf(f, "%s%s (%s)", i ? ", " : "", maps->needed[i].name,
			maps->needed[i].kind);
	fclose(f);
	return text;
}
