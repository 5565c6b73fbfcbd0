// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "command.h"
#include "hold.h"
#include "info.h"
#include "json.h"
#include "map_pins.h"
#include "maps.h"
#include "options.h"
#include "place.h"
#include "point.h"
#include "print.h"
#include "ref.h"
#include "refuse.h"
#include "source.h"

/* How often to look again when others keep changing what is first or last. */
#define TRIES 16

static struct {
	bool wanted;
	const char *pin;	/* NULL: it is held */
	__u64 timeout;		/* seconds to hold it; 0: no limit */
} link_options;

static const struct option_entry entries[] = {
	{ .name = "before", .type = OPTION_MAYBE_TEXT, .argument = "REF",
	  .value = &place_options.before,
	  .help = "directly before REF; without REF before all others" },
	{ .name = "after", .type = OPTION_MAYBE_TEXT, .argument = "REF",
	  .value = &place_options.after,
	  .help = "directly after REF; without REF after all others (default)" },
	{ .name = "replace", .type = OPTION_TEXT, .argument = "REF",
	  .value = &place_options.replace, .help = "in the place of REF" },
	OPTION_EXPECTED_REVISION,
	{ .name = "link", .value = &link_options.wanted,
	  .help = "by a link, and hold it until SIGINT or SIGTERM" },
	{ .name = "pin", .type = OPTION_TEXT, .argument = "PATH",
	  .value = &link_options.pin,
	  .help = "with --link: pin it there, and do not hold it" },
	OPTION_PIN_MAPS,
	{ .name = "timeout", .type = OPTION_NUMBER, .argument = "SECONDS",
	  .most = INT32_MAX, .value = &link_options.timeout,
	  .help = "with --link: hold it no longer than that" },
	{},
};

/* The same request with or without a link. On success *link is its fd or -1. */
static int request(const struct point *point, int fd,
		   const struct tcx_attach_opts *place, int *link)
{
	TCX_OPTS(tcx_link_create_opts, opts,
		.flags = place->flags,
		.relative_fd = place->relative_fd,
		.relative_id = place->relative_id,
		.expected_revision = place->expected_revision,
	);
	int ret;

	*link = -1;
	if (!link_options.wanted)
		return tcx_prog_attach(point->ifindex, point->attach_type, fd,
				       place);
	ret = tcx_link_create(point->ifindex, point->attach_type, fd, &opts);
	if (ret < 0)
		return ret;
	*link = ret;
	return 0;
}

