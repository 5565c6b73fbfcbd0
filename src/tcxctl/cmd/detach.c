// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "detach_link.h"
#include "info.h"
#include "json.h"
#include "options.h"
#include "pin.h"
#include "point.h"
#include "print.h"
#include "refuse.h"
#include "source.h"

static const struct option_entry entries[] = {
	OPTION_EXPECTED_REVISION,
	{},
};

static int report(const struct point *point, __u32 id, const char *end)
{
	json_t *object;

	output_changed();
	if (options.json) {
		object = json_pack("{s:o, s:i, s:s}",
				   "device", text_json(point->device),
				   "ifindex", point->ifindex,
				   "direction", point_direction(point));
		if (id)
			put_member(object, "program",
				   json_pack("{s:I}", "id", (json_int_t)id));
		print_json(object);
		return EXIT_DONE;
	}
	print("%s %s: detached ", point->device, point_direction(point));
	if (id)
		print("program id %u\n", id);
	else
		print("the %s program\n", end);
	return EXIT_DONE;
}

static int detach(const struct point *point, int fd, __u32 flags,
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
		return report(point, id, end);
	point_explain(point, TCX_OP_DETACH, &what);
	what.prog_fd = fd;
	what.flags = flags;
	what.expected_revision = options.expected_revision;
	return refuse_request(err, &what);
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
	if (kind == PIN_LINK && options.expected_revision)
		code = usage("--expected-revision does not go with a link, which is detached at any revision");
	else if (kind == PIN_LINK)
		code = detach_link(fd, point);
	else if (kind == PIN_PROG)
		code = detach(point, fd, 0, NULL);
	else
		code = refuse("%s is a BPF map; give the path of a pinned program or link",
			      words[1]);
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
		return detach(&point, 0, flags, words[2]);
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
		code = detach(&point, fd, 0, NULL);
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
