// SPDX-License-Identifier: GPL-2.0
/*
 * Cases of src/kmod/core/mprog.c that a person can read, and all small requests.
 *
 * An array is written as the programs in it: "A B/x C" are three programs, of
 * which link x owns B; "1..63" are 63 more. Each case runs against the model
 * too, so the table is also what the model is tested by.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <linux/tcx_backport.h>

#include "world.h"

#define BEFORE		BPF_F_BEFORE
#define AFTER		BPF_F_AFTER
#define REPLACE		BPF_F_REPLACE
#define ID		BPF_F_ID
#define LINK		BPF_F_LINK

/* The point's revision when a case begins. */
#define REVISION	7

struct mprog_case {
	const char	*name;
	const char	*array;		/* what is attached */
	/* One of them: the program that the request names, "" for none. */
	const char	*attach;
	const char	*detach;
	uint32_t	flags;
	const char	*rel;		/* relative: "B", or "x" for a link */
	int		rel_err;
	const char	*replace;
	uint64_t	revision;
	bool		no_memory;
	int		err;		/* what it gives */
	const char	*want;		/* attached then; NULL: as before */
};

static const struct mprog_case cases[] = {
	/* Attach: where it goes. */
	{ "the first program", "", .attach = "A", .want = "A" },
	{ "append", "A B", .attach = "C", .want = "A B C" },
	{ "append with a link", "A B", .attach = "C/x", .want = "A B C/x" },
	{ "before all, none there", "", .attach = "A", .flags = BEFORE,
	  .want = "A" },
	{ "behind all, none there", "", .attach = "A", .flags = AFTER,
	  .want = "A" },
	{ "before all", "A B", .attach = "C", .flags = BEFORE,
	  .want = "C A B" },
	{ "behind all", "A B", .attach = "C", .flags = AFTER,
	  .want = "A B C" },
	{ "before the first", "A B C", .attach = "D", .flags = BEFORE,
	  .rel = "A", .want = "D A B C" },
	{ "before the middle", "A B C", .attach = "D", .flags = BEFORE,
	  .rel = "B", .want = "A D B C" },
	{ "before the last", "A B C", .attach = "D", .flags = BEFORE,
	  .rel = "C", .want = "A B D C" },
	{ "behind the first", "A B C", .attach = "D", .flags = AFTER,
	  .rel = "A", .want = "A D B C" },
	{ "behind the middle", "A B C", .attach = "D", .flags = AFTER,
	  .rel = "B", .want = "A B D C" },
	{ "behind the last", "A B C", .attach = "D", .flags = AFTER,
	  .rel = "C", .want = "A B C D" },
	{ "before a program named by id", "A B", .attach = "C",
	  .flags = BEFORE | ID, .rel = "B", .want = "A C B" },
	{ "before a link", "A B/x", .attach = "C", .flags = BEFORE | LINK,
	  .rel = "x", .want = "A C B/x" },
	{ "behind a link named by id", "A/x B", .attach = "C",
	  .flags = AFTER | LINK | ID, .rel = "x", .want = "A/x C B" },
	{ "beside a link's program, named as a program", "A/x B",
	  .attach = "C", .flags = AFTER, .rel = "A", .want = "A/x C B" },
	{ "with a link, before a link", "A/x B/y", .attach = "C/z",
	  .flags = BEFORE | LINK, .rel = "y", .want = "A/x C/z B/y" },
	{ "the 63rd", "1..62", .attach = "A", .want = "1..62 A" },
	{ "the 63rd, before all", "1..62", .attach = "A", .flags = BEFORE,
	  .want = "A 1..62" },
	{ "the 63rd, behind the last", "1..61 B", .attach = "A",
	  .flags = AFTER, .rel = "B", .want = "1..61 B A" },

	/* Attach: replace. */
	{ "replace the only one", "A", .attach = "B", .flags = REPLACE,
	  .replace = "A", .want = "B" },
	{ "replace the first", "A B C", .attach = "D", .flags = REPLACE,
	  .replace = "A", .want = "D B C" },
	{ "replace the last", "A B C", .attach = "D", .flags = REPLACE,
	  .replace = "C", .want = "A B D" },
	{ "replace in a full array", "1..62 B", .attach = "A",
	  .flags = REPLACE, .replace = "B", .want = "1..62 A" },
	{ "a link replaces its own program", "A B/x C", .attach = "D/x",
	  .flags = REPLACE, .replace = "B", .want = "A D/x C" },
	{ "as an update of a link: its old program by id", "A B/x C",
	  .attach = "D/x", .flags = REPLACE | ID, .rel = "B",
	  .replace = "B", .want = "A D/x C" },
	{ "replace, which is before the relative", "A B C", .attach = "D",
	  .flags = REPLACE | BEFORE, .rel = "C", .replace = "B",
	  .want = "A D C" },
	{ "replace, which is behind the relative", "A B C", .attach = "D",
	  .flags = REPLACE | AFTER, .rel = "A", .replace = "B",
	  .want = "A D C" },
	{ "replace, relative without a rule is not looked at", "A B",
	  .attach = "C", .flags = REPLACE, .rel = "Z", .replace = "B",
	  .want = "A C" },
	{ "replace an absent program", "A B", .attach = "C",
	  .flags = REPLACE, .replace = "Z", .err = -ENOENT },
	{ "replace in an empty array", "", .attach = "C", .flags = REPLACE,
	  .replace = "Z", .err = -ENOENT },
	{ "replace nothing", "A", .attach = "C", .flags = REPLACE,
	  .err = -ENOENT },
	{ "replace a program by itself", "A B", .attach = "B",
	  .flags = REPLACE, .replace = "B", .err = -EEXIST },
	{ "replace what a link owns", "A B/x", .attach = "C",
	  .flags = REPLACE, .replace = "B", .err = -EBUSY },
	{ "replace what another link owns", "A B/x", .attach = "C/y",
	  .flags = REPLACE, .replace = "B", .err = -EBUSY },
	{ "a link replaces what no link owns", "A B", .attach = "C/x",
	  .flags = REPLACE, .replace = "B", .err = -EBUSY },
	{ "replace, but the first", "A B", .attach = "C",
	  .flags = REPLACE | BEFORE, .replace = "A", .err = -ERANGE },
	{ "replace, but the last", "A B", .attach = "C",
	  .flags = REPLACE | AFTER, .replace = "B", .err = -ERANGE },
	{ "replace, but behind itself", "A B", .attach = "C",
	  .flags = REPLACE | AFTER, .rel = "B", .replace = "B",
	  .err = -ERANGE },
	{ "replace, which is not before the relative", "A B C", .attach = "D",
	  .flags = REPLACE | BEFORE, .rel = "C", .replace = "A",
	  .err = -ERANGE },

	/* Attach: refused. */
	{ "a program twice", "A B", .attach = "A", .err = -EEXIST },
	{ "a program twice, now with a link", "A B", .attach = "A/x",
	  .err = -EEXIST },
	{ "a program that a link has attached", "A/x", .attach = "A",
	  .err = -EEXIST },
	{ "before an absent program", "A", .attach = "B", .flags = BEFORE,
	  .rel = "Z", .err = -ENOENT },
	{ "behind an absent program", "", .attach = "B", .flags = AFTER,
	  .rel = "Z", .err = -ENOENT },
	{ "before an absent link", "A/x", .attach = "B",
	  .flags = BEFORE | LINK, .rel = "y", .err = -ENOENT },
	{ "before itself", "A", .attach = "B", .flags = BEFORE, .rel = "B",
	  .err = -ENOENT },
	{ "before and behind all", "A B", .attach = "C",
	  .flags = BEFORE | AFTER, .err = -ERANGE },
	{ "before and behind all, none there", "", .attach = "C",
	  .flags = BEFORE | AFTER, .err = -ERANGE },
	{ "before and behind one", "A B C", .attach = "D",
	  .flags = BEFORE | AFTER, .rel = "B", .err = -ERANGE },
	{ "a relative without a rule", "A B", .attach = "C", .rel = "B",
	  .err = -EINVAL },
	{ "an absent relative without a rule", "A B", .attach = "C",
	  .rel = "Z", .err = -EINVAL },
	{ "ID without a rule", "A", .attach = "C", .flags = ID, .rel = "A",
	  .err = -EINVAL },
	{ "LINK without a rule", "A/x", .attach = "C", .flags = LINK,
	  .rel = "x", .err = -EINVAL },
	{ "an unknown flag alone", "A", .attach = "C", .flags = 1U << 30,
	  .err = -EINVAL },
	{ "an unknown flag with a rule is the caller's to refuse", "A",
	  .attach = "C", .flags = 1U << 30 | BEFORE, .want = "C A" },
	{ "the 64th", "1..63", .attach = "A", .err = -ERANGE },
	{ "the 64th, before all", "1..63", .attach = "A", .flags = BEFORE,
	  .err = -ERANGE },

	/* Attach: revision. */
	{ "attach at the present revision", "A", .attach = "B",
	  .revision = REVISION, .want = "A B" },
	{ "attach at an older revision", "A", .attach = "B",
	  .revision = REVISION - 1, .err = -ESTALE },
	{ "attach at a later revision", "A", .attach = "B",
	  .revision = REVISION + 1, .err = -ESTALE },
	{ "the high half of the revision counts", "A", .attach = "B",
	  .revision = REVISION + (1ULL << 32), .err = -ESTALE },

	/* Attach: no memory. */
	{ "attach without memory", "A", .attach = "B", .no_memory = true,
	  .err = -ENOMEM },
	{ "attach the first without memory", "", .attach = "B",
	  .no_memory = true, .err = -ENOMEM },
	{ "replace without memory", "A B", .attach = "C", .flags = REPLACE,
	  .replace = "A", .no_memory = true, .err = -ENOMEM },

	/* Attach: which error comes first. */
	{ "order: ESTALE, EEXIST", "A", .attach = "A", .revision = 1,
	  .err = -ESTALE },
	{ "order: ESTALE, relative not found", "A", .attach = "B",
	  .flags = BEFORE, .rel_err = -EBADF, .revision = 1,
	  .err = -ESTALE },
	{ "order: EEXIST, relative not found", "A", .attach = "A",
	  .flags = BEFORE, .rel_err = -EBADF, .err = -EEXIST },
	{ "order: EEXIST, replace absent", "A", .attach = "A",
	  .flags = REPLACE, .replace = "Z", .err = -EEXIST },
	{ "order: EEXIST, full", "1..62 A", .attach = "A", .err = -EEXIST },
	{ "order: relative not found, replace absent", "A", .attach = "B",
	  .flags = REPLACE, .rel_err = -EBADF, .replace = "Z",
	  .err = -EBADF },
	{ "order: relative not found, replace owned", "A/x", .attach = "B",
	  .flags = REPLACE, .rel_err = -EINVAL, .replace = "A",
	  .err = -EINVAL },
	{ "order: relative not found, full", "1..63", .attach = "A",
	  .rel_err = -EBADF, .err = -EBADF },
	{ "order: relative not found, no rule", "A", .attach = "B",
	  .rel_err = -ENOENT, .err = -ENOENT },
	{ "order: replace owned, relative absent", "A/x", .attach = "B",
	  .flags = REPLACE | BEFORE, .rel = "Z", .replace = "A",
	  .err = -EBUSY },
	{ "order: full, relative absent", "1..63", .attach = "A",
	  .flags = BEFORE, .rel = "Z", .err = -ERANGE },
	{ "order: full, no rule", "1..63", .attach = "A", .rel = "Z",
	  .err = -ERANGE },
	{ "order: relative absent, rules disagree", "A", .attach = "B",
	  .flags = BEFORE | AFTER, .rel = "Z", .err = -ENOENT },
	{ "order: rules disagree, no memory", "A B", .attach = "C",
	  .flags = BEFORE | AFTER, .no_memory = true, .err = -ERANGE },
	{ "order: no rule, no memory", "A B", .attach = "C", .rel = "A",
	  .no_memory = true, .err = -EINVAL },

	/* Detach: which one goes. */
	{ "detach the only one", "A", .detach = "A", .want = "" },
	{ "detach the first by name", "A B C", .detach = "A", .want = "B C" },
	{ "detach the middle by name", "A B C", .detach = "B", .want = "A C" },
	{ "detach the last by name", "A B C", .detach = "C", .want = "A B" },
	{ "detach without a name: the last", "A B C", .detach = "",
	  .want = "A B" },
	{ "detach behind all: the last", "A B C", .detach = "",
	  .flags = AFTER, .want = "A B" },
	{ "detach before all: the first", "A B C", .detach = "",
	  .flags = BEFORE, .want = "B C" },
	{ "detach the one before the relative", "A B C", .detach = "",
	  .flags = BEFORE, .rel = "C", .want = "A C" },
	{ "detach before the first: the first itself", "A B C", .detach = "",
	  .flags = BEFORE, .rel = "A", .want = "B C" },
	{ "detach the one behind the relative", "A B C", .detach = "",
	  .flags = AFTER, .rel = "A", .want = "A C" },
	{ "detach behind the last: the last itself", "A B C", .detach = "",
	  .flags = AFTER, .rel = "C", .want = "A B" },
	{ "detach the one behind a link", "A/x B", .detach = "",
	  .flags = AFTER | LINK, .rel = "x", .want = "A/x" },
	{ "detach by name, which is before the relative", "A B C",
	  .detach = "B", .flags = BEFORE, .rel = "C", .want = "A C" },
	{ "detach by name, which is behind the relative", "A B C",
	  .detach = "B", .flags = AFTER, .rel = "A", .want = "A C" },
	{ "detach by name, relative without a rule is not looked at", "A B",
	  .detach = "A", .rel = "Z", .want = "B" },
	{ "detach by name, ID means nothing", "A B", .detach = "A",
	  .flags = ID, .want = "B" },
	{ "a link detaches its program", "A B/x C", .detach = "B/x",
	  .want = "A C" },
	{ "detach the last but one of a full array", "1..61 A B",
	  .detach = "A", .want = "1..61 B" },
	{ "detach the last of a full array by name", "1..62 A", .detach = "A",
	  .want = "1..62" },
	{ "detach the first of a full array", "A 1..62", .detach = "",
	  .flags = BEFORE, .want = "1..62" },
	{ "detach the last of a full array, which is behind its neighbour",
	  "1..61 A B", .detach = "", .flags = AFTER, .rel = "A",
	  .want = "1..61 A" },
	{ "detach the last of 62", "1..61 A", .detach = "", .want = "1..61" },
	{ "detach needs no memory", "A B", .detach = "A", .no_memory = true,
	  .want = "B" },
	{ "detach at the present revision", "A B", .detach = "A",
	  .revision = REVISION, .want = "B" },

	/* Detach: refused. */
	{ "detach with REPLACE", "A", .detach = "A", .flags = REPLACE,
	  .replace = "A", .err = -EINVAL },
	{ "detach at another revision", "A", .detach = "A",
	  .revision = REVISION + 1, .err = -ESTALE },
	{ "detach from an empty array", "", .detach = "", .err = -ENOENT },
	{ "detach a name from an empty array", "", .detach = "A",
	  .err = -ENOENT },
	{ "detach an absent program", "A", .detach = "B", .err = -ENOENT },
	{ "detach what a link owns, by name", "A B/x", .detach = "B",
	  .err = -EBUSY },
	{ "detach the last, which a link owns", "A B/x", .detach = "",
	  .err = -EBUSY },
	{ "detach the first, which a link owns", "A/x B", .detach = "",
	  .flags = BEFORE, .err = -EBUSY },
	{ "detach what is before the relative and a link owns", "A/x B",
	  .detach = "", .flags = BEFORE, .rel = "B", .err = -EBUSY },
	{ "a link detaches what no link owns", "A B", .detach = "B/x",
	  .err = -EBUSY },
	{ "a link detaches what another link owns", "A B/y", .detach = "B/x",
	  .err = -EBUSY },
	{ "detach before an absent program", "A B", .detach = "",
	  .flags = BEFORE, .rel = "Z", .err = -ENOENT },
	{ "detach behind an absent link", "A/x B", .detach = "",
	  .flags = AFTER | LINK, .rel = "y", .err = -ENOENT },
	{ "detach by name, which is not before the relative", "A B C",
	  .detach = "A", .flags = BEFORE, .rel = "C", .err = -ERANGE },
	{ "detach the first by name, but before all", "A B", .detach = "A",
	  .flags = BEFORE, .err = -ERANGE },
	{ "detach the last by name, but behind all", "A B", .detach = "B",
	  .flags = AFTER, .err = -ERANGE },
	{ "detach before and behind all", "A", .detach = "",
	  .flags = BEFORE | AFTER, .err = -ERANGE },
	{ "detach, a relative without a rule", "A B", .detach = "",
	  .rel = "A", .err = -EINVAL },
	{ "detach, ID without a rule", "A B", .detach = "", .flags = ID,
	  .rel = "A", .err = -EINVAL },
	{ "detach the last of a full array without a name", "1..63",
	  .detach = "", .err = -ERANGE },
	{ "detach behind all of a full array", "1..63", .detach = "",
	  .flags = AFTER, .err = -ERANGE },
	{ "detach behind the last of a full array", "1..62 A", .detach = "",
	  .flags = AFTER, .rel = "A", .err = -ERANGE },

	/* Detach: which error comes first. */
	{ "detach order: REPLACE, ESTALE", "A", .detach = "A",
	  .flags = REPLACE, .revision = 1, .err = -EINVAL },
	{ "detach order: REPLACE, empty", "", .detach = "A",
	  .flags = REPLACE, .err = -EINVAL },
	{ "detach order: ESTALE, empty", "", .detach = "A", .revision = 1,
	  .err = -ESTALE },
	{ "detach order: empty, relative not found", "", .detach = "",
	  .rel_err = -EBADF, .err = -ENOENT },
	{ "detach order: relative not found, program absent", "A",
	  .detach = "B", .rel_err = -EBADF, .err = -EBADF },
	{ "detach order: relative not found, program owned", "A/x",
	  .detach = "A", .rel_err = -EINVAL, .err = -EINVAL },
	{ "detach order: program absent, relative absent", "A/x",
	  .detach = "A", .flags = BEFORE, .rel = "Z", .err = -EBUSY },
	{ "detach order: relative absent, rules disagree", "A B",
	  .detach = "", .flags = BEFORE | AFTER, .rel = "Z",
	  .err = -ENOENT },
	{ "detach order: rules disagree, a link owns it", "A/x B/y",
	  .detach = "", .flags = BEFORE | AFTER, .err = -ERANGE },
	{ "detach order: no rule, a link owns it", "A/x", .detach = "",
	  .rel = "A", .err = -EINVAL },
	{ "detach order: full, a link owns it", "1..62 A/x", .detach = "",
	  .err = -ERANGE },
};

