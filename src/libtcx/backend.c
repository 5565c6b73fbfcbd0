// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
/*
 * Who carries out a request: the kernel itself or the module.
 *
 * Nothing is remembered from one request to the next. The module comes and
 * goes, and while it is there its parameter bpf_syscall decides whether the
 * kernel's own bpf(2) accepts tcx. So a request goes to the module if its
 * device opens and to the kernel if not; only if the kernel then fails it, it
 * is asked whether it has tcx at all. A kernel without tcx carries out nothing
 * by mistake: it does not know the attach types.
 */
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

/* Why the kernel's failure is not an answer to the request, or 0 if it is. */
static int no_backend(int no_module)
{
	int native = tcx__native_probe();

	if (native > 0)
		return 0;
	/* Without a module, not being able to ask the kernel is the cause. */
	return native < 0 && no_module == -EOPNOTSUPP ? native : no_module;
}

int tcx__backend_begin(struct tcx__backend *backend)
{
	int kind = wanted();

	backend->kind = TCX_BACKEND_NATIVE;
	backend->fd = -1;
	backend->no_module = 0;
	if (kind == TCX_BACKEND_NONE)
		return -EOPNOTSUPP;
	if (kind == TCX_BACKEND_NATIVE)
		return 0;
	backend->fd = tcx__module_open(NULL);
	if (backend->fd >= 0) {
		backend->kind = TCX_BACKEND_MODULE;
		return 0;
	}
	if (kind == TCX_BACKEND_MODULE)
		return backend->fd;
	backend->no_module = backend->fd;
	return 0;
}

int tcx__backend_end(const struct tcx__backend *backend, int ret)
{
	int err = 0;

	if (backend->kind == TCX_BACKEND_MODULE)
		close(backend->fd);
	else if (ret < 0 && backend->no_module)
		err = no_backend(backend->no_module);
	return err ? err : ret;
}

int tcx_backend(void)
{
	struct tcx__backend backend;
	int err;

	err = tcx__backend_begin(&backend);
	if (!err && backend.kind == TCX_BACKEND_MODULE)
		close(backend.fd);
	else if (!err && backend.no_module)
		err = no_backend(backend.no_module);
	if (err)
		return err == -EOPNOTSUPP ? TCX_BACKEND_NONE : err;
	return backend.kind;
}
