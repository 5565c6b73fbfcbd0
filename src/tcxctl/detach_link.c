// SPDX-License-Identifier: GPL-2.0
/* Detaching by a link, and what is left of it then. */
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "bpffs.h"
#include "detach_link.h"
#include "json.h"
#include "link.h"
#include "map_pins.h"
#include "options.h"
#include "owners.h"
#include "point.h"
#include "print.h"
#include "refuse.h"

static void report_json(const struct tcx_link_info *info,
			const struct point *point, const struct owner *owner,
			int unpin_err)
{
	json_t *object = json_object();

	if (point) {
		put_member(object, "device", text_json(point->device));
		put_member(object, "ifindex", json_integer(point->ifindex));
		put_member(object, "direction",
			   json_string(point_direction(point)));
	}
	put_member(object, "program",
		   json_pack("{s:I}", "id", (json_int_t)info->prog_id));
	if (owner)
		put_member(object, "link", owner_json(owner));
	map_pins_problem(unpin_err, object);
	print_json(object);
}

static void report_text(const struct tcx_link_info *info,
			const struct point *point, const struct owner *owner)
{
	if (point)
		print("%s %s: ", point->device, point_direction(point));
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

static int detach(int fd, const struct tcx_link_info *info,
		  const struct point *point)
{
	struct owners owners = {};
	const struct owner *owner;
	int err, unpin_err;

	err = bpf_link_detach(fd);
	if (err)
		return link_refuse(err, TCX_OP_LINK_DETACH, fd);
	if (!owners_add(&owners, info->id))
		owners_find(&owners);
	owner = owners_of(&owners, info->id);
	unpin_err = unpin_maps(info->id, owner);
	if (info->ifindex)
		output_changed();
	if (options.json) {
		report_json(info, point, owner, unpin_err);
	} else {
		report_text(info, point, owner);
		map_pins_problem(unpin_err, NULL);
	}
	owners_free(&owners);
	return EXIT_DONE;
}

/* point: where it has to be attached; NULL: anywhere */
int detach_link(int fd, const struct point *point)
{
	struct tcx_link_info info;
	char name[IF_NAMESIZE];
	struct point own;
	bool here;
	int code;

	code = link_check(fd, &info);
	if (code)
		return code;
	here = !point_of_link(&own, &info, name);
	if (point && (!here || own.ifindex != point->ifindex ||
		      own.attach_type != point->attach_type)) {
		refuse_errno(ENOENT);
		return refuse("link id %u is not attached to %s %s; 'tcxctl show' lists what is, 'tcxctl detach link %u' detaches it wherever it is",
			      info.id, point->device, point_direction(point),
			      info.id);
	}
	return detach(fd, &info, here ? &own : NULL);
}

/* "link N" or "pinned PATH", and nothing else */
int detach_link_words(char **words, int n)
{
	int fd, code;

	if (options.expected_revision)
		return usage("--expected-revision does not go with a link, which is detached at any revision");
	fd = link_from_words(words, n);
	if (fd < 0)
		return -fd;
	code = detach_link(fd, NULL);
	close(fd);
	return code;
}
