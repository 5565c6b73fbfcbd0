// SPDX-License-Identifier: GPL-2.0
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "command.h"
#include "hold.h"
#include "info.h"
#include "json.h"
#include "link.h"
#include "map_pins.h"
#include "maps.h"
#include "options.h"
#include "point.h"
#include "print.h"
#include "ref.h"
#include "refuse.h"
#include "source.h"

static const char *old_ref;	/* only if this is the present program */

static const struct option_entry entries[] = {
	OPTION_PIN_MAPS,
	{ .name = "old", .type = OPTION_TEXT, .argument = "REF",
	  .value = &old_ref,
	  .help = "only if REF is the link's present program" },
	{},
};

static void report(const struct tcx_link_info *info, int prog_fd,
		   const struct map_pins *pins, int unpin_err)
{
	struct prog_details details;
	char name[IF_NAMESIZE];
	struct point point;
	json_t *object;
	__u32 id = prog_id_of(prog_fd);
	bool here = !point_of_link(&point, info, name);

	prog_describe(prog_fd, &details);
	if (options.json) {
		object = json_object();
		put_member(object, "link", id_json(info->id));
		put_member(object, "program", prog_json(id, &details));
		if (info->prog_id != id)
			put_member(object, "replaced", id_json(info->prog_id));
		map_pins_json(pins, object);
		map_pins_problem(unpin_err, object);
		print_json(object);
		return;
	}
	if (here) {
		point_print(&point);
		print(": ");
	}
	if (info->prog_id == id)
		print("link id %u has program id %u %s already", info->id,
		      id, prog_name(&details));
	else
		print("link id %u has program id %u %s now, in the place of id %u",
		      info->id, id, prog_name(&details), info->prog_id);
	map_pins_print(pins);
	print("\n");
	map_pins_problem(unpin_err, NULL);
}

/* Returns an fd, 0 if none is asked for, or minus an exit code. */
static int old_program(void)
{
	struct ref ref;
	int err;

	if (!old_ref)
		return 0;
	err = ref_parse(&ref, old_ref, "--old");
	if (err)
		return -err;
	if (ref.kind == REF_ID)
		return prog_by_id(ref.id);
	if (ref.kind == REF_PINNED)
		return prog_by_path(ref.path);
	return -usage("--old takes id:N or pinned:PATH, not '%s'",
		      old_ref);
}

/* What the new program needs, in a folder of the user's or beside the link */
struct pins {
	struct map_pins folder;
	struct map_pins beside;
};

static int refuse_unpinned(const struct tcx_link_info *info,
			   const struct maps *maps)
{
	char *text = maps_text(maps);

	refuse("cannot update link id %u: the new program depends on its %s, " MAPS_EMPTIED "; tcxctl ends at once, and the link is not pinned where they could be pinned beside it; pin them with --pin-maps DIR, a folder in bpffs",
	       info->id, text ? text : "maps");
	free(text);
	return EXIT_REFUSED;
}

/* What is beside the link from before is exchanged, also for nothing. named is
 * the pin on the command line, or NULL.
 */
static int pin_maps(struct pins *pins, const struct maps *maps,
		    const struct tcx_link_info *info, const char *named)
{
	static const struct maps none;
	char *pin = map_pins_find(info->id, named);
	int code;

	hold_prepare();	/* what is begun is to be finished, or undone */
	if (options.pin_maps)
		code = map_pins_in(&pins->folder, maps, options.pin_maps);
	else
		code = maps->count && !pin ? refuse_unpinned(info, maps) :
					     EXIT_DONE;
	if (!code)
		code = map_pins_stage(&pins->beside,
				      options.pin_maps ? &none : maps, pin,
				      info->id);
	if (code)
		map_pins_undo(&pins->folder);
	free(pin);
	return code;
}

static int update(int link_fd, const struct tcx_link_info *info, int prog_fd,
		  int old_fd, struct pins *pins)
{
	DECLARE_LIBBPF_OPTS(bpf_link_update_opts, opts,
		.flags = old_fd ? BPF_F_REPLACE : 0,
		.old_prog_fd = old_fd,
	);
	TCX_OPTS(tcx_explain_opts, what,
		.op = TCX_OP_LINK_UPDATE,
		.link_fd = link_fd,
		.prog_fd = prog_fd,
		.flags = old_fd ? BPF_F_REPLACE : 0,
		.replace_prog_fd = old_fd,
	);
	int err = bpf_link_update(link_fd, prog_fd, &opts);

	if (err) {
		map_pins_undo(&pins->folder);
		map_pins_undo(&pins->beside);
		return refuse_request(err, &what);
	}
	err = map_pins_swap(&pins->beside);
	output_changed();
	report(info, prog_fd, pins->folder.dir ? &pins->folder : &pins->beside,
	       err);
	return EXIT_DONE;
}

static int run(char **words, int n)
{
	struct pins pins = { .folder.lock = -1, .beside.lock = -1 };
	int link_fd, prog_fd, old_fd, code;
	struct tcx_link_info info;
	struct maps maps = {};
	const char *named;

	link_fd = link_from_words(words, n);
	if (link_fd < 0)
		return -link_fd;
	named = !strcmp(words[0], "pinned") ? words[1] : NULL;
	code = link_check(link_fd, &info);
	if (code)
		goto out_link;
	old_fd = old_program();
	if (old_fd < 0) {
		code = -old_fd;
		goto out_link;
	}
	prog_fd = prog_from_words(words + 2, n - 2, &maps);
	if (prog_fd < 0) {
		code = -prog_fd;
		goto out_old;
	}
	code = pin_maps(&pins, &maps, &info, named);
	if (code)
		goto out_prog;
	code = update(link_fd, &info, prog_fd, old_fd, &pins);
	map_pins_release(&pins.folder);
	map_pins_release(&pins.beside);
out_prog:
	maps_close(&maps);
	close(prog_fd);
out_old:
	if (old_fd)
		close(old_fd);
out_link:
	close(link_fd);
	return code;
}

const struct command command_update = {
	.name = "update",
	.forms = {
		{ "{link N | pinned PATH} PROGRAM",
		  "put another program in the place that a link owns" },
	},
	.options = entries,
	.arguments_help = source_help,
	.options_help = "\nREF is id:N or pinned:PATH.\n",
	.run = run,
};
