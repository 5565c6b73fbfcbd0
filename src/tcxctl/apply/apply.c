// SPDX-License-Identifier: GPL-2.0
/* All devices: each by itself, so that one that fails keeps no other from what is
 * declared.
 */
#include <errno.h>
#include <string.h>

#include "apply.h"
#include "json.h"
#include "log.h"
#include "options.h"
#include "print.h"
#include "refuse.h"

/* Classic tc has no links, and a name without a link would be nobody's. */
int apply_check_backend(void)
{
	if (tcx_backend() != TCX_BACKEND_LEGACY)
		return EXIT_DONE;
	refuse_errno(EOPNOTSUPP);
	return refuse("declared attachments are owned by BPF links, which classic tc does not have; use native tcx or the module tcx_backport, without --backend=legacy");
}

void step_report(const struct step *s, bool done)
{
	static const struct {
		const char *to_do, *done;
	} words[] = {
		[STEP_KEEP] = { "keep", "kept" },
		[STEP_ATTACH] = { "attach", "attached" },
		[STEP_REPLACE] = { "replace", "replaced" },
		[STEP_MOVE] = { "move", "moved" },
		[STEP_REMOVE] = { "remove", "removed" },
	};
	const char *name = s->what ? s->what->name : s->owned->name;
	const char *word = done ? words[s->kind].done : words[s->kind].to_do;
	const char *path = s->path ? s->path :
			   s->owned ? s->owned->path : NULL;
	bool program = done && s->what;
	json_t *object;

	if (done)
		output_changed();
	if (options.json) {
		object = json_pack("{s:s, s:s, s:i, s:s}", "action", word,
				   "name", name, "ifindex", s->point.ifindex,
				   "direction", point_direction(&s->point));
		if (*s->point.device)
			put_member(object, "device",
				   text_json(s->point.device));
		if (program) {
			put_member(object, "program", id_json(s->prog_id));
			put_member(object, "link", id_json(s->link_id));
			put_member(object, "pinned", text_json(path));
		}
		print_json(object);
		return;
	}
	if (*s->point.device)
		point_print(&s->point);
	else
		print("device %d, which is gone, %s", s->point.ifindex,
		      point_direction(&s->point));
	print(": %s %s", word, name);
	if (!s->what && *s->point.device && !s->owned->info.ifindex)
		print(", whose link is defunct");
	if (program)
		print(", program id %u, link id %u", s->prog_id, s->link_id);
	print("\n");
}

static int carry_out(struct plan *plan, bool dry, struct applied *applied)
{
	size_t i, changes = 0;
	int code;

	for (i = 0; i < plan->count; i++)
		changes += plan->steps[i].kind != STEP_KEEP;
	if (!changes)
		return EXIT_DONE;
	code = dry ? plan_check(plan) : plan_run(plan);
	for (i = 0; dry && !code && i < plan->count; i++)
		if (plan->steps[i].kind != STEP_KEEP)
			step_report(&plan->steps[i], false);
	if (!code)
		applied->changes += changes;
	return code;
}

static void tell_absent(const struct declared *d,
			const struct net_devices *devices)
{
	size_t i, k;

	for (i = 0; i < d->devices.count; i++) {
		const struct declared_list one = { &d->devices.texts[i], NULL, 1 };

		for (k = 0; k < devices->count; k++)
			if (device_matches(&devices->all[k], &one))
				break;
		if (k == devices->count)
			complain("%s:%d: '%s' is for %s, and no device of this network namespace is called so",
				 d->file, d->devices.lines[i], d->name,
				 d->devices.texts[i]);
	}
}

void apply_tell_absent(const struct declarations *all)
{
	struct net_devices devices;
	size_t i;

	if (devices_list(&devices))
		return;
	for (i = 0; i < all->count; i++)
		tell_absent(&all->all[i], &devices);
	devices_free(&devices);
}

int apply(const struct declarations *all, bool dry, struct applied *applied)
{
	struct net_devices devices;
	struct owned_list owned;
	struct plan plan;
	int code, err;
	size_t i;

	memset(applied, 0, sizeof(*applied));
	code = owned_read(&owned, !dry);
	if (code)
		return code;
	err = devices_list(&devices);
	if (err) {
		owned_free(&owned);
		refuse_errno(err);
		return refuse("the devices cannot be listed: %s",
			      strerror(-err));
	}
	for (i = 0; i < devices.count; i++) {
		code = plan_device(&plan, all, &owned, &devices.all[i]);
		if (!code)
			code = carry_out(&plan, dry, applied);
		applied->failed += !!code;
		plan_free(&plan);
		log_drop();
	}
	code = plan_rest(&plan, &owned);
	if (!code)
		code = carry_out(&plan, dry, applied);
	plan_free(&plan);
	devices_free(&devices);
	owned_free(&owned);
	return code || applied->failed ? EXIT_REFUSED : EXIT_DONE;
}
