// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "tcxctl.h"

/* How often to look again when others keep changing what is first or last. */
#define TRIES 16

static int attach_once(const struct point *point, int fd, bool last_try,
		       bool *again)
{
	struct tcx_explain_opts what;
	struct place place;
	int err, code;

	code = place_find(&place, point);
	if (code)
		return code;
	err = tcx_prog_attach(point->ifindex, point->attach_type, fd,
			      &place.opts);
	*again = err == -ESTALE && place.own_revision && !last_try;
	if (err && !*again) {
		point_explain(point, TCX_OP_ATTACH, &what);
		what.prog_fd = fd;
		what.flags = place.opts.flags;
		what.relative_fd = place.opts.relative_fd;
		what.relative_id = place.opts.relative_id;
		what.replace_prog_fd = place.opts.replace_prog_fd;
		what.expected_revision = place.opts.expected_revision;
		code = refuse_request(err, &what);
	}
	place_release(&place);
	return code;
}

static void report(const struct point *point, int fd)
{
	struct prog_details details;
	__u32 id = prog_id_of(fd);
	struct listing now;
	json_t *object;
	bool asked;

	prog_describe(fd, &details);
	asked = !point_list(point, &now);
	if (options.json) {
		object = json_pack("{s:s, s:i, s:s, s:o}",
				   "device", point->device,
				   "ifindex", point->ifindex,
				   "direction", point_direction(point),
				   "program", prog_json(id, &details));
		if (asked)
			json_object_set_new(object, "revision",
					    json_integer(now.revision));
		print_json(object);
	} else {
		printf("%s %s: attached program id %u%s%s", point->device,
		       point_direction(point), id,
		       details.name[0] ? " " : "", details.name);
		if (asked)
			printf(", revision %llu",
			       (unsigned long long)now.revision);
		putchar('\n');
	}
	if (asked)
		listing_free(&now);
}

int do_attach(char **words, int n)
{
	bool again = false;
	struct point point;
	int fd, code, i;

	if (n < 2)
		return usage("attach needs a device, a direction and a program");
	code = place_check();
	if (!code)
		code = point_parse(&point, words[1]);
	if (code)
		return code;
	fd = prog_from_words(words + 2, n - 2);
	if (fd < 0)
		return -fd;
	code = point_device(&point, words[0]);
	if (code) {
		close(fd);
		return code;
	}

	for (i = 1; i <= TRIES; i++) {
		code = attach_once(&point, fd, i == TRIES, &again);
		if (!again)
			break;
	}
	if (!code)
		report(&point, fd);
	close(fd);
	return code;
}
