// SPDX-License-Identifier: GPL-2.0
/* A plan carried out: everything is loaded first, then attached, and only when
 * nothing can fail any more is removed what is no longer wanted.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "apply.h"
#include "info.h"
#include "options.h"
#include "print.h"
#include "refuse.h"
#include "source.h"

/* Its source, as `tcxctl attach` takes it. Returns the number of words. */
static int source_words(const struct declared *what, char *words[4])
{
	words[0] = what->object ? "obj" : "pinned";
	words[1] = what->object ? what->object : what->pinned;
	words[2] = what->program ? "program" : "section";
	words[3] = what->program ? what->program : what->section;
	return what->program || what->section ? 4 : 2;
}

/* After what was wrong with it */
static int tell_whose(const struct declared *what, int code)
{
	if (code && !options.json)
		complain("that is what '%s' is declared to be, %s:%d",
			 what->name, what->file, what->line);
	return code;
}

int plan_check(const struct plan *plan)
{
	const struct step *s = plan->steps;
	char *words[4];
	int code, n;

	for (; s < plan->steps + plan->count; s++) {
		if (!s->what || s->kind == STEP_KEEP)
			continue;
		n = source_words(s->what, words);
		code = source_check(words, n);
		if (code)
			return tell_whose(s->what, code);
	}
	return EXIT_DONE;
}

static int load(struct step *s)
{
	const struct declared *what = s->what;
	char *words[4];
	int n = source_words(what, words);

	s->prog_fd = prog_from_words(words, n, &s->maps);
	if (s->prog_fd < 0)
		return tell_whose(what, -s->prog_fd);
	s->prog_id = prog_id_of(s->prog_fd);
	/* What a file was when it was compared may not be what was loaded; the
	 * next time they are found to differ, and it is replaced.
	 */
	return what->source ? EXIT_DONE :
	       refuse("%s cannot be read; try again", words[1]);
}

/* What is to be replaced, and put back if something fails */
static int open_old(struct step *s)
{
	const struct tcx_link_info *info = &s->owned->info;

	s->old_link_fd = bpf_link_get_fd_by_id(info->id);
	if (s->old_link_fd < 0) {
		refuse_errno(s->old_link_fd);
		return refuse("link id %u, which is pinned at %s, cannot be opened: %s; try again",
			      info->id, s->owned->path,
			      strerror(-s->old_link_fd));
	}
	s->old_prog_fd = bpf_prog_get_fd_by_id(info->prog_id);
	if (s->old_prog_fd < 0) {
		refuse_errno(s->old_prog_fd);
		return refuse("program id %u, which is to be replaced, cannot be opened: %s; try again",
			      info->prog_id, strerror(-s->old_prog_fd));
	}
	return EXIT_DONE;
}

static int prepare(struct step *s)
{
	int code = s->owned ? open_old(s) : EXIT_DONE;

	if (!code)
		code = load(s);
	if (code)
		return code;
	if (s->kind == STEP_REPLACE)
		return map_pins_stage(&s->pins, &s->maps, s->owned->path,
				      s->link_id);
	s->path = owned_path(s->what, &s->point);
	if (!s->path)
		return refuse("out of memory");
	return map_pins_beside(&s->pins, &s->maps, s->path);
}

static int replace(struct step *s, int prog_fd)
{
	TCX_OPTS(tcx_explain_opts, what,
		.op = TCX_OP_LINK_UPDATE,
		.link_fd = s->old_link_fd,
		.prog_fd = prog_fd,
	);
	int err = bpf_link_update(s->old_link_fd, prog_fd, NULL);

	return err ? refuse_request(err, &what) : EXIT_DONE;
}

/* After the one before it, in front of the next that is there already; what is to
 * be first, and what is not, is apart.
 */
static void find_place(const struct plan *plan, const struct step *s,
		       struct tcx_link_create_opts *opts)
{
	const struct step *other;

	if (s > plan->steps && s[-1].what &&
	    s[-1].point.attach_type == s->point.attach_type &&
	    s[-1].what->first == s->what->first) {
		opts->flags = BPF_F_AFTER | BPF_F_LINK;
		opts->relative_id = s[-1].link_id;
		return;
	}
	if (s->what->first) {
		opts->flags = BPF_F_BEFORE;
		return;
	}
	for (other = s + 1; other < plan->steps + plan->count; other++) {
		if (!other->what ||
		    other->point.attach_type != s->point.attach_type)
			return;
		if (other->kind != STEP_KEEP && other->kind != STEP_REPLACE)
			continue;
		opts->flags = BPF_F_BEFORE | BPF_F_LINK;
		opts->relative_id = other->link_id;
		return;
	}
}