#define CASES	(sizeof(cases) / sizeof(cases[0]))

static unsigned int tests, failures;

static void result(bool ok, const char *what, const char *why)
{
	tests++;
	failures += !ok;
	printf("%sok %u - %s\n", ok ? "" : "not ", tests, what);
	if (!ok)
		printf("# %s\n", why);
}

static void die(const char *text)
{
	printf("Bail out! cannot read '%s' in the table\n", text);
	exit(1);
}

/* Letters are the programs from 1 on, the numbered ones come behind them. */
#define LETTERS	26

/* Read a program ("A", "B/x") or a link ("x"), nothing from "" and NULL. */
static const char *read_entry(const char *text, int *prog, int *link)
{
	*prog = 0;
	*link = 0;
	if (!text)
		return NULL;
	if (*text >= 'A' && *text <= 'Z') {
		*prog = *text++ - 'A' + 1;
		if (*text != '/')
			return text;
		text++;
	}
	if (*text >= 'a' && *text <= 'z')
		*link = *text++ - 'a' + 1;
	return text;
}

static int read_array(const char *text, struct model_entry *list)
{
	const char *at = text;
	int n = 0, last;

	while (*at) {
		if (sscanf(at, "1..%d", &last) == 1) {
			for (int i = 1; i <= last; i++)
				list[n++] = (struct model_entry){
					.prog = LETTERS + i,
				};
			at += strspn(at, "0123456789.");
		} else {
			at = read_entry(at, &list[n].prog, &list[n].link);
			if (!list[n++].prog)
				die(text);
		}
		if (*at && *at++ != ' ')
			die(text);
	}
	return n;
}

