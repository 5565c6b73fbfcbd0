// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
/* Who carries out a request: the kernel itself or the module. */
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "internal.h"

static _Atomic int forced = TCX_BACKEND_AUTO;

static const char * const names[] = {
	[TCX_BACKEND_NONE]	= "none",
	[TCX_BACKEND_NATIVE]	= "native",
	[TCX_BACKEND_MODULE]	= "module",
};

#define NAMES ((int)(sizeof(names) / sizeof(names[0])))

const char *tcx_backend_name(int backend)
{
	return backend >= 0 && backend < NAMES ? names[backend] : "unknown";
}

int tcx_set_backend(enum tcx_backend backend)
{
	if ((int)backend < TCX_BACKEND_AUTO || (int)backend >= NAMES)
		return -EINVAL;
	forced = backend;
	return 0;
}

static int wanted(void)
{
	const char *word;
	int i = forced;

	if (i != TCX_BACKEND_AUTO)
		return i;
	word = secure_getenv("LIBTCX_BACKEND");
	if (!word || !*word || !strcmp(word, "auto"))
		return TCX_BACKEND_AUTO;
	for (i = 0; i < NAMES; i++)
		if (!strcmp(word, names[i]))
			return i;
	pr_warn("LIBTCX_BACKEND=%s is ignored: it can be native, module, none or auto\n",
		word);
	return TCX_BACKEND_AUTO;
}

static int choose(int *fd)
{
	int native;

	*fd = tcx__module_open(NULL);
	if (*fd >= 0)
		return TCX_BACKEND_MODULE;

	native = tcx__native_probe();
	if (native > 0)
		return TCX_BACKEND_NATIVE;
	/* Without a module, not being able to ask the kernel is the cause. */
	if (native < 0 && *fd == -EOPNOTSUPP)
		return native;
	return *fd;
}

int tcx__backend_get(int *fd)
{
	*fd = -1;
	switch (wanted()) {
	case TCX_BACKEND_AUTO:
		return choose(fd);
	case TCX_BACKEND_NATIVE:
		return TCX_BACKEND_NATIVE;
	case TCX_BACKEND_MODULE:
		*fd = tcx__module_open(NULL);
		return *fd < 0 ? *fd : TCX_BACKEND_MODULE;
	}
	return -EOPNOTSUPP;
}

int tcx_backend(void)
{
	int fd, backend;

	backend = tcx__backend_get(&fd);
	if (fd >= 0)
		close(fd);
	return backend == -EOPNOTSUPP ? TCX_BACKEND_NONE : backend;
}