static int create(const struct plan *plan, struct step *s, int prog_fd)
{
	TCX_OPTS(tcx_link_create_opts, opts);
	TCX_OPTS(tcx_link_info, info);
	struct tcx_explain_opts what;
	int err;

	find_place(plan, s, &opts);
	s->link_fd = tcx_link_create(s->point.ifindex, s->point.attach_type,
				     prog_fd, &opts);
	if (s->link_fd < 0) {
		err = s->link_fd;
		if (plan_is_gone(plan))
			return EXIT_REFUSED;
		point_explain(&s->point, TCX_OP_LINK_CREATE, &what);
		what.prog_fd = prog_fd;
		what.flags = opts.flags;
		what.relative_id = opts.relative_id;
		return refuse_request(err, &what);
	}
	err = tcx_link_info(s->link_fd, &info);
	if (err)
		return refuse("the link cannot be asked for its id: %s",
			      strerror(-err));
	s->link_id = info.id;
	return EXIT_DONE;
}

static int pin(struct step *s)
{
	int err, code = map_pins_mark(&s->pins, s->link_id);

	if (code)
		return code;
	err = bpf_obj_pin(s->link_fd, s->path);
	if (!err)
		return EXIT_DONE;
	refuse_errno(err);
	return refuse("the link cannot be pinned at %s: %s", s->path,
		      strerror(-err));
}

/* A program that others have loaded cannot be there twice, and goes first. */
static bool goes_first(const struct step *s)
{
	return s->kind == STEP_MOVE && s->prog_id == s->owned->info.prog_id;
}

static int carry_out(const struct plan *plan, struct step *s)
{
	int code;

	s->begun = true;
	if (s->kind == STEP_REPLACE)
		return replace(s, s->prog_fd);
	if (goes_first(s))
		bpf_link_detach(s->old_link_fd);
	code = create(plan, s, s->prog_fd);
	return code ? code : pin(s);
}

/* A link that was detached does not come back: another takes its place. That needs
 * file descriptors, which may be what was missing.
 */
static int restore(const struct plan *plan, struct step *s)
{
	json_t *source = s->owned->source;
	int prog_fd = s->prog_fd, code;	/* the program is the same */

	s->prog_fd = -1;
	step_close(s);
	s->prog_fd = prog_fd;
	owned_remove(s->owned->path, s->owned->info.id);
	s->prog_id = s->owned->info.prog_id;
	code = create(plan, s, prog_fd);
	if (!code)
		code = pin(s);
	if (!code && source)
		owned_mark(s->path, source, s->prog_id);
	return code;
}

static int undo(const struct plan *plan, struct step *s)
{
	int code = EXIT_DONE;

	if (s->begun && s->kind == STEP_REPLACE) {
		code = replace(s, s->old_prog_fd);
	} else if (s->begun && s->link_fd >= 0) {
		bpf_link_detach(s->link_fd);
		unlink(s->path);
		close(s->link_fd);
		s->link_fd = -1;
	}
	map_pins_undo(&s->pins);
	if (s->begun && goes_first(s))
		code = restore(plan, s);
	return code;
}

static int finish(struct step *s)
{
	const char *path = s->path ? s->path : s->owned->path;
	int err = 0;

	if (s->kind == STEP_REPLACE)
		err = map_pins_swap(&s->pins);
	if (s->kind == STEP_REMOVE || s->kind == STEP_MOVE)
		err = owned_remove(s->owned->path, s->owned->info.id);
	if (err)
		complain("not all of what is needed no more could be removed at %s: %s",
			 s->owned->path, strerror(-err));
	if (s->kind == STEP_REMOVE)
		return err ? EXIT_REFUSED : EXIT_DONE;
	err = owned_mark(path, s->what->source, s->prog_id);
	if (err)
		complain("what is attached cannot be noted beside %s, and the next 'tcxctl apply' replaces it: %s",
			 path, strerror(-err));
	return EXIT_DONE;
}

static bool loads(const struct step *s)
{
	return s->kind != STEP_KEEP && s->kind != STEP_REMOVE;
}

/* In the order opposite to that in which it was begun */
static bool undo_all(const struct plan *plan)
{
	bool gone = plan_is_gone(plan);
	bool undone = true;
	size_t i;

	for (i = plan->count; i-- > 0;) {
		struct step *s = &plan->steps[i];

		if (gone && s->kind == STEP_REPLACE)
			map_pins_undo(&s->pins);
		else if (loads(s) && undo(plan, s))
			undone = false;
	}
	return undone;
}

static int take_back(const struct plan *plan, int code)
{
	bool undone = undo_all(plan);

	if (plan_is_gone(plan))
		return EXIT_DONE;
	if (!options.json)
		complain(undone ? "nothing was changed on device %s" :
			 "device %s is neither as it was nor as it is declared; apply again",
			 plan->device);
	return code;
}

int plan_run(struct plan *plan)
{
	struct step *s, *end = plan->steps + plan->count;
	int code = EXIT_DONE;

	for (s = plan->steps; !code && s < end; s++)
		if (loads(s))
			code = prepare(s);
	for (s = plan->steps; !code && s < end; s++)
		if (loads(s))
			code = carry_out(plan, s);
	if (code)
		return take_back(plan, code);
	/* What is removed now needs file descriptors, too. */
	for (s = plan->steps; s < end; s++)
		step_close(s);
	for (s = plan->steps; s < end; s++) {
		if (s->kind == STEP_KEEP)
			continue;
		if (finish(s))
			code = EXIT_REFUSED;
		else
			step_report(s, true);
	}
	return code;
}
