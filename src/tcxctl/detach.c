// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <bpf/bpf.h>

#include "bpffs.h"
#include "detach.h"
#include "info.h"
#include "json.h"
#include "link.h"
#include "map_pins.h"
#include "options.h"
#include "owners.h"
#include "print.h"
#include "refuse.h"

#define TRIES 8		/* to name what goes while others change things */

/* Where reports go as JSON, if not to standard output one by one */
static json_t *collected;

void detach_collect(json_t *array)
{
	collected = array;
}

static void put_report(json_t *object)
{
	if (collected)
		put_element(collected, object);
	else
		print_json(object);
}

int detach_report_program(const struct point *point, __u32 id)
{
	json_t *object;

	output_changed();
	if (options.json) {
		object = point_json(point);
		put_member(object, "program", id_json(id));
		put_report(object);
		return EXIT_DONE;
	}
	point_print(point);
	print(": detached program id %u\n", id);
	return EXIT_DONE;
}

static int detach(const struct point *point, int fd, __u32 flags,
		  __u64 revision)
{
	TCX_OPTS(tcx_detach_opts, opts,
		.flags = flags,
		.expected_revision = revision,
	);

	return tcx_prog_detach(point->ifindex, point->attach_type, fd, &opts);
}

static int refuse_detach(int err, const struct point *point, int fd,
			 __u32 flags)
{
	struct tcx_explain_opts what;

	point_explain(point, TCX_OP_DETACH, &what);
	what.prog_fd = fd;
	what.flags = flags;
	what.expected_revision = options.expected_revision;
	return refuse_request(err, &what);
}

int detach_program(const struct point *point, int fd)
{
	__u32 id = prog_id_of(fd);
	int err = detach(point, fd, 0, options.expected_revision);

	return err ? refuse_detach(err, point, fd, 0) :
		     detach_report_program(point, id);
}

/* The program at an end, and the revision at which it is there; 0 if nobody can
 * tell: classic tc counts no revisions.
 */
static __u32 program_at(const struct point *point, enum end end,
			__u64 *revision)
{
	struct listing list;
	__u32 id = 0;

	if (point_list(point, &list))
		return 0;
	if (list.count && list.revision) {
		id = list.prog_ids[end == END_FIRST ? 0 : list.count - 1];
		*revision = list.revision;
	}
	listing_free(&list);
	return id;
}

static int report_end(const struct point *point, enum end end, __u32 id,
		      const struct prog_details *details)
{
	json_t *object;

	output_changed();
	if (options.json) {
		object = point_json(point);
		if (id)
			put_member(object, "program", id_json(id));
		put_report(object);
		return EXIT_DONE;
	}
	point_print(point);
	print(": detached the %s program", end == END_FIRST ? "first" : "last");
	if (id)
		print(", id %u %s", id, prog_name(details));
	print("\n");
	return EXIT_DONE;
}

/* The kernel finds the end itself, so that nobody can be faster. Which program that
 * is can only be said if nothing has changed since it was asked for.
 */
int detach_end(const struct point *point, enum end end)
{
	__u32 flags = end == END_FIRST ? BPF_F_BEFORE : BPF_F_AFTER, id;
	struct prog_details details = {};
	int err, tries = 0;
	__u64 revision;

	do {
		revision = options.expected_revision;
		id = tries < TRIES ? program_at(point, end, &revision) : 0;
		if (options.expected_revision &&
		    options.expected_revision != revision) {
			revision = options.expected_revision;
			id = 0;
		}
		if (id)
			prog_describe_id(id, &details);
		err = detach(point, 0, flags, revision);
	} while (err == -ESTALE && !options.expected_revision &&
		 tries++ < TRIES);
	return err ? refuse_detach(err, point, 0, flags) :
		     report_end(point, end, id, &details);
}

static void report_link_json(const struct tcx_link_info *info,
			     const struct point *point,
			     const struct owner *owner, int unpin_err)
{
	json_t *object = point ? point_json(point) : json_object();

	put_member(object, "program", id_json(info->prog_id));
	if (owner)
		put_member(object, "link", owner_json(owner));
	map_pins_problem(unpin_err, object);
	put_report(object);
}

static void report_link(const struct tcx_link_info *info,
			const struct point *point, const struct owner *owner)
{
	if (point) {
		point_print(point);
		print(": ");
	}
	if (info->ifindex)
		print("detached program id %u of link id %u", info->prog_id,
		      info->id);
	else
		print("link id %u was defunct already", info->id);
	if (!owner || (!owner->n_pins && !owner->n_holders)) {
		print("; %s\n", bpffs_at(BPFFS) ?
		      "nothing of the link is left" :
		      "nobody to be seen from here has the link, but no bpffs is mounted at " BPFFS " here");
		return;
	}
	print("; the link remains, defunct, until it is %s%s%s:\n",
	      owner->n_pins ? "unpinned with 'rm'" : "",
	      owner->n_pins && owner->n_holders ? " and " : "",
	      owner->n_holders ? "let go of" : "");
	owner_print(owner, "  ");
}

/* What was pinned beside the link is for the program that it had attached. */
static int unpin_maps(__u32 id, const struct owner *owner)
{
	int err, ret = 0;
	size_t i;

	for (i = 0; owner && i < owner->n_pins; i++) {
		err = map_pins_drop(owner->pins[i], id);
		if (err)
			ret = err;
	}
	return ret;
}

/* point: where it was attached; NULL: not in this network namespace */
int detach_report_link(const struct tcx_link_info *info,
		       const struct point *point)
{
	struct owners owners = {};
	const struct owner *owner;
	int unpin_err;

	if (!owners_add(&owners, info->id))
		owners_find(&owners);
	owner = owners_of(&owners, info->id);
	unpin_err = unpin_maps(info->id, owner);
	if (info->ifindex)
		output_changed();
	if (options.json) {
		report_link_json(info, point, owner, unpin_err);
	} else {
		report_link(info, point, owner);
		map_pins_problem(unpin_err, NULL);
	}
	owners_free(&owners);
	return EXIT_DONE;
}
