// SPDX-License-Identifier: GPL-2.0
/*
 * What can be moved faithfully: so that each packet meets the same programs as
 * before, in the same order, and its fate is the same.
 *
 * Classic tc and tcx agree about TC_ACT_UNSPEC (TCX_NEXT), OK (PASS), SHOT (DROP)
 * and REDIRECT. They do not about all else: STOLEN and TRAP take a packet away in
 * classic tc only, and what neither knows goes on with the next filter there,
 * whereas it ends tcx.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/if_ether.h>
#include <linux/pkt_cls.h>

#include "half_moved.h"
#include "info.h"
#include "migrate.h"
#include "refuse.h"
#include "source.h"
#include "verdicts.h"

#define SAME_VERDICTS \
	(VERDICT(-1) | VERDICT(0) | VERDICT(2) | VERDICT(7))

/* For what comes and goes around those that move: see migrate.c */
#define HELPERS 2

#define CANNOT "cannot move the programs of %s %s faithfully: "
#define WHERE(plane) (plane)->device, tc_direction((plane)->direction)

/* With its name, by which it is known to whoever attached it */
static const char *described(__u32 id)
{
	static char text[BPF_OBJ_NAME_LEN + 16];
	struct prog_details details;

	prog_describe_id(id, &details);
	snprintf(text, sizeof(text), "%u %s", id, prog_name(&details));
	return text;
}

static int check_verdicts(const struct plane *plane, __u32 id, bool trust)
{
	__u32 set;
	int err = verdicts_of(id, &set);

	if (err)
		set = VERDICT_ANY;
	if (set & ~(SAME_VERDICTS | VERDICT_ANY))
		return refuse(CANNOT "program id %s can return a value other than -1, 0, 2 and 7, which means one thing in classic tc and another in tcx",
			      WHERE(plane), described(id));
	if (set & VERDICT_ANY && !trust)
		return refuse(CANNOT "what program id %s returns cannot be told%s%s; if it returns nothing but -1 (go on), 0 (pass), 2 (drop) and 7 (redirect), add --trust-verdicts",
			      WHERE(plane), described(id), err ? ": " : "",
			      err ? strerror(-err) : "");
	return EXIT_DONE;
}

/* One of tcx that returns what tcx does not know ends tcx, but not classic tc:
 * so those that stay count as well.
 */
static int check_tcx_verdicts(const struct plane *plane, bool trust)
{
	int code = EXIT_DONE;
	__u32 i;

	for (i = 0; !code && i < plane->tcx.count; i++)
		code = check_verdicts(plane, plane->tcx.prog_ids[i], trust);
	return code;
}

static int check_kind(const struct plane *plane, const struct tc_filter *f)
{
	if (strcmp(f->kind, "bpf"))
		return refuse(CANNOT "the filter with pref %u is of kind %s and stays, and packets would miss it while the programs move",
			      WHERE(plane), f->prio, f->kind);
	if (f->bytecode)
		return refuse(CANNOT "the filter with pref %u is a classic BPF filter (bytecode), not a program",
			      WHERE(plane), f->prio);
	if (!f->direct)
		return refuse(CANNOT "the filter with pref %u is not direct-action: its program chooses a class, and actions decide",
			      WHERE(plane), f->prio);
	if (f->actions)
		return refuse(CANNOT "the filter with pref %u has actions",
			      WHERE(plane), f->prio);
	return EXIT_DONE;
}

static int check_filter(const struct plane *plane, const struct tc_filter *f)
{
	int code = check_kind(plane, f);

	if (code)
		return code;
	if (f->chain)
		return refuse(CANNOT "the filter with pref %u is in chain %u, where packets come only by an action",
			      WHERE(plane), f->prio, f->chain);
	if (f->protocol != ETH_P_ALL)
		return refuse(CANNOT "the filter with pref %u is for protocol 0x%04x only, and tcx runs its programs for all",
			      WHERE(plane), f->prio, f->protocol);
	if (f->classid)
		return refuse(CANNOT "the filter with pref %u sets a classid, which tcx has no place for",
			      WHERE(plane), f->prio);
	if (f->flags & (TCA_CLS_FLAGS_SKIP_SW | TCA_CLS_FLAGS_IN_HW))
		return refuse(CANNOT "the filter with pref %u is offloaded to the device",
			      WHERE(plane), f->prio);
	if (!f->prog_id)
		return refuse(CANNOT "the kernel does not say which program the filter with pref %u has",
			      WHERE(plane), f->prio);
	return EXIT_DONE;
}

