// SPDX-License-Identifier: GPL-2.0
/* Preloaded: call number FAIL_AT fails, of the steps by which maps are pinned and
 * what they are pinned for.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/types.h>

static int fails(void)
{
	static int count;
	const char *at = getenv("FAIL_AT");

	if (!at || ++count != atoi(at))
		return 0;
	fclose(fopen("fired", "w"));
	errno = EIO;
	return 1;
}

#define FAILS(ret, name, parameters, arguments)				\
	int name parameters						\
	{								\
		int (*real) parameters = dlsym(RTLD_NEXT, #name);	\
									\
		return fails() ? ret : real arguments;			\
	}

FAILS(-EIO, bpf_obj_pin, (int fd, const char *path), (fd, path))
FAILS(-EIO, bpf_link_update, (int fd, int prog, const void *opts), (fd, prog, opts))
FAILS(-1, mkdir, (const char *path, mode_t mode), (path, mode))
FAILS(-1, flock, (int fd, int how), (fd, how))
FAILS(-1, symlinkat, (const char *to, int fd, const char *path), (to, fd, path))
FAILS(-1, rename, (const char *from, const char *to), (from, to))
