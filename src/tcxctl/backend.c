// SPDX-License-Identifier: GPL-2.0
#include <string.h>

#include "backend.h"
#include "options.h"
#include "refuse.h"

static const struct {
	const char *name;
	enum tcx_backend backend;
	bool legacy;	/* as it is chosen, or may be */
} backends[] = {
	{ "native", TCX_BACKEND_NATIVE, false },
	{ "module", TCX_BACKEND_MODULE, false },
	{ "legacy", TCX_BACKEND_LEGACY, true },
	{ "any", TCX_BACKEND_AUTO, true },
};

#define BACKENDS (sizeof(backends) / sizeof(backends[0]))

int backend_choose(void)
{
	size_t i = 0;

	if (!options.backend)
		return options.best_effort ?
		       usage("--best-effort is for --backend=legacy or --backend=any") :
		       EXIT_DONE;
	while (i < BACKENDS && strcmp(options.backend, backends[i].name))
		i++;
	if (i == BACKENDS)
		return usage("--backend takes native, module, legacy or any, not '%s'",
			     options.backend);
	if (options.best_effort && !backends[i].legacy)
		return usage("--best-effort is for --backend=legacy or --backend=any");
	if (backends[i].legacy)
		tcx_set_legacy(options.best_effort ? TCX_LEGACY_BEST :
						     TCX_LEGACY_STRICT);
	tcx_set_backend(backends[i].backend);
	return EXIT_DONE;
}
