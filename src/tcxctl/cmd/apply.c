// SPDX-License-Identifier: GPL-2.0
#include "apply/apply.h"
#include "command.h"
#include "hold.h"
#include "options.h"
#include "print.h"
#include "refuse.h"

static bool following;

static const struct option_entry entries[] = {
	{ .name = "follow", .value = &following,
	  .help = "stay, and apply to devices as they come; SIGHUP reads again" },
	{},
};

static int run(char **words, int n)
{
	struct declarations all;
	struct applied applied;
	int code;

	if (n != 1)
		return usage("apply needs one file or folder of declarations");
	code = apply_check_backend();
	if (code)
		return code;
	if (following)
		return apply_follow(words[0]);
	code = declarations_read(&all, words[0]);
	if (code)
		return code;
	apply_tell_absent(&all);
	hold_prepare();	/* what is begun is to be finished, or undone */
	code = apply(&all, false, &applied);
	if (!code && !applied.changes && !options.json)
		print("nothing to do\n");
	declarations_free(&all);
	return code;
}

const struct command command_apply = {
	.name = "apply",
	.forms = {
		{ "{FILE | FOLDER}",
		  "attach what files declare, and remove what they no longer do" },
	},
	.options = entries,
	.run = run,
};
