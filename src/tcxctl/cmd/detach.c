// SPDX-License-Identifier: GPL-2.0
/*
 * A program is taken off its attach point; what a link has attached is detached
 * by the link, and something of the link is left then.
 */
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "bpffs.h"
#include "command.h"
#include "info.h"
#include "json.h"
#include "link.h"
#include "map_pins.h"
#include "options.h"
#include "owners.h"
#include "pin.h"
#include "point.h"
#include "print.h"
#include "refuse.h"
#include "source.h"

static const struct option_entry entries[] = {
	OPTION_EXPECTED_REVISION,
	{},
};

static int report_program(const struct point *point, __u32 id, const char *end)
{
	json_t *object;

	output_changed();
	if (options.json) {
		object = point_json(point);
		if (id)
			put_member(object, "program", id_json(id));
		print_json(object);
		return EXIT_DONE;
	}
	point_print(point);
	if (id)
		print(": detached program id %u\n", id);
	else
		print(": detached the %s program\n", end);
	return EXIT_DONE;
}

static int detach_program(const struct point *point, int fd, __u32 flags,
			  const char *end)
{
	TCX_OPTS(tcx_detach_opts, opts,
		.flags = flags,
		.expected_revision = options.expected_revision,
	);
	struct tcx_explain_opts what;
	__u32 id = fd ? prog_id_of(fd) : 0;
	int err;

	err = tcx_prog_detach(point->ifindex, point->attach_type, fd, &opts);
	if (!err)
		return report_program(point, id, end);
	point_explain(point, TCX_OP_DETACH, &what);
	what.prog_fd = fd;
	what.flags = flags;
	what.expected_revision = options.expected_revision;
	return refuse_request(err, &what);
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
	print_json(object);
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

static int detach_checked(int fd, const struct tcx_link_info *info,
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
		report_link_json(info, point, owner, unpin_err);
	} else {
		report_link(info, point, owner);
		map_pins_problem(unpin_err, NULL);
	}
	owners_free(&owners);
	return EXIT_DONE;
}

/* point: where it has to be attached; NULL: anywhere */
static int detach_link(int fd, const struct point *point)
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
	return detach_checked(fd, &info, here ? &own : NULL);
}

static int check_revision(void)
{
	if (!options.expected_revision)
		return EXIT_DONE;
	return usage("--expected-revision does not go with a link, which is detached at any revision");
}

/* "link N" or "pinned PATH", and nothing else */
static int detach_link_words(char **words, int n)
{
	int fd, code;

	code = check_revision();
	if (code)
		return code;
	fd = link_from_words(words, n);
	if (fd < 0)
		return -fd;
	code = detach_link(fd, NULL);
	close(fd);
	return code;
}

/* A pin is a program's or a link's; whichever, it has to be attached here. */
static int detach_pinned(struct point *point, char **words, int n)
{
	enum pin_kind kind;
	int fd, code;

	if (n != 2)
		return n < 2 ? usage("'pinned' needs a value") :
			       usage("'%s' is one word too many", words[2]);
	fd = pin_open(words[1], &kind);
	if (fd < 0)
		return -fd;
	if (kind == PIN_LINK) {
		code = check_revision();
		if (!code)
			code = detach_link(fd, point);
	} else if (kind == PIN_PROG) {
		code = detach_program(point, fd, 0, NULL);
	} else {
		code = refuse("%s is a BPF map; give the path of a pinned program or link",
			      words[1]);
	}
	close(fd);
	return code;
}

static int run(char **words, int n)
{
	struct point point;
	int fd, code;
	__u32 flags;

	/* A link knows its device. */
	if (n == 2 && (!strcmp(words[0], "link") || !strcmp(words[0], "pinned")))
		return detach_link_words(words, n);
	if (n < 3)
		return usage("detach needs a device, a direction and id N, pinned PATH, first or last; or link N or pinned PATH alone");
	code = point_parse(&point, words[1]);
	if (code)
		return code;

	if (!strcmp(words[2], "first") || !strcmp(words[2], "last")) {
		if (n > 3)
			return usage("'%s' is one word too many", words[3]);
		code = point_device(&point, words[0]);
		if (code)
			return code;
		/* The kernel finds the end itself: nobody can be faster. */
		flags = *words[2] == 'f' ? BPF_F_BEFORE : BPF_F_AFTER;
		return detach_program(&point, 0, flags, words[2]);
	}
	if (!strcmp(words[2], "pinned")) {
		code = point_device(&point, words[0]);
		return code ? code : detach_pinned(&point, words + 2, n - 2);
	}
	if (!strcmp(words[2], "link"))
		return usage("a link knows where it is attached: 'detach link %s' is all",
			     n > 3 ? words[3] : "N");
	if (strcmp(words[2], "id"))
		return usage("a program to be detached is named by id N, pinned PATH, first or last, not by '%s'",
			     words[2]);
	fd = prog_from_words(words + 2, n - 2, NULL);
	if (fd < 0)
		return -fd;
	code = point_device(&point, words[0]);
	if (!code)
		code = detach_program(&point, fd, 0, NULL);
	close(fd);
	return code;
}

const struct command command_detach = {
	.name = "detach",
	.forms = {
		{ COMMAND_DEVICE " {id N | pinned PATH | first | last}",
		  "detach a program" },
		{ "{link N | pinned PATH}",
		  "detach what a link has attached; the link remains, defunct" },
	},
	.options = entries,
	.run = run,
};