static int attach_once(const struct point *point, int fd, bool last_try,
		       bool *again, int *link)
{
	struct tcx_explain_opts what;
	struct place place;
	int err, code;

	code = place_find(&place, point);
	if (code)
		return code;
	err = request(point, fd, &place.opts, link);
	*again = err == -ESTALE && place.own_revision && !last_try;
	if (err && !*again) {
		point_explain(point, link_options.wanted ? TCX_OP_LINK_CREATE :
			      TCX_OP_ATTACH, &what);
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

static json_t *link_json(__u32 id)
{
	json_t *object = id_json(id);

	if (link_options.pin)
		put_member(object, "pinned",
			   json_pack("[o]", text_json(link_options.pin)));
	else
		put_member(object, "held_by",
			   json_pack("[{s:i, s:s}]", "pid", getpid(),
				     "command", "tcxctl"));
	return object;
}

static void print_link(__u32 id)
{
	print(", link id %u ", id);
	if (link_options.pin) {
		print("pinned ");
		print_name(link_options.pin);
	} else if (link_options.timeout) {
		print("held for %u s, or until SIGINT or SIGTERM",
		      (unsigned int)link_options.timeout);
	} else {
		print("held until SIGINT or SIGTERM");
	}
}

/* link is an fd, or -1 */
static void report(const struct point *point, int fd, int link,
		   const struct map_pins *pins)
{
	TCX_OPTS(tcx_link_info, info);
	struct prog_details details;
	__u32 id = prog_id_of(fd);
	struct listing now;
	json_t *object;
	bool asked;

	/* A link that is held here ends with this process. */
	if (link < 0 || link_options.pin)
		output_changed();
	if (link >= 0)
		tcx_link_info(link, &info);
	prog_describe(fd, &details);
	asked = !point_list(point, &now);
	if (options.json) {
		object = point_json(point);
		put_member(object, "program", prog_json(id, &details));
		if (asked)
			put_member(object, "revision",
				   json_integer(now.revision));
		if (link >= 0)
			put_member(object, "link", link_json(info.id));
		map_pins_json(pins, object);
		print_json(object);
	} else {
		point_print(point);
		print(": attached program id %u%s%s", id,
		      details.name[0] ? " " : "", details.name);
		if (asked) {
			print(", ");
			listing_print_revision(&now);
		}
		if (link >= 0)
			print_link(info.id);
		map_pins_print(pins);
		print("\n");
	}
	if (asked)
		listing_free(&now);
}

static int check_options(void)
{
	int code = place_check();

	if (code)
		return code;
	if (!link_options.wanted && (link_options.pin || link_options.timeout))
		return usage("--%s is for a link; add --link",
			     link_options.pin ? "pin" : "timeout");
	if (link_options.wanted && place_options.replace)
		return usage("a link replaces nothing: --replace does not go with --link; 'tcxctl update' changes the program of a link");
	if (link_options.pin && link_options.timeout)
		return usage("--timeout does not go with --pin: a pinned link stays until it is unpinned");
	return EXIT_DONE;
}

/* Pins what the program needs, where tcxctl and with it the object will be gone
 * while the program is attached.
 */
static int pin_maps(const struct point *point, const struct maps *maps,
		    struct map_pins *pins)
{
	char *text;

	/* What is begun is to be finished, or undone. */
	if (maps->count)
		hold_prepare();
	if (options.pin_maps)
		return map_pins_in(pins, maps, options.pin_maps);
	if (link_options.pin)
		return map_pins_beside(pins, maps, link_options.pin);
	if (link_options.wanted || !maps->count)
		return EXIT_DONE;
	text = maps_text(maps);
	refuse("cannot attach to %s %s: the program depends on its %s, " MAPS_EMPTIED ", and tcxctl ends at once; pin them with --pin-maps DIR, a folder in bpffs, or attach by a link that takes them along: held (--link), or pinned (--link --pin PATH)",
	       point->device, point_direction(point), text ? text : "maps");
	free(text);
	return EXIT_REFUSED;
}

/* What is pinned beside a link is marked with the link's id. */
static int mark_maps(struct map_pins *pins, int link)
{
	TCX_OPTS(tcx_link_info, info);
	int err;

	if (!pins->dir || options.pin_maps)
		return EXIT_DONE;
	err = tcx_link_info(link, &info);
	if (!err)
		return map_pins_mark(pins, info.id);
	refuse_errno(err);
	return refuse("the link cannot be asked for its id: %s", strerror(-err));
}

/* Whoever reads what is printed is to know it before the wait. */
static int keep_link(const struct point *point, int fd, int link,
		     struct map_pins *pins)
{
	int err, code;

	code = link_options.pin ? mark_maps(pins, link) : EXIT_DONE;
	if (code)
		return code;
	err = link_options.pin ? bpf_obj_pin(link, link_options.pin) : 0;
	if (err) {
		refuse_errno(err);
		return refuse("the link cannot be pinned at %s: %s; the program is detached again",
			      link_options.pin, strerror(-err));
	}
	report(point, fd, link, pins);
	if (link_options.pin)
		return EXIT_DONE;
	if (!output_flush())
		return refuse("nobody can be told of the link, so it is not held; the program is detached again");
	hold(link_options.timeout);
	return EXIT_DONE;
}

static int run(char **words, int n)
{
	struct map_pins pins = { .lock = -1 };
	struct maps maps = {};
	bool again = false;
	struct point point;
	int fd, code, i, link = -1;

	if (n < 2)
		return usage("attach needs a device, a direction and a program");
	code = check_options();
	if (!code)
		code = point_parse(&point, words[1]);
	if (code)
		return code;
	fd = prog_from_words(words + 2, n - 2, &maps);
	if (fd < 0)
		return -fd;
	code = point_device(&point, words[0]);
	if (!code && link_options.pin)
		code = hold_check_pin(link_options.pin);
	if (!code)
		code = pin_maps(&point, &maps, &pins);
	if (code)
		goto out;

	if (link_options.wanted && !link_options.pin)
		hold_prepare();
	for (i = 1; i <= TRIES; i++) {
		code = attach_once(&point, fd, i == TRIES, &again, &link);
		if (!again)
			break;
	}
	if (!code && link >= 0)
		code = keep_link(&point, fd, link, &pins);
	else if (!code)
		report(&point, fd, -1, &pins);
	/* The maps after the link: its program needs them until it is gone. */
	if (link >= 0) {
		close(link);
		maps_settle(&maps);
	}
	if (code)
		map_pins_undo(&pins);
	map_pins_release(&pins);
out:
	maps_close(&maps);
	close(fd);
	return code;
}

const struct command command_attach = {
	.name = "attach",
	.forms = { { COMMAND_DEVICE " PROGRAM", "attach a program" } },
	.options = entries,
	.arguments_help = source_help,
	.options_help = ref_help,
	.run = run,
};
