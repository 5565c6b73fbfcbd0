// SPDX-License-Identifier: GPL-2.0
/*
 * Classic filters come after tcx, and for each packet it is decided once which of
 * the two it meets: by one change of the list of tcx programs, which a packet sees
 * as it was before or as it is after.
 *
 * Two programs make that possible. The GATE returns a value that tcx does not
 * know: no program behind it runs, and the packet goes on to classic tc. The END
 * returns TCX_PASS: the packet does not go on to classic tc. With E for what was
 * in tcx before and F for what moves, the lists and filters are, over to tcx:
 *
 *	E			F	as before
 *	E GATE F END		F	prepared: packets run E, and F in classic tc
 *	E F END			F	switched: packets run E, and F in tcx
 *	E F END				when packets on their way have left
 *	E F
 *
 * and back:
 *
 *	E F
 *	E F END			F	prepared: packets run E, and F in tcx
 *	E GATE F END		F	switched: packets run E, and F in classic tc
 *	E GATE			F
 *	E			F
 *
 * Until it is switched all can be undone, without a packet noticing. Requests
 * name the revision, so that somebody else's change in between is noticed.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "grace.h"
#include "half_moved.h"
#include "hold.h"
#include "migrate.h"
#include "refuse.h"

/* No value of tcx's */
#define GO_ON_TO_CLASSIC 100

static int gate = -1, end = -1;

/* What returns a constant and does nothing else */
static int load(const char *name, int value)
{
	struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = value },
		{ .code = BPF_JMP | BPF_EXIT },
	};

	return bpf_prog_load(BPF_PROG_TYPE_SCHED_CLS, name, "GPL", insns,
			     sizeof(insns) / sizeof(insns[0]), NULL);
}

static int load_helpers(void)
{
	gate = load(GATE_NAME, GO_ON_TO_CLASSIC);
	end = gate < 0 ? -1 : load(END_NAME, TCX_PASS);
	if (end >= 0)
		return EXIT_DONE;
	refuse_errno(errno);
	return refuse("the two programs that moving takes cannot be loaded: %s",
		      strerror(errno));
}

static void close_helpers(void)
{
	if (gate >= 0)
		close(gate);
	if (end >= 0)
		close(end);
}

/* Names the revision, and follows it. before: 0: at the end */
static int attach(struct move *move, int prog, int before)
{
	TCX_OPTS(tcx_attach_opts, opts,
		.flags = before ? BPF_F_BEFORE : 0,
		.relative_fd = before,
		.expected_revision = move->revision,
	);
	const struct point *point = &move->plane->point;
	int err;

	err = tcx_prog_attach(point->ifindex, point->attach_type, prog, &opts);
	if (!err)
		move->revision++;
	return err;
}

/* revision 0: whatever it is */
static int detach(struct move *move, int prog, __u64 revision)
{
	TCX_OPTS(tcx_detach_opts, opts, .expected_revision = revision);
	const struct point *point = &move->plane->point;

	return tcx_prog_detach(point->ifindex, point->attach_type, prog, &opts);
}

static void name_hook(const struct move *move, struct bpf_tc_hook *hook)
{
	memset(hook, 0, sizeof(*hook));
	hook->sz = sizeof(*hook);
	hook->ifindex = move->plane->point.ifindex;
	hook->attach_point = move->plane->direction == TC_INGRESS ?
			     BPF_TC_INGRESS : BPF_TC_EGRESS;
}

static int add_filter(struct move *move, size_t i)
{
	DECLARE_LIBBPF_OPTS(bpf_tc_opts, opts, .handle = 1,
			    .priority = i + 1, .prog_fd = move->progs[i]);
	struct bpf_tc_hook hook;

	name_hook(move, &hook);
	return bpf_tc_attach(&hook, &opts);
}

