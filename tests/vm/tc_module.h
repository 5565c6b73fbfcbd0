/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The module loaded and unloaded by a test, with the parameters of the run.
 * Requests have to come from children then (in_child()): whoever has issued one
 * keeps the door open.
 */
#ifndef TESTS_VM_TC_MODULE_H
#define TESTS_VM_TC_MODULE_H

#include <limits.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sys.h"

#define MODULE	"tcx_backport"

/* The exit status of @what, run in a child. */
#define in_child(what) ({						\
	pid_t __pid;							\
	int __status = -1;						\
									\
	fflush(NULL);							\
	__pid = fork();							\
	if (!__pid)							\
		_exit((what) & 0xff);					\
	waitpid(__pid, &__status, 0);					\
	WIFEXITED(__status) ? WEXITSTATUS(__status) : -1;		\
})

static inline const char *module_args(void)
{
	return getenv("TCX_MODULE_ARGS") ?: "";
}

static inline int module_load(void)
{
	char path[PATH_MAX];
	struct utsname uts;
	int fd, ret;

	uname(&uts);
	snprintf(path, sizeof(path), "/lib/modules/%s/updates/" MODULE ".ko",
		 uts.release);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	ret = syscall(SYS_finit_module, fd, module_args(), 0) ? -errno : 0;
	close(fd);
	return ret;
}

/* What holds the module may be on its way out: namespaces that die, say. */
static inline int module_unload(void)
{
	int tries, ret = 0;

	for (tries = 0; tries < 500; tries++) {
		ret = syscall(SYS_delete_module, MODULE, O_NONBLOCK) ? -errno :
								      0;
		if (ret != -EWOULDBLOCK)
			return ret;
		usleep(20000);
	}
	return ret;
}

static inline bool module_loaded(void)
{
	return !access("/sys/module/" MODULE, F_OK);
}

/* From the end of the kernel's log on. */
static inline int log_open(void)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd >= 0)
		lseek(fd, 0, SEEK_END);
	return fd;
}

static inline bool log_has(int fd, const char *text)
{
	char line[2048];
	ssize_t len;

	while ((len = read(fd, line, sizeof(line) - 1)) > 0 || errno == EPIPE) {
		line[len > 0 ? len : 0] = '\0';
		if (strstr(line, text))
			return true;
	}
	return false;
}

#endif /* TESTS_VM_TC_MODULE_H */
