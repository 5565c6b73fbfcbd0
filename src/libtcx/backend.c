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

#include "backend.h"
#include "module.h"

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

void tcx__backend_begin(struct tcx__backend *backend)
{
	int kind = wanted();

	backend->ops = &tcx__backend_native;
	backend->fd = -1;
	backend->why = 0;
	if (kind == TCX_BACKEND_NATIVE)
		return;
	if (kind == TCX_BACKEND_NONE) {
		backend->ops = &tcx__backend_absent;
		backend->why = -EOPNOTSUPP;
		return;
	}
	backend->fd = tcx__module_open(NULL);
	if (backend->fd >= 0) {
		backend->ops = &tcx__backend_module;
		return;
	}
	backend->why = backend->fd;
	if (kind == TCX_BACKEND_MODULE)
		backend->ops = &tcx__backend_absent;
}

/* Why there is no backend, or 0 if there is: a failure is an answer then. */
static int no_backend(const struct tcx__backend *backend)
{
	int native;

	if (!backend->why || backend->ops->kind == TCX_BACKEND_NONE)
		return backend->why;
	/* The kernel was chosen for want of a module. */
	native = tcx__native_probe();
	if (native > 0)
		return 0;
	/* Without a module, not being able to ask the kernel is the cause. */
	return native < 0 && backend->why == -EOPNOTSUPP ? native : backend->why;
}

int tcx__backend_end(const struct tcx__backend *backend, int ret)
{
	int err;

	if (backend->fd >= 0)
		close(backend->fd);
	err = ret < 0 ? no_backend(backend) : 0;
	return err ? err : ret;
}

int tcx_backend(void)
{
	struct tcx__backend backend;
	int err;

	tcx__backend_begin(&backend);
	if (backend.fd >= 0)
		close(backend.fd);
	err = no_backend(&backend);
	if (err)
		return err == -EOPNOTSUPP ? TCX_BACKEND_NONE : err;
	return backend.ops->kind;
}