/* Attach what @list says, and have the revision that cases expect. */
static bool build(struct world *w, const struct model_entry *list, int count)
{
	world_init(w, REVISION - count);
	for (int i = 0; i < count; i++) {
		struct model_req req = {
			.prog = list[i].prog,
			.link = list[i].link,
		};

		if (!world_try(w, &req, 0))
			return false;
		if (w->err)
			return false;
	}
	return true;
}

static struct model_req case_request(const struct world *w,
				     const struct mprog_case *c)
{
	struct model_req req = {
		.rel_err = c->rel_err,
		.flags = c->flags,
		.revision = c->revision,
	};
	int link;

	read_entry(c->attach ?: c->detach, &req.prog, &req.link);
	read_entry(c->replace, &req.replace, &link);
	read_entry(c->rel, &req.rel_prog, &req.rel_link);
	if (req.rel_link)
		req.rel_prog = w->link_prog[req.rel_link];
	return req;
}

/* What the model holds then is what the case says. world_try() has made sure
 * that src/kmod/core/mprog.c holds the same.
 */
static const char *compare(const struct world *w, const struct mprog_case *c)
{
	struct model_entry want[MODEL_MAX + 1];
	int count = read_array(c->want ?: c->array, want);

	if (w->err != c->err)
		return "another result than the case's";
	if (!c->err != !!c->want)
		die(c->name);
	if (w->model.count != count ||
	    memcmp(w->model.list, want, count * sizeof(want[0])))
		return "another array than the case's";
	if (w->model.revision != REVISION + !c->err)
		return "another revision than the case's";
	return NULL;
}

