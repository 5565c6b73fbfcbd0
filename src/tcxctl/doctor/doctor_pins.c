// SPDX-License-Identifier: GPL-2.0
/* What is pinned in bpffs and should not be, or might not have to be. */
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "apply/owned.h"
#include "bpf_users.h"
#include "bpffs.h"
#include "doctor.h"
#include "map_folder.h"
#include "print.h"

/* One link may be pinned at several places: each is a pin. */
struct walk {
	struct doctor *doctor;
	const struct bpf_users *users;	/* NULL: it is about dead links */
};

/* What is pinned there by now; false: nothing of tcx */
static bool link_at(const char *path, struct tcx_link_info *info)
{
	TCX_OPTS(tcx_link_info, found);
	int fd = bpf_obj_get(path), err;

	if (fd < 0)
		return false;
	err = tcx_link_info(fd, &found);
	close(fd);
	*info = found;
	return !err;
}

static char *unpin(const char *path)
{
	return text_format("rm %s", path);
}

static int dead_pin(const struct tcx_link_pin *pin, void *ctx)
{
	const struct walk *walk = ctx;
	struct tcx_link_info info;

	if (!link_at(pin->path, &info) || info.ifindex)
		return 0;
	doctor_find(walk->doctor, FINDING_WARNING,
		    text_format("link id %u, pinned at %s, is defunct: its device is gone, or it was detached",
				info.id, pin->path),
		    text_format("it attaches nothing any more, but keeps its program and the program's maps in memory, and the module loaded"),
		    unpin(pin->path));
	return 0;
}

/* Where nothing is mounted there are no pins. */
static void walk_pins(struct doctor *doctor, tcx_link_pin_fn_t fn,
		      const struct bpf_users *users)
{
	struct walk walk = { .doctor = doctor, .users = users };
	int err = tcx_link_walk_pins(fn, &walk);

	if (err < 0)
		doctor_blind(doctor, "the mounted bpffs", err);
	else if (bpffs_hidden())
		doctor_find(doctor, FINDING_UNKNOWN,
			    text_format("no bpffs is mounted at " BPFFS " in this mount namespace"),
			    text_format("pins that are in it elsewhere, as on the host of a container, are not seen from here"),
			    text_format("where none is mounted at all: mount -t bpf -o mode=0700 none " BPFFS "; else run 'tcxctl doctor %s' on the host, or where ip netns exec was used, with nsenter --net=/run/netns/NAME",
					doctor->check));
}

void doctor_dead_pins(struct doctor *doctor)
{
	walk_pins(doctor, dead_pin, NULL);
}

/* Whether a process has a map of the program open; a program that cannot be asked
 * may have such.
 */
static bool maps_are_used(const struct bpf_users *users, __u32 prog_id)
{
	int fd = bpf_prog_get_fd_by_id(prog_id);
	struct bpf_prog_info info = {};
	__u32 size = sizeof(info), ids[256], i;
	bool used;

	info.nr_map_ids = 256;
	info.map_ids = (unsigned long)ids;
	used = fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &size) ||
	       info.nr_map_ids > 256;
	if (fd >= 0)
		close(fd);
	for (i = 0; !used && i < info.nr_map_ids; i++)
		used = bpf_users_has(users, BPF_KIND_MAP, ids[i]);
	return used;
}

/* What 'tcxctl apply' has pinned is declared, and meant to stay. */
static int ownerless_pin(const struct tcx_link_pin *pin, void *ctx)
{
	const struct walk *walk = ctx;
	struct tcx_link_info info;

	if (!link_at(pin->path, &info) || !info.ifindex ||
	    owned_is_marked(pin->path) ||
	    bpf_users_has(walk->users, BPF_KIND_LINK, info.id) ||
	    bpf_users_has(walk->users, BPF_KIND_PROG, info.prog_id) ||
	    maps_are_used(walk->users, info.prog_id))
		return 0;
	doctor_find(walk->doctor, FINDING_NOTE,
		    text_format("link id %u, pinned at %s, attaches program id %u, and no process has the link, the program or its maps open",
				info.id, pin->path, info.prog_id),
		    text_format("that is how it should be if it was pinned to stay ('tcxctl attach --link --pin'); an agent that is gone may have left it behind as well: packets pass it until the pin is removed"),
		    text_format("nothing, if it is meant to stay; else tcxctl detach pinned %s && rm %s",
				pin->path, pin->path));
	return 0;
}

void doctor_ownerless_pins(struct doctor *doctor)
{
	struct bpf_users users;
	int err = bpf_users_find(&users);

	if (err)
		doctor_blind(doctor, "/proc", err);
	else
		walk_pins(doctor, ownerless_pin, &users);
	bpf_users_free(&users);
}

/* nftw() hands on no argument. */
static struct doctor *asking;

/* A folder of maps is marked with the id of the link that they are for. */
static int look_at_mark(const char *path, const struct stat *st, int type,
			struct FTW *ftw)
{
	char id[16], *folder;
	struct stat of;
	ssize_t n;
	int fd;

	(void)st;
	if (type != FTW_SL || strcmp(path + ftw->base, MAP_FOLDER_MARK))
		return 0;
	n = readlink(path, id, sizeof(id) - 1);
	folder = strndup(path, ftw->base - 1);
	/* A stranger's says nothing, and may be called like a command. */
	if (n > 0 && folder && !lstat(folder, &of) && of.st_uid == geteuid()) {
		id[n] = '\0';
		fd = bpf_link_get_fd_by_id(strtoul(id, NULL, 10));
		if (fd >= 0)
			close(fd);
		if (fd == -ENOENT)
			doctor_find(asking, FINDING_WARNING,
				    text_format("the folder %s has maps for link id %s, and there is no such link any more",
						folder, id),
				    text_format("the maps stay in memory, and no program of that link uses them"),
				    text_format("rm -r %s", folder));
	}
	free(folder);
	return 0;
}

void doctor_map_pins(struct doctor *doctor)
{
	asking = doctor;
	if (bpffs_at(BPFFS) && nftw(BPFFS, look_at_mark, 16, FTW_PHYS))
		doctor_blind(doctor, BPFFS, -errno);
}
