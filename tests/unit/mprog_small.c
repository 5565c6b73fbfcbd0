// SPDX-License-Identifier: GPL-2.0
/*
 * All requests that src/kmod/core/mprog.c can be asked on small arrays, and what
 * the model says to each.
 */
#include <errno.h>

#include <linux/tcx_backport.h>

#include "tap.h"
#include "world.h"

#define BEFORE		BPF_F_BEFORE
#define AFTER		BPF_F_AFTER
#define REPLACE		BPF_F_REPLACE
#define ID		BPF_F_ID

/* Link 1 owns none of the programs, or one of them. Program 4 and link 2 are
 * not attached; 0 is none.
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
	return s->w.err || world_build(&s->w, s->list, s->count);
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
	ok = world_build(&s.w, s.list, count) &&
	     small_requests(&s, 0) && small_requests(&s, TRY_NO_MEMORY) &&
	     small_requests(&s, TRY_ABORT) && small_requests(&s, TRY_DETACH) &&
	     small_requests(&s, TRY_DETACH | TRY_NO_MEMORY);
	snprintf(name, sizeof(name),
		 "all requests on %d programs, link: %d (%lu requests)", count,
		 owned < 0 ? 0 : owned + 1, s.requests);
	tap_result(ok, name, s.w.why);
	world_exit(&s.w);
}

int main(void)
{
	tap_begin();
	for (int count = 0; count <= 3; count++)
		for (int owned = -1; owned < count; owned++)
			run_small(count, owned);
	return tap_end();
}