static int add(struct move *move, __u32 id)
{
	const struct plane *plane = move->plane;
	size_t i;
	int fd;

	for (i = 0; i < move->count; i++)
		if (move->ids[i] == id)
			return refuse(CANNOT "program id %s is there twice, and tcx has each program once",
				      WHERE(plane), described(id));
	fd = prog_by_id(id);
	if (fd < 0)
		return -fd;
	move->ids[move->count] = id;
	move->progs[move->count++] = fd;
	return EXIT_DONE;
}

static int check_block(const struct plane *plane)
{
	if (!plane->block)
		return EXIT_DONE;
	return refuse(CANNOT "its filters are in block %u, which other devices may share",
		      WHERE(plane), plane->block);
}

/* Filters of other kinds alone are nobody's way to tcx. */
static bool has_programs(const struct plane *plane)
{
	size_t i;

	for (i = 0; i < plane->classic.count; i++)
		if (!strcmp(plane->classic.all[i].kind, "bpf"))
			return true;
	return false;
}

static int check_forward(struct move *move, bool trust)
{
	const struct plane *plane = move->plane;
	size_t n = plane->classic.count, i;
	int code;
	__u32 j;

	if (!has_programs(plane))
		return EXIT_DONE;
	code = check_block(plane);
	if (n + plane->tcx.count + HELPERS > TCX_BACKPORT_MAX_PROGS)
		return refuse(CANNOT "tcx has room for %u programs at one place, and %zu would be needed for a moment",
			      WHERE(plane), TCX_BACKPORT_MAX_PROGS,
			      n + plane->tcx.count + HELPERS);
	for (i = 0; !code && i < n; i++) {
		const struct tc_filter *f = &plane->classic.all[i];

		code = check_filter(plane, f);
		for (j = 0; !code && j < plane->tcx.count; j++)
			if (plane->tcx.prog_ids[j] == f->prog_id)
				code = refuse(CANNOT "program id %s is in tcx already; 'tcxctl doctor two-planes' tells more",
					      WHERE(plane),
					      described(f->prog_id));
		if (!code)
			code = check_verdicts(plane, f->prog_id, trust);
		if (!code)
			code = add(move, f->prog_id);
	}
	return code ? code : check_tcx_verdicts(plane, trust);
}

/* Those that a link owns stay; what comes after one that is moved has to, too. */
static int check_back(struct move *move, bool trust)
{
	const struct plane *plane = move->plane;
	int code = check_block(plane);
	__u32 i;

	while (move->first < plane->tcx.count &&
	       plane->tcx.link_ids[move->first])
		move->first++;
	if (code || move->first == plane->tcx.count)
		return code;
	if (plane->classic.count)
		return refuse(CANNOT "there are filters of classic tc already, which no packet may miss meanwhile; 'tc filter show dev %s %s' lists them",
			      WHERE(plane), WHERE(plane));
	if (plane->tcx.count + HELPERS > TCX_BACKPORT_MAX_PROGS)
		return refuse(CANNOT "tcx has room for %u programs at one place, and %u would be needed for a moment",
			      WHERE(plane), TCX_BACKPORT_MAX_PROGS,
			      plane->tcx.count + HELPERS);
	for (i = move->first; !code && i < plane->tcx.count; i++) {
		if (plane->tcx.link_ids[i])
			return refuse(CANNOT "link id %u owns a program between or after those that could be moved; it would come before them",
				      WHERE(plane), plane->tcx.link_ids[i]);
		code = add(move, plane->tcx.prog_ids[i]);
	}
	return code ? code : check_tcx_verdicts(plane, trust);
}

static int check_nothing_begun(const struct plane *plane)
{
	struct half_moved left;

	if (!half_moved_find(plane, &left))
		return EXIT_DONE;
	return refuse("cannot move the programs of %s %s: another 'tcxctl migrate' is at work there, or was killed; 'tcxctl doctor half-moved' tells what to do about that",
		      WHERE(plane));
}

int move_check(struct move *move, struct plane *plane, bool back, bool trust)
{
	size_t most = plane->classic.count + plane->tcx.count + 1;
	int code;

	*move = (struct move){
		.plane = plane, .back = back,
		.revision = plane->tcx.revision,
		.progs = calloc(most, sizeof(*move->progs)),
		.ids = calloc(most, sizeof(*move->ids)),
	};
	if (!move->progs || !move->ids)
		return refuse("out of memory");
	code = check_nothing_begun(plane);
	if (code)
		return code;
	return back ? check_back(move, trust) : check_forward(move, trust);
}

void move_free(struct move *move)
{
	size_t i;

	for (i = 0; i < move->count; i++)
		close(move->progs[i]);
	free(move->progs);
	free(move->ids);
	memset(move, 0, sizeof(*move));
}
