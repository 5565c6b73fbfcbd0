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

#include "command.h"
#include "detach.h"
#include "detach_all.h"
#include "link.h"
#include "options.h"
#include "pin.h"
#include "point.h"
#include "refuse.h"
#include "source.h"

static const char *all_of;	/* a process, or a path */

static const struct option_entry entries[] = {
	{ .name = "all-of", .type = OPTION_TEXT, .argument = "PID|PIN",
	  .value = &all_of,
	  .help = "all of a process, of a pin or of a folder of pins" },
	OPTION_EXPECTED_REVISION,
	{},
};

static int detach_checked(int fd, const struct tcx_link_info *info,
			  const struct point *point)
{
	int err = bpf_link_detach(fd);

	return err ? link_refuse(err, TCX_OP_LINK_DETACH, fd) :
		     detach_report_link(info, point);
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
		code = detach_program(point, fd);
	} else {
		code = refuse("%s is a BPF map; give the path of a pinned program or link",
			      words[1]);
	}
	close(fd);
	return code;
}

static int run_all_of(char **words, int n)
{
	if (n)
		return usage("--all-of says what is detached, wherever that is; '%s' is too much",
			     words[0]);
	if (options.expected_revision)
		return usage("--expected-revision is about one attach point, --all-of about all");
	return detach_all_of(all_of);
}

static int run(char **words, int n)
{
	struct point point;
	int fd, code;

	if (all_of)
		return run_all_of(words, n);

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
		return code ? code :
			      detach_end(&point, *words[2] == 'f' ?
					 END_FIRST : END_LAST);
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
		code = detach_program(&point, fd);
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
		{ "--all-of={PID|PIN}",
		  "detach all that a process holds, or that a path or folder has pinned" },
	},
	.options = entries,
	.run = run,
};