static void run_case(const struct mprog_case *c)
{
	struct model_entry list[MODEL_MAX + 1];
	int count = read_array(c->array, list);
	const char *why = NULL;
	struct model_req req;
	struct world w;

	if (build(&w, list, count)) {
		req = case_request(&w, c);
		world_read(&w);
		if (!world_try(&w, &req, (c->detach ? TRY_DETACH : 0) |
			       (c->no_memory ? TRY_NO_MEMORY : 0)))
			why = w.why;
		why = why ?: compare(&w, c);
		if (!why && !world_grace_period(&w))
			why = w.why;
	} else {
		why = w.why;
	}
	result(!why, c->name, why);
	world_exit(&w);
}

/* All requests on all arrays of up to three programs, where link 1 owns none
 * or one of them. Program 4 and link 2 are not attached; 0 is none.
 */
#define SMALL_PROGS	4
#define SMALL_LINKS	2

struct small {
	struct world		w;
	struct model_entry	list[3];
	int			count;
	unsigned long		requests;
};

static bool small_try(struct small *s, const struct model_req *req,
		      unsigned int how)
{
	s->requests++;
	if (!world_try(&s->w, req, how))
		return false;
	return s->w.err || build(&s->w, s->list, s->count);
}

static bool small_relatives(struct small *s, struct model_req *req,
			    unsigned int how)
{
	req->rel_err = -EBADF;
	if (!small_try(s, req, how))
		return false;
	req->rel_err = 0;
	for (int link = 0; link <= SMALL_LINKS; link++) {
		for (int prog = 0; prog <= SMALL_PROGS; prog++) {
			if (link && prog)
				continue;
			req->rel_link = link;
			req->rel_prog = link ? s->w.link_prog[link] : prog;
			if (!small_try(s, req, how))
				return false;
		}
	}
	req->rel_link = 0;
	req->rel_prog = 0;
	return true;
}

