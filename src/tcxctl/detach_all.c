// SPDX-License-Identifier: GPL-2.0
/*
 * All that one owner has attached: the links that a process holds, or what is
 * pinned at a path or in a folder, links as well as programs.
 *
 * First it is found, then detached, one after the other: a failure in the middle
 * is told and keeps nothing else from being detached.
 */
#include <errno.h>
#include <ftw.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "bpffs.h"
#include "detach.h"
#include "detach_all.h"
#include "info.h"
#include "options.h"
#include "pin.h"
#include "refuse.h"

struct ids {
	__u32 *ids;
	size_t count;
};

struct all {
	struct ids links;
	struct ids programs;
	__u32 pid;		/* whose links, or 0 */
	size_t detached;
	size_t failed;
};

static int add(struct ids *ids, __u32 id)
{
	__u32 *larger;
	size_t i;

	for (i = 0; i < ids->count; i++)
		if (ids->ids[i] == id)
			return 0;
	larger = realloc(ids->ids, (ids->count + 1) * sizeof(*larger));
	if (!larger)
		return -ENOMEM;
	ids->ids = larger;
	larger[ids->count++] = id;
	return 0;
}

static int found_holder(const struct tcx_link_holder *holder, void *ctx)
{
	struct all *all = ctx;

	return holder->pid == all->pid ? add(&all->links, holder->link_id) : 0;
}

static int find_of_process(struct all *all, const char *pid)
{
	char path[64];
	int err;

	all->pid = strtoul(pid, NULL, 10);
	snprintf(path, sizeof(path), "/proc/%u/fd", all->pid);
	if (access(path, R_OK | X_OK)) {
		refuse_errno(errno);
		return errno == ENOENT ?
		       refuse("there is no process %s in this pid namespace", pid) :
		       refuse("process %s may not be looked into: %s; run this as root",
			      pid, strerror(errno));
	}
	err = tcx_link_walk_holders(found_holder, all);
	return err ? refuse("processes cannot be looked into: %s",
			    strerror(-err)) : EXIT_DONE;
}

/* nftw() hands on no argument. */
static struct all *finding;

static int found_pin(const char *path, const struct stat *st, int type,
		     struct FTW *ftw)
{
	TCX_OPTS(tcx_link_info, info);
	int fd, err = 0;

	(void)st;
	(void)ftw;
	fd = type == FTW_F ? bpf_obj_get(path) : -1;
	if (fd < 0)
		return 0;
	if (pin_kind_of(fd) == PIN_PROG)
		err = add(&finding->programs, prog_id_of(fd));
	else if (!tcx_link_info(fd, &info))
		err = add(&finding->links, info.id);
	close(fd);
	return err;
}

static int find_pinned(struct all *all, const char *path)
{
	struct stat st;

	if (stat(path, &st)) {
		refuse_errno(errno);
		return refuse("there is no %s; %s", path, bpffs_hint());
	}
	finding = all;
	if (nftw(path, found_pin, 16, FTW_PHYS))
		return refuse("%s cannot be looked through: %s", path,
			      strerror(errno));
	return EXIT_DONE;
}

static void failed(struct all *all, const char *what, __u32 id, int err)
{
	complain("%s id %u cannot be detached: %s", what, id, strerror(-err));
	all->failed++;
}

static void detach_link(struct all *all, __u32 id)
{
	TCX_OPTS(tcx_link_info, info);
	char name[IF_NAMESIZE];
	struct point point;
	bool here;
	int fd, err;

	fd = bpf_link_get_fd_by_id(id);
	if (fd < 0) {
		/* Gone since it was found: nothing is left to be done. */
		if (fd != -ENOENT)
			failed(all, "link", id, fd);
		return;
	}
	/* Links of other kinds are not ours, and defunct ones attach nothing. */
	if (!tcx_link_info(fd, &info) && info.ifindex) {
		here = !point_of_link(&point, &info, name);
		err = bpf_link_detach(fd);
		if (err) {
			failed(all, "link", id, err);
		} else {
			detach_report_link(&info, here ? &point : NULL);
			all->detached++;
		}
	}
	close(fd);
}

static void detach_at(struct all *all, const struct point *point, __u32 id)
{
	TCX_OPTS(tcx_detach_opts, opts);
	int fd = bpf_prog_get_fd_by_id(id), err;

	err = fd < 0 ? fd : tcx_prog_detach(point->ifindex, point->attach_type,
					    fd, &opts);
	if (fd >= 0)
		close(fd);
	if (err) {
		failed(all, "program", id, err);
		return;
	}
	detach_report_program(point, id);
	all->detached++;
}

/* Wherever the program is at this point; what a link has attached is the link's. */
static void detach_program_at(struct all *all, const struct point *point,
			      __u32 id)
{
	struct listing list;
	__u32 i;

	if (point_list(point, &list))
		return;
	for (i = 0; i < list.count; i++) {
		if (list.prog_ids[i] != id)
			continue;
		if (list.link_ids[i])
			detach_link(all, list.link_ids[i]);
		else
			detach_at(all, point, id);
	}
	listing_free(&list);
}

static void detach_programs(struct all *all)
{
	struct if_nameindex *devices = if_nameindex(), *d;
	size_t i;
	int type;

	for (d = devices; d && d->if_index && all->programs.count; d++) {
		struct point point = {
			.device = d->if_name, .ifindex = d->if_index,
		};

		for (type = 0; type < POINT_TYPES; type++) {
			point.attach_type = point_types[type].attach_type;
			for (i = 0; i < all->programs.count; i++)
				detach_program_at(all, &point,
						  all->programs.ids[i]);
		}
	}
	if (devices)
		if_freenameindex(devices);
}

static void detach_found(struct all *all)
{
	json_t *array = options.json ? json_array() : NULL;
	size_t i;

	detach_collect(array);
	for (i = 0; i < all->links.count; i++)
		detach_link(all, all->links.ids[i]);
	detach_programs(all);
	detach_collect(NULL);
	if (array && (all->detached || all->failed))
		print_json(array);
	else
		json_decref(array);
}

static bool is_number(const char *text)
{
	return *text && strspn(text, "0123456789") == strlen(text);
}

int detach_all_of(const char *whose)
{
	struct all all = {};
	int code;

	code = is_number(whose) ? find_of_process(&all, whose) :
				  find_pinned(&all, whose);
	if (!code)
		detach_found(&all);
	free(all.links.ids);
	free(all.programs.ids);
	if (code || all.failed)
		return EXIT_REFUSED;
	if (all.detached)
		return EXIT_DONE;
	refuse_errno(ENOENT);
	if (all.pid)
		return refuse("process %s holds no link that attaches anything with tcx; 'tcxctl show --all-netns' lists what is attached",
			      whose);
	return refuse("nothing that is pinned at %s is attached with tcx in this network namespace; 'tcxctl show --all-netns' lists what is",
		      whose);
}
