// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include <linux/tcx_backport.h>

#include "model.h"

/* Positions are upstream's: -1 is in front of the first entry, count is after
 * the last one.
 */
#define NOWHERE		(-1000)

static bool attached(const struct model *m, int prog)
{
	for (int i = 0; i < m->count; i++)
		if (m->list[i].prog == prog)
			return true;
	return false;
}

/* Where the program is that may be changed by whoever comes with @link. */
static int exactly(const struct model *m, int prog, int link)
{
	for (int i = 0; i < m->count; i++) {
		if (m->list[i].prog != prog)
			continue;
		return m->list[i].link == link ? i : -EBUSY;
	}
	return -ENOENT;
}

/* Where the relative is; a link as relative has to own the place. */
static bool find_relative(const struct model *m, const struct model_req *req,
			  int *at)
{
	for (int i = 0; i < m->count; i++) {
		if (m->list[i].prog != req->rel_prog)
			continue;
		if (req->rel_link && m->list[i].link != req->rel_link)
			continue;
		*at = i;
		return true;
	}
	return false;
}

/* One more rule wants @place: it must be where the other rules are. */
static bool agrees(int *where, int place)
{
	if (*where != NOWHERE && *where != place)
		return false;
	*where = place;
	return true;
}

static int rule_before(const struct model *m, const struct model_req *req,
		       int *where)
{
	int place = -1, at;

	if (req->rel_prog) {
		if (!find_relative(m, req, &at))
			return -ENOENT;
		place = at - 1;
	}
	return agrees(where, place) ? 0 : -ERANGE;
}

static int rule_after(const struct model *m, const struct model_req *req,
		      int *where)
{
	int place = m->count, at;

	if (req->rel_prog) {
		if (!find_relative(m, req, &at))
			return -ENOENT;
		place = at + 1;
	}
	return agrees(where, place) ? 0 : -ERANGE;
}

/* The rules that attach and detach have in common. */
static int positions(const struct model *m, const struct model_req *req,
		     int *where)
{
	int err;

	if (req->flags & BPF_F_BEFORE) {
		err = rule_before(m, req, where);
		if (err)
			return err;
	}
	if (req->flags & BPF_F_AFTER) {
		err = rule_after(m, req, where);
		if (err)
			return err;
	}
	if (*where == NOWHERE) {
		if (req->rel_prog || req->flags)
			return -EINVAL;
		*where = m->count;
	}
	return *where >= MODEL_MAX ? -ERANGE : 0;
}

int model_attach(struct model *m, const struct model_req *req)
{
	struct model_entry entry = { req->prog, req->link };
	int where = NOWHERE, err;

	if (req->revision && req->revision != m->revision)
		return -ESTALE;
	if (attached(m, req->prog))
		return -EEXIST;
	if (req->rel_err)
		return req->rel_err;
	if (req->flags & BPF_F_REPLACE) {
		where = exactly(m, req->replace, req->link);
		if (where < 0)
			return where;
	} else if (m->count == MODEL_MAX) {
		return -ERANGE;
	}
	err = positions(m, req, &where);
	if (err)
		return err;

	m->revision++;
	if (req->flags & BPF_F_REPLACE) {
		m->list[where] = entry;
		return 0;
	}
	/* 'before' means the entry in front of the relative: go after it. */
	if (req->flags & BPF_F_BEFORE)
		where++;
	for (int i = m->count; i > where; i--)
		m->list[i] = m->list[i - 1];
	m->list[where] = entry;
	m->count++;
	return 0;
}

int model_detach(struct model *m, const struct model_req *req,
		 struct model_entry *gone)
{
	int where = NOWHERE, err;

	if (req->flags & BPF_F_REPLACE)
		return -EINVAL;
	if (req->revision && req->revision != m->revision)
		return -ESTALE;
	if (!m->count)
		return -ENOENT;
	if (req->rel_err)
		return req->rel_err;
	if (req->prog) {
		where = exactly(m, req->prog, req->link);
		if (where < 0)
			return where;
	}
	err = positions(m, req, &where);
	if (err)
		return err;

	if (where == -1)
		where = 0;
	if (where == m->count)
		where = m->count - 1;
	if (m->list[where].link && !req->link)
		return -EBUSY;
	*gone = m->list[where];
	m->revision++;
	m->count--;
	for (int i = where; i < m->count; i++)
		m->list[i] = m->list[i + 1];
	return 0;
}
