// SPDX-License-Identifier: GPL-2.0
/* Links: made, updated, closed, pinned, looked at, and their owner killed. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "churn_worker.h"

static void pin_path(const struct worker *w, const struct slot *slot,
		     char *path, size_t size)
{
	snprintf(path, size, BPFFS "/%d-%d", w->number,
		 (int)(slot - w->slots));
}

static int create_somewhere(struct worker *w, int prog)
{
	struct point p = some_point(w);
	__u32 relative, flags = some_place(w, &relative);

	return sys_link_create(p.ifindex, p.type, w->progs[prog], flags,
			       relative, 0);
}

void slot_take(struct slot *slot, int fd, int prog)
{
	*slot = (struct slot){ .fd = fd, .id = link_id(fd), .prog = prog };
}

void do_create(struct worker *w)
{
	struct slot *slot = some_slot(w, false);
	int prog = below(w, PROGS), fd;

	if (!slot)
		return;
	fd = create_somewhere(w, prog);
	/* EAGAIN: the link named was just being made. */
	answer(fd, ENODEV, EEXIST, ENOENT, EAGAIN);
	if (fd >= 0)
		slot_take(slot, fd, prog);
}

void do_update(struct worker *w)
{
	struct slot *slot = some_slot(w, true);
	int prog = below(w, PROGS), old, ret;
	struct tcx_link_info info;

	if (!slot)
		return;
	switch (below(w, 3)) {
	case 0:
		ret = tcx_link_update(slot->fd, w->progs[prog]);
		break;
	case 1:
		ret = tcx_link_update_flags(slot->fd, w->progs[prog],
					    BPF_F_REPLACE,
					    w->progs[slot->prog]);
		break;
	default:
		old = (slot->prog + 1) % PROGS;
		ret = tcx_link_update_flags(slot->fd, w->progs[prog],
					    BPF_F_REPLACE, w->progs[old]);
		must(ret == -EPERM || ret == -ENOLINK, ret);
		break;
	}
	answer(ret, EEXIST, ENOLINK, EPERM);
	must(!slot->detached || ret == -ENOLINK, ret);
	if (!ret)
		slot->prog = prog;
	info = tcx_link_info(slot->fd);
	must(info.prog_id == w->tale->prog_ids[slot->prog], info.prog_id);
}

void do_detach(struct worker *w)
{
	struct slot *slot = some_slot(w, true);

	if (!slot)
		return;
	answer(tcx_link_detach(slot->fd), 0);
	slot->detached = true;
	must(!tcx_link_info(slot->fd).ifindex, 0);
}

/* Pinned ones are fetched again, like by a successor of their owner. */
void do_close(struct worker *w)
{
	struct slot *slot = some_slot(w, true);
	char path[64];
	int fd;

	if (!slot)
		return;
	close(slot->fd);
	w->tale->done[w->op]++;
	slot->fd = -1;
	if (!slot->pinned)
		return;
	pin_path(w, slot, path, sizeof(path));
	fd = obj_get(path);
	must(fd >= 0, fd);
	must(link_id(fd) == (int)slot->id, link_id(fd));
	slot->fd = fd;
}

void do_pin(struct worker *w)
{
	struct slot *slot = some_slot(w, true);
	char path[64];

	if (!slot || slot->pinned)
		return;
	pin_path(w, slot, path, sizeof(path));
	answer(obj_pin(slot->fd, path), 0);
	slot->pinned = true;
}

/* Closed first: then it is the pin's end that is the link's. */
void slot_unpin(struct worker *w, struct slot *slot)
{
	char path[64];

	pin_path(w, slot, path, sizeof(path));
	close(slot->fd);
	slot->fd = -1;
	slot->pinned = false;
	must(!unlink(path), -errno);
}

void do_unpin(struct worker *w)
{
	struct slot *slot = some_slot(w, true);

	if (!slot || !slot->pinned)
		return;
	slot_unpin(w, slot);
	w->tale->done[w->op]++;
}

void do_look(struct worker *w)
{
	struct slot *slot = some_slot(w, true);
	struct tcx_link_info info;
	char text[512] = "";
	char path[64];
	int fd;

	if (!slot)
		return;
	info = tcx_link_info(slot->fd);
	must(info.type == BPF_LINK_TYPE_TCX, info.type);
	must(info.id == slot->id, info.id);
	must(info.prog_id == w->tale->prog_ids[slot->prog], info.prog_id);
	must(!slot->detached || !info.ifindex, info.ifindex);
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", slot->fd);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	must(fd >= 0 && read(fd, text, sizeof(text) - 1) > 0, -errno);
	close(fd);
	must(strstr(text, "link_type:\ttcx\n"), 0);

	/* Anybody's, which may be gone in between. */
	fd = tcx_link_by_id(slot->id + below(w, 10));
	answer(fd, ENOENT, EAGAIN);
	if (fd >= 0)
		close(fd);
}

/* Somebody else, with links of his own until he is killed, whatever he is
 * doing then.
 */
static void owner(struct worker *w)
{
	int fds[2] = { -1, -1 }, i;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	w->seed += 7919;
	for (i = 0; i < SLOTS; i++)
		close(w->slots[i].fd);
	for (;;) {
		i = below(w, 2);
		if (fds[i] < 0) {
			fds[i] = create_somewhere(w, below(w, PROGS));
		} else if (chance(w, 60)) {
			tcx_link_update(fds[i], w->progs[below(w, PROGS)]);
		} else if (chance(w, 50)) {
			close(fds[i]);
			fds[i] = -1;
		} else {
			usleep(below(w, 20000));
		}
	}
}

void owner_kill(struct worker *w)
{
	if (!w->owner)
		return;
	kill(w->owner, SIGKILL);
	waitpid(w->owner, NULL, 0);
	w->owner = 0;
}

void do_owner(struct worker *w)
{
	if (w->owner)
		return;
	w->owner = fork();
	if (!w->owner)
		owner(w);
	w->tale->done[w->op]++;
}

void do_kill(struct worker *w)
{
	if (!w->owner)
		return;
	owner_kill(w);
	w->tale->done[w->op]++;
}
