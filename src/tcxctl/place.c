// SPDX-License-Identifier: GPL-2.0
/*
 * From "--after=first" to a request. The kernel knows programs by id and fd;
 * whoever stands first is found by asking, and the revision that came with
 * the answer makes the request fail if somebody was faster. The command attach
 * then looks again.
 */
#include <errno.h>
#include <unistd.h>

#include "options.h"
#include "pin.h"
#include "place.h"
#include "point.h"
#include "ref.h"
#include "refuse.h"
#include "source.h"

struct place_options place_options;

/* What is wrong with the options, whatever is attached. */
int place_check(void)
{
	struct ref ref = {};
	int err = 0;

	if (place_options.before.text && place_options.after.text)
		return usage("--before and --after cannot both name a program; name one");
	if (place_options.before.text)
		err = ref_parse(&ref, place_options.before.text, "--before");
	if (!err && place_options.after.text)
		err = ref_parse(&ref, place_options.after.text, "--after");
	if (!err && place_options.replace)
		err = ref_parse(&ref, place_options.replace, "--replace");
	if (!err && place_options.replace && ref.kind == REF_LINK)
		return usage("a link's program is replaced with 'tcxctl update link %u'",
			     ref.id);
	return err;
}

/* The program that is first or last now. */
static int find_end(struct place *place, const struct point *point,
		    const struct ref *ref, __u32 *id)
{
	struct listing listing;
	int err;

	err = point_list(point, &listing);
	if (err)
		return point_refuse_query(err, point);
	if (!listing.count) {
		listing_free(&listing);
		refuse_errno(ENOENT);
		return refuse("cannot attach to %s %s: nothing is attached there, so there is no %s program; attach without naming one",
			      point->device, point_direction(point),
			      ref->kind == REF_FIRST ? "first" : "last");
	}
	*id = listing.prog_ids[ref->kind == REF_FIRST ? 0 : listing.count - 1];
	if (!options.expected_revision) {
		place->opts.expected_revision = listing.revision;
		place->own_revision = true;
	}
	listing_free(&listing);
	return EXIT_DONE;
}

static int find_relative(struct place *place, const struct point *point,
			 const char *text, const char *option, __u32 flag)
{
	enum pin_kind kind;
	struct ref ref;
	int err;

	place->opts.flags |= flag;
	if (!text)
		return EXIT_DONE;
	err = ref_parse(&ref, text, option);
	if (err)
		return err;

	switch (ref.kind) {
	case REF_ID:
		place->opts.relative_id = ref.id;
		return EXIT_DONE;
	case REF_LINK:
		place->opts.relative_id = ref.id;
		place->opts.flags |= BPF_F_LINK;
		return EXIT_DONE;
	case REF_PINNED:
		place->relative_fd = pin_open(ref.path, &kind);
		if (place->relative_fd < 0)
			return -place->relative_fd;
		if (kind == PIN_LINK)
			place->opts.flags |= BPF_F_LINK;
		place->opts.relative_fd = place->relative_fd;
		return EXIT_DONE;
	case REF_FIRST:
		if (flag == BPF_F_BEFORE)	/* no relative means just that */
			return EXIT_DONE;
		break;
	case REF_LAST:
		if (flag == BPF_F_AFTER)
			return EXIT_DONE;
		break;
	}
	return find_end(place, point, &ref, &place->opts.relative_id);
}

static int find_replaced(struct place *place, const struct point *point)
{
	struct ref ref;
	int err;

	err = ref_parse(&ref, place_options.replace, "--replace");
	if (!err && (ref.kind == REF_FIRST || ref.kind == REF_LAST))
		err = find_end(place, point, &ref, &ref.id);
	if (err)
		return err;
	place->replace_fd = ref.kind == REF_PINNED ? prog_by_path(ref.path) :
			    prog_by_id(ref.id);
	if (place->replace_fd < 0)
		return -place->replace_fd;
	place->opts.flags |= BPF_F_REPLACE;
	place->opts.replace_prog_fd = place->replace_fd;
	return EXIT_DONE;
}

int place_find(struct place *place, const struct point *point)
{
	TCX_OPTS(tcx_attach_opts, opts,
		.expected_revision = options.expected_revision);
	int err = EXIT_DONE;

	place->opts = opts;
	place->relative_fd = -1;
	place->replace_fd = -1;
	place->own_revision = false;

	if (place_options.before.given)
		err = find_relative(place, point, place_options.before.text,
				    "--before", BPF_F_BEFORE);
	if (!err && place_options.after.given)
		err = find_relative(place, point, place_options.after.text,
				    "--after", BPF_F_AFTER);
	if (!err && place_options.replace)
		err = find_replaced(place, point);
	if (err)
		place_release(place);
	return err;
}

void place_release(struct place *place)
{
	if (place->relative_fd >= 0)
		close(place->relative_fd);
	if (place->replace_fd >= 0)
		close(place->replace_fd);
	place->relative_fd = -1;
	place->replace_fd = -1;
}
