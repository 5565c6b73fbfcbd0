// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
/*
 * Who carries out a request: the kernel itself, the module, or, for a caller who
 * allows it, classic tc.
 *
 * Nothing is remembered from one request to the next. The module comes and
 * goes, and while it is there its parameter bpf_syscall decides whether the
 * kernel's own bpf(2) accepts tcx. So a request goes to the module if its
 * device opens and to the kernel if not; only if the kernel then fails it, it
 * is asked whether it has tcx at all. A kernel without tcx carries out nothing
 * by mistake: it does not know the attach types. Classic tc would carry it out on
 * every kernel; so it comes last, and the kernel is asked first.
 */
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "backend.h"
#include "module.h"

/* See tcx__backend_keep(): the module's device, or why it cannot be opened. */
static int kept;
static bool keeping;

static _Atomic int forced = TCX_BACKEND_AUTO;
static _Atomic int legacy = TCX_LEGACY_NO;

static const char * const names[] = {
	[TCX_BACKEND_NONE]	= "none",
	[TCX_BACKEND_NATIVE]	= "native",
	[TCX_BACKEND_MODULE]	= "module",
	[TCX_BACKEND_LEGACY]	= "legacy",
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

int tcx_set_legacy(enum tcx_legacy how)
{
	if ((int)how < TCX_LEGACY_NO || (int)how > TCX_LEGACY_BEST)
		return -EINVAL;
	legacy = how;
	return 0;
}

/* Every request reads the environment: what is wrong there is said once. */
static bool is_news(const char *word)
{
	static _Atomic unsigned int last;
	unsigned int sum = 1;

	while (*word)
		sum = sum * 31 + (unsigned char)*word++;
	return atomic_exchange(&last, sum) != sum;
}

/* A word of the environment, or TCX_BACKEND_AUTO */
static int named(const char *word)
{
	int i;

	for (i = 0; i < NAMES; i++)
		if (!strcmp(word, names[i]))
			break;
	if (i < NAMES && (i != TCX_BACKEND_LEGACY || legacy != TCX_LEGACY_NO))
		return i;
	if (!is_news(word))
		return TCX_BACKEND_AUTO;
	if (i == TCX_BACKEND_LEGACY)
		pr_warn("LIBTCX_BACKEND=legacy is ignored: this program does not allow it\n");
	else
		pr_warn("LIBTCX_BACKEND=%s is ignored: it can be native, module, legacy, none or auto\n",
			word);
	return TCX_BACKEND_AUTO;
}

int tcx__backend_wanted(void)
{
	const char *word;
	int i = forced;

	if (i != TCX_BACKEND_AUTO)
		return i;
	word = secure_getenv("LIBTCX_BACKEND");
	if (!word || !*word || !strcmp(word, "auto"))
		return TCX_BACKEND_AUTO;
	return named(word);
}

static void use_legacy(struct tcx__backend *backend)
{
	backend->ops = &tcx__backend_legacy;
	backend->best = legacy == TCX_LEGACY_BEST;
	backend->why = 0;
}

void tcx__backend_begin(struct tcx__backend *backend)
{
	int kind = tcx__backend_wanted();

	backend->ops = &tcx__backend_native;
	backend->fd = -1;
	backend->best = false;
	backend->chosen = kind == TCX_BACKEND_NATIVE;
	backend->why = backend->chosen ? -EOPNOTSUPP : 0;
	if (backend->chosen)
		return;
	if (kind == TCX_BACKEND_LEGACY) {
		use_legacy(backend);
		return;
	}
	if (kind == TCX_BACKEND_NONE) {
		backend->ops = &tcx__backend_absent;
		backend->why = -EOPNOTSUPP;
		return;
	}
	backend->fd = keeping ? kept : tcx__module_open(NULL);
	if (backend->fd >= 0) {
		backend->ops = &tcx__backend_module;
		return;
	}
	backend->why = backend->fd;
	if (kind == TCX_BACKEND_MODULE)
		backend->ops = &tcx__backend_absent;
	else if (legacy != TCX_LEGACY_NO && backend->why == -EOPNOTSUPP &&
		 !tcx__native_probe())
		use_legacy(backend);
}

/* What a kernel without tcx says: it does not know the attach type, or lets
 * nobody in who has no capability.
 */
static bool may_lack_tcx(int ret)
{
	return ret == -EINVAL || ret == -EPERM || ret == -ENOSYS;
}

/* Why there is no backend, or 0 if there is: a failure, ret, is an answer then. */
static int no_backend(const struct tcx__backend *backend, int ret)
{
	int native;

	if (!backend->why || backend->ops->kind == TCX_BACKEND_NONE)
		return backend->why;
	/* It is the kernel, by choice or for want of a module. */
	native = tcx__native_probe();
	if (native > 0)
		return 0;
	/* Whoever may not ask learns it from the request itself, or chose so. */
	if (native < 0 && (backend->chosen || !may_lack_tcx(ret)))
		return 0;
	/* Without a module, not being able to ask the kernel is the cause. */
	return native < 0 && backend->why == -EOPNOTSUPP ? native : backend->why;
}

static void let_go(const struct tcx__backend *backend)
{
	if (backend->fd >= 0 && !keeping)
		close(backend->fd);
}

int tcx__backend_end(const struct tcx__backend *backend, int ret)
{
	int err;

	let_go(backend);
	err = ret < 0 ? no_backend(backend, ret) : 0;
	return err ? err : ret;
}

int tcx_backend(void)
{
	struct tcx__backend backend;
	int err;

	tcx__backend_begin(&backend);
	let_go(&backend);
	err = no_backend(&backend, -EINVAL);
	if (err)
		return err == -EOPNOTSUPP ? TCX_BACKEND_NONE : err;
	return backend.ops->kind;
}

void tcx__backend_keep(void)
{
	struct tcx__backend backend;

	tcx__backend_begin(&backend);
	/* One that was not asked for is not opened later either. */
	kept = backend.fd >= 0 ? backend.fd : backend.why;
	keeping = backend.fd >= 0 || backend.why;
}

void tcx__backend_let_go(void)
{
	if (keeping && kept >= 0)
		close(kept);
	keeping = false;
}
