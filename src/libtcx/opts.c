// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "internal.h"
#include "opts.h"

bool tcx__opts_valid(const void *opts, size_t user, size_t known,
		     const char *type)
{
	const char *bytes = opts;
	size_t i;

	if (user < sizeof(size_t)) {
		pr_warn("%s: its size, %zu, is too small; declare it with TCX_OPTS()\n", type, user);
		return false;
	}
	for (i = known; i < user; i++) {
		if (bytes[i]) {
			pr_warn("%s: byte %zu is set, but this library knows only %zu bytes; use a newer libtcx, or declare them with TCX_OPTS()\n",
				type, i, known);
			return false;
		}
	}
	return true;
}
