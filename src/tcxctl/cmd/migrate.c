// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <string.h>

#include "command.h"
#include "info.h"
#include "json.h"
#include "migrate/migrate.h"
#include "options.h"
#include "print.h"
#include "refuse.h"

#define DIRECTIONS 2

static struct {
	bool dry_run;
	bool back;
	bool trust;
} migrate_options;

static const struct option_entry entries[] = {
	{ .name = "dry-run", .value = &migrate_options.dry_run,
	  .help = "say what would be moved, and change nothing" },
	{ .name = "back", .value = &migrate_options.back,
	  .help = "from tcx to classic tc" },
	{ .name = "trust-verdicts", .value = &migrate_options.trust,
	  .help = "also programs of which it cannot be told what they return" },
	{},
};

/* Of the two lists, one must be able to keep packets from the other. */
static int check_backend(const char *device)
{
	TCX_OPTS(tcx_explain_opts, nothing);
	TCX_OPTS(tcx_module_info, info);
	int backend = tcx_backend();

	if (backend == TCX_BACKEND_NATIVE)
		return EXIT_DONE;
	if (backend != TCX_BACKEND_MODULE)
		return refuse_request(backend == TCX_BACKEND_NONE ?
				      -EOPNOTSUPP : backend, &nothing);
	if (!tcx_module_info(&info) && info.hook == TCX_BACKPORT_HOOK_TC)
		return EXIT_DONE;
	return refuse("cannot move the programs of %s faithfully: with hook=netfilter classic tc and tcx are at different places of a packet's way; load the module with hook=tc",
		      device);
}

static __u32 place_of(const struct move *move, size_t i)
{
	return move->back ? move->first + i + 1 :
			    move->plane->tcx.count + i + 1;
}

/* In classic tc: where it was, or where migrate puts it. */
static __u32 pref_of(const struct move *move, size_t i)
{
	return move->back ? i + 1 : move->plane->classic.all[i].prio;
}

static json_t *move_json(const struct move *move)
{
	json_t *object = point_json(&move->plane->point);
	json_t *moved = json_array(), *program;
	struct prog_details details;
	size_t i;

	for (i = 0; i < move->count; i++) {
		prog_describe_id(move->ids[i], &details);
		program = prog_json(move->ids[i], &details);
		put_element(moved, json_pack("{s:o, s:I, s:I}",
					     "program", program, "pref",
					     (json_int_t)pref_of(move, i),
					     "place",
					     (json_int_t)place_of(move, i)));
	}
	put_member(object, "to", text_json(move->back ? "classic" : "tcx"));
	put_member(object, "dry_run", json_boolean(migrate_options.dry_run));
	put_member(object, "moved", moved);
	return object;
}

static void print_move(const struct move *move)
{
	const char *did = migrate_options.dry_run ? "would move" : "moved";
	struct prog_details details;
	size_t i;

	for (i = 0; i < move->count; i++) {
		prog_describe_id(move->ids[i], &details);
		point_print(&move->plane->point);
		if (move->back)
			print(": %s program id %u %s from place %u of tcx to pref %u of classic tc\n",
			      did, move->ids[i], prog_name(&details),
			      place_of(move, i), pref_of(move, i));
		else
			print(": %s program id %u %s from pref %u of classic tc to place %u of tcx\n",
			      did, move->ids[i], prog_name(&details),
			      pref_of(move, i), place_of(move, i));
	}
}

static void report(const struct move *moves)
{
	json_t *array = options.json ? json_array() : NULL;
	int i;

	if (!migrate_options.dry_run)
		output_changed();
	for (i = 0; i < DIRECTIONS; i++) {
		if (!moves[i].count)
			continue;
		if (array)
			put_element(array, move_json(&moves[i]));
		else
			print_move(&moves[i]);
	}
	if (array)
		print_json(array);
}

static int refuse_nothing(const char *device)
{
	refuse_errno(ENOENT);
	if (migrate_options.back)
		return refuse("there is nothing to move: %s has no tcx program that is attached without a link; 'tcxctl show %s' lists what it has",
			      device, device);
	return refuse("there is nothing to move: %s has no BPF filters of classic tc; 'tc filter show dev %s ingress' lists the others",
		      device, device);
}

static int check(struct planes *planes, struct move *moves, const char *device)
{
	size_t i, n = 0;
	int code = EXIT_DONE;

	for (i = 0; i < planes->count && i < DIRECTIONS && !code; i++) {
		code = move_check(&moves[i], planes->all[i],
				  migrate_options.back, migrate_options.trust);
		n += moves[i].count;
	}
	return code || n ? code : refuse_nothing(device);
}

static int run(char **words, int n)
{
	struct move moves[DIRECTIONS] = {};
	struct planes planes;
	struct point point;
	int code, err, i;

	if (n != 1)
		return n ? usage("migrate takes one device, not '%s' too",
				 words[1]) : usage("migrate needs a device");
	code = point_device(&point, words[0]);
	if (!code)
		code = check_backend(point.device);
	if (code)
		return code;
	err = planes_find(&planes, point.device);
	if (err) {
		refuse_errno(err);
		code = refuse("%s cannot be looked at: %s", point.device,
			      strerror(-err));
	}
	if (!code)
		code = check(&planes, moves, point.device);
	if (!code && !migrate_options.dry_run)
		code = migrate(moves, DIRECTIONS);
	if (!code)
		report(moves);
	for (i = 0; i < DIRECTIONS; i++)
		move_free(&moves[i]);
	planes_free(&planes);
	return code;
}

const struct command command_migrate = {
	.name = "migrate",
	.forms = { { "DEV", "move the programs of classic filters over to tcx, or back" } },
	.options = entries,
	.run = run,
};
