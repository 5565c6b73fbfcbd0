// SPDX-License-Identifier: GPL-2.0
/*
 * The cases of tests/cases, asked of src/kmod/core/mprog.c alone. Each runs
 * against the model too, so they are also what the model is tested by.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <linux/tcx_backport.h>

#include "row.h"
#include "tap.h"
#include "world.h"

/* Links that are not attached here. */
#define LINK_OTHER	(PROGS + 1)
#define LINK_DEFUNCT	(PROGS + 2)

/* An attach point, and which link owns a program or would: a link is known by
 * the program that it runs.
 */
struct stage {
	struct world	w;
	int		links[PROGS];
};

static void die(const struct row *row, const char *text)
{
	printf("Bail out! \"%s\": %s: %s\n", row->start, row->request, text);
	exit(1);
}

static bool is_prog(int object)
{
	return object < PROGS;
}

static bool is_link(int object)
{
	return object >= OBJ_LINK && object <= OBJ_DEFUNCT;
}

/* The numbers of programs and links; what is none is another interface's. */
static int prog_nr(const struct row *row, int object)
{
	if (object == OBJ_NONE)
		return 0;
	if (!is_prog(object))
		die(row, "mprog.c is given programs only");
	return object + 1;
}

static int link_nr(const struct stage *s, const struct row *row, int object)
{
	if (!is_link(object))
		die(row, "mprog.c is given links only");
	if (object == OBJ_OTHER)
		return LINK_OTHER;
	if (object == OBJ_DEFUNCT)
		return LINK_DEFUNCT;
	return s->links[object - OBJ_LINK];
}

static int read_state(const struct stage *s, const char *state,
		      struct model_entry *list)
{
	int objects[SPARES], count = state_read(state, objects);

	for (int i = 0; i < count; i++) {
		int object = objects[i];

		list[i] = (struct model_entry){ .prog = object + 1 };
		if (!is_link(object))
			continue;
		list[i].prog -= OBJ_LINK;
		list[i].link = s->links[object - OBJ_LINK];
	}
	return count;
}

static bool arrange(struct stage *s, const struct row *row)
{
	struct model_entry list[SPARES];

	for (int i = 0; i < PROGS; i++)
		s->links[i] = i + 1;
	if (!world_build(&s->w, list, read_state(s, row->start, list)))
		return false;
	s->w.link_prog[LINK_OTHER] = prog_nr(row, 0);
	s->w.link_prog[LINK_DEFUNCT] = prog_nr(row, 1);
	return true;
}

/* A relative that is not found, and one of the wrong kind, are errors that
 * mprog.c is told.
 */
static void set_relative(const struct stage *s, const struct row *row,
			 int object, struct model_req *req)
{
	switch (object) {
	case OBJ_NONE:
		return;
	case OBJ_CLOSED:
		req->rel_err = -EBADF;
		return;
	case OBJ_GONE:
		req->rel_err = -ENOENT;
		return;
	case OBJ_FILE:
		req->rel_err = -EINVAL;
		return;
	}
	if (req->flags & BPF_F_LINK) {
		req->rel_link = link_nr(s, row, object);
		req->rel_prog = s->w.link_prog[req->rel_link];
	} else {
		req->rel_prog = prog_nr(row, object);
	}
}

/* What becomes of the words before mprog.c is asked. */
static struct model_req translate(const struct stage *s, const struct row *row,
				  const struct request *words)
{
	struct model_req req = {
		.flags = words->flags,
		.revision = row_revision(words->revision,
					 s->w.model.revision),
	};

	if (words->nodev || words->badtype)
		die(row, "mprog.c knows no devices and types");
	if (words->by != OBJ_NONE)
		req.link = link_nr(s, row, words->by);
	set_relative(s, row, words->relative, &req);

	switch (words->verb) {
	case UPDATE:
		if (words->second != OBJ_NONE)
			die(row, "mprog.c is not told an update's old program");
		req.link = link_nr(s, row, words->subject);
		req.flags |= BPF_F_REPLACE;
		req.prog = prog_nr(row, words->prog);
		req.replace = prog_nr(row, words->subject - OBJ_LINK);
		return req;
	case CLOSE:
		req.link = link_nr(s, row, words->subject);
		req.prog = prog_nr(row, words->subject - OBJ_LINK);
		return req;
	case CREATE:
		req.link = link_nr(s, row, words->subject + OBJ_LINK);
		break;
	case ATTACH:
	case DETACH:
	case VERBS:
		break;
	}
	req.prog = prog_nr(row, words->subject);
	req.replace = prog_nr(row, words->second);
	if (!req.prog && words->verb != DETACH)
		die(row, "it attaches no program");
	return req;
}

static bool issue(struct stage *s, const struct row *row)
{
	struct request words = row_request(row);
	struct model_req req = translate(s, row, &words);
	bool detach = words.verb == DETACH || words.verb == CLOSE;

	if (!world_try(&s->w, &req, (detach ? TRY_DETACH : 0) |
		       (words.nomem ? TRY_NO_MEMORY : 0)))
		return false;
	if (!s->w.err && !detach && req.link)
		s->links[req.prog - 1] = req.link;
	return true;
}

/* What the model holds then is what the row says. world_try() has made sure
 * that mprog.c holds the same.
 */
static const char *compare(const struct stage *s, const struct row *row,
			   uint64_t revision)
{
	const struct model *m = &s->w.model;
	struct model_entry want[SPARES];
	int count;

	if (!row->ret != !!row->end)
		die(row, "an answer that does not go with what is left");
	count = read_state(s, row->end ?: row->start, want);
	if (s->w.err != row->ret)
		return "another answer than the row's";
	if (m->count != count || memcmp(m->list, want, count * sizeof(want[0])))
		return "another array than the row's";
	if (m->revision != revision + !row->ret)
		return "another revision than the row's";
	return NULL;
}

static void run_row(const struct table *table, const struct row *row)
{
	const char *why = NULL;
	uint64_t revision;
	struct stage s;
	char name[200];

	if (arrange(&s, row)) {
		revision = s.w.model.revision;
		world_read(&s.w);
		if (issue(&s, row))
			why = compare(&s, row, revision);
		else
			why = s.w.why;
		if (!why && !world_grace_period(&s.w))
			why = s.w.why;
	} else {
		why = s.w.why;
	}
	snprintf(name, sizeof(name), "%s: \"%s\": %s", table->name, row->start,
		 row->request);
	tap_result(!why, name, why);
	world_exit(&s.w);
}

int main(void)
{
	static const struct table *const subjects[] = {
		attach_tables, detach_tables, link_tables, full_tables,
		array_tables,
	};

	tap_begin();
	for (size_t i = 0; i < sizeof(subjects) / sizeof(subjects[0]); i++)
		for (const struct table *t = subjects[i]; t->name; t++)
			for (unsigned int k = 0; k < t->count; k++)
				if (t->asked & ASK_ARRAY)
					run_row(t, &t->rows[k]);
	return tap_end();
}