static int del_filter(struct move *move, __u32 handle, __u32 prio)
{
	DECLARE_LIBBPF_OPTS(bpf_tc_opts, opts, .handle = handle,
			    .priority = prio);
	struct bpf_tc_hook hook;
	int err;

	name_hook(move, &hook);
	err = bpf_tc_detach(&hook, &opts);
	return err == -ENOENT ? 0 : err;
}

static int prepare_forward(struct move *move)
{
	int err = attach(move, gate, 0);

	move->gate = !err;
	while (!err && move->in_tcx < move->count) {
		err = attach(move, move->progs[move->in_tcx], 0);
		move->in_tcx += !err;
	}
	if (!err)
		err = attach(move, end, 0);
	move->end = !err && move->gate;
	return err;
}

/* Returns 0, also if there is one that serves. */
static int make_qdisc(struct move *move)
{
	struct bpf_tc_hook hook;
	int err;

	if (move->plane->qdisc)
		return 0;
	name_hook(move, &hook);
	hook.attach_point = BPF_TC_INGRESS | BPF_TC_EGRESS;
	err = bpf_tc_hook_create(&hook);
	return err == -EEXIST ? 0 : err;
}

static int prepare_back(struct move *move)
{
	int err = attach(move, end, 0);

	move->end = !err;
	if (!err)
		err = make_qdisc(move);
	while (!err && move->in_classic < move->count) {
		err = add_filter(move, move->in_classic);
		move->in_classic += !err;
	}
	return err;
}

static void undo_forward(struct move *move)
{
	int err = 0;

	if (move->end)
		err = detach(move, end, 0);
	while (move->in_tcx && !err)
		err = detach(move, move->progs[--move->in_tcx], 0);
	/* While it is there, nothing behind it matters. */
	if (move->gate && !err)
		err = detach(move, gate, 0);
	if (err)
		complain("%s %s: what was attached for moving stays there: %s; 'tcxctl show %s' has it",
			 move->plane->device, tc_direction(move->plane->direction),
			 strerror(-err), move->plane->device);
}

static void undo_back(struct move *move)
{
	int err = 0;

	while (move->in_classic && !err) {
		err = del_filter(move, 1, move->in_classic);
		move->in_classic--;
	}
	/* Without it packets would meet the filters too. */
	if (move->end && !err)
		err = detach(move, end, 0);
	if (err)
		complain("%s %s: a filter that was added for moving stays there: %s; 'tc filter show dev %s %s' has it, 'tcxctl show %s' the program tcxctl_end, which keeps packets from it",
			 move->plane->device, tc_direction(move->plane->direction),
			 strerror(-err), move->plane->device,
			 tc_direction(move->plane->direction),
			 move->plane->device);
}

static bool same_filters(const struct tc_filters *a, const struct tc_filters *b)
{
	return a->count == b->count &&
	       (!a->count ||
		!memcmp(a->all, b->all, a->count * sizeof(*a->all)));
}

/* Nothing says the revision of filters, so they are looked at once more. */
static int check_unchanged(const struct move *move)
{
	const struct plane *plane = move->plane;
	struct tc_filters now;
	int err;

	if (move->back)
		return 0;
	err = tc_find_filters(&now, plane->point.ifindex, plane->direction);
	if (!err && !same_filters(&now, &plane->classic))
		err = -ESTALE;
	free(now.all);
	return err;
}

static int switch_over(struct move *move)
{
	int err = check_unchanged(move);

	if (err)
		return err;
	if (move->back) {
		err = attach(move, gate, move->progs[0]);
		move->gate = !err;
		return err;
	}
	err = detach(move, gate, move->revision);
	move->gate = err;
	return err;
}

/* Takes it back: nothing has been removed yet. */
static void switch_back(struct move *move)
{
	TCX_OPTS(tcx_attach_opts, opts, .flags = BPF_F_BEFORE,
		 .relative_fd = move->progs[0]);
	const struct point *point = &move->plane->point;

	if (move->back)
		move->gate = detach(move, gate, 0);
	else
		move->gate = !tcx_prog_attach(point->ifindex,
					      point->attach_type, gate, &opts);
}