static bool small_flags(struct small *s, struct model_req *req,
			unsigned int how)
{
	static const uint32_t flags[] = { BEFORE, AFTER, REPLACE, ID };

	for (unsigned int set = 0; set < 1 << 4; set++) {
		req->flags = 0;
		for (int i = 0; i < 4; i++)
			if (set & 1 << i)
				req->flags |= flags[i];
		for (int old = 0; old <= SMALL_PROGS; old++) {
			req->replace = old;
			if (!small_relatives(s, req, how))
				return false;
			if (how & TRY_DETACH || !(req->flags & REPLACE))
				break;
		}
	}
	return true;
}

static bool small_requests(struct small *s, unsigned int how)
{
	for (int prog = 0; prog <= SMALL_PROGS; prog++) {
		if (!prog && !(how & TRY_DETACH))
			continue;
		for (int link = 0; link <= SMALL_LINKS; link++) {
			struct model_req req = { .prog = prog, .link = link };

			if (!prog && link)
				break;
			if (!small_flags(s, &req, how))
				return false;
		}
	}
	return true;
}

static void run_small(int count, int owned)
{
	struct small s = { .count = count };
	char name[100];
	bool ok;

	for (int i = 0; i < count; i++) {
		s.list[i].prog = i + 1;
		s.list[i].link = i == owned;
	}
	ok = build(&s.w, s.list, count) &&
	     small_requests(&s, 0) && small_requests(&s, TRY_NO_MEMORY) &&
	     small_requests(&s, TRY_ABORT) && small_requests(&s, TRY_DETACH) &&
	     small_requests(&s, TRY_DETACH | TRY_NO_MEMORY);
	snprintf(name, sizeof(name),
		 "all requests on %d programs, link: %d (%lu requests)", count,
		 owned < 0 ? 0 : owned + 1, s.requests);
	result(ok, name, s.w.why);
	world_exit(&s.w);
}

int main(void)
{
	/* What was printed before a crash is to be seen. */
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("TAP version 13\n");
	for (unsigned int i = 0; i < CASES; i++)
		run_case(&cases[i]);
	for (int count = 0; count <= 3; count++)
		for (int owned = -1; owned < count; owned++)
			run_small(count, owned);
	printf("1..%u\n", tests);
	return failures ? 1 : 0;
}