/* What no packet meets any more goes. */
static int clean_forward(struct move *move)
{
	const struct tc_filters *filters = &move->plane->classic;
	int err = 0;
	size_t i;

	for (i = 0; i < filters->count && !err; i++)
		err = del_filter(move, filters->all[i].handle,
				 filters->all[i].prio);
	if (!err)
		err = detach(move, end, 0);
	if (err)
		complain("%s %s: the programs run in tcx now, but not everything else could be removed: %s; remove the filters that 'tc filter show dev %s %s' has left, then the program tcxctl_end with 'tcxctl detach'",
			 move->plane->device, tc_direction(move->plane->direction),
			 strerror(-err), move->plane->device,
			 tc_direction(move->plane->direction));
	return err;
}

static int clean_back(struct move *move)
{
	int err = 0;
	size_t i;

	for (i = 0; i < move->count && !err; i++)
		err = detach(move, move->progs[i], 0);
	if (!err)
		err = detach(move, end, 0);
	if (!err)
		err = detach(move, gate, 0);
	if (err)
		complain("%s %s: the programs run in classic tc now, but not everything else could be removed: %s; detach what 'tcxctl show %s' has from tcxctl_gate on, that one last",
			 move->plane->device, tc_direction(move->plane->direction),
			 strerror(-err), move->plane->device);
	return err;
}

static int prepare(struct move *move)
{
	return move->back ? prepare_back(move) : prepare_forward(move);
}

static void undo(struct move *move)
{
	if (move->back)
		undo_back(move);
	else
		undo_forward(move);
}

static int clean(struct move *move)
{
	return move->back ? clean_back(move) : clean_forward(move);
}

static int refuse_move(const struct move *move, int err)
{
	refuse_errno(err);
	if (err == -ESTALE)
		return refuse("cannot move the programs of %s %s: somebody else has changed something there meanwhile; nothing was moved, try again",
			      move->plane->device,
			      tc_direction(move->plane->direction));
	return refuse("cannot move the programs of %s %s: %s; nothing was moved",
		      move->plane->device, tc_direction(move->plane->direction),
		      strerror(-err));
}

static int prepare_all(struct move *moves, size_t n, size_t *at)
{
	int err = 0;

	for (*at = 0; *at < n; ++*at) {
		err = moves[*at].count ? prepare(&moves[*at]) : 0;
		if (err)
			break;
	}
	return err;
}

/* Either all directions are switched, or none is. */
static int switch_all(struct move *moves, size_t n, size_t *at)
{
	size_t i;
	int err = 0;

	for (*at = 0; *at < n; ++*at) {
		err = moves[*at].count ? switch_over(&moves[*at]) : 0;
		if (err)
			break;
	}
	for (i = 0; err && i < *at; i++)
		if (moves[i].count)
			switch_back(&moves[i]);
	return err;
}

static void undo_all(struct move *moves, size_t n)
{
	size_t i;

	grace_wait();
	for (i = 0; i < n; i++)
		if (moves[i].count)
			undo(&moves[i]);
}

static int clean_all(struct move *moves, size_t n)
{
	int err = 0;
	size_t i;

	/* Packets may be on their way from tcx to filters that go now. */
	grace_wait();
	for (i = 0; i < n; i++)
		if (moves[i].count)
			err |= clean(&moves[i]);
	return err ? EXIT_REFUSED : EXIT_DONE;
}

static int move_all(struct move *moves, size_t n)
{
	size_t at;
	int err, code;

	err = prepare_all(moves, n, &at);
	if (!err)
		err = switch_all(moves, n, &at);
	if (!err)
		return clean_all(moves, n);
	code = refuse_move(&moves[at], err);
	undo_all(moves, n);
	return code;
}

int migrate(struct move *moves, size_t n)
{
	int code = load_helpers();

	/* What is begun is to be finished, or undone. */
	hold_prepare();
	if (!code)
		code = move_all(moves, n);
	close_helpers();
	return code;
}
