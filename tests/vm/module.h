/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The module as a test handles it: loaded and unloaded, with the parameters of
 * the run, what holds it, its switch, and the kernel's log. Where a test
 * unloads it, requests have to come from children (in_child()): whoever has
 * issued one keeps the door open.
 */
#ifndef TESTS_VM_MODULE_H
#define TESTS_VM_MODULE_H

#include <limits.h>
#include <stdio.h>
#include <sys/utsname.h>

#include "bpf_progs.h"

#define MODULE	"tcx_backport"
#define SWITCH	"/sys/module/" MODULE "/parameters/bpf_syscall"

static inline bool is_native(void)
{
	return access(TCX_BACKPORT_DEVICE, F_OK);
}

static inline const char *module_args(void)
{
	return getenv("TCX_MODULE_ARGS") ?: "";
}

static inline int module_load_named(const char *name, const char *args)
{
	char path[PATH_MAX];
	struct utsname uts;
	int fd, ret;

	uname(&uts);
	snprintf(path, sizeof(path), "/lib/modules/%s/updates/%s.ko",
		 uts.release, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	ret = syscall(SYS_finit_module, fd, args, 0) ? -errno : 0;
	close(fd);
	return ret;
}

static inline int module_load_with(const char *args)
{
	return module_load_named(MODULE, args);
}

static inline int module_load(void)
{
	return module_load_with(module_args());
}

/* Only if nothing holds it just now. */
static inline int module_try_unload(void)
{
	return syscall(SYS_delete_module, MODULE, O_NONBLOCK) ? -errno : 0;
}

/* What holds the module may be on its way out: namespaces that die, say. */
static inline int module_unload(void)
{
	int tries, ret = 0;

	for (tries = 0; tries < 500; tries++) {
		ret = module_try_unload();
		if (ret != -EWOULDBLOCK)
			return ret;
		sleep_ms(20);
	}
	return ret;
}

static inline bool module_loaded(void)
{
	return !access("/sys/module/" MODULE, F_OK);
}

/* -1 where there is no module. */
static inline int module_references(void)
{
	FILE *file = fopen("/sys/module/" MODULE "/refcnt", "r");
	int count = -1;

	if (file) {
		if (fscanf(file, "%d", &count) != 1)
			count = -1;
		fclose(file);
	}
	return count;
}

/* What dies in a worker of the kernel's may take a while. */
static inline int module_references_settle(void)
{
	int tries;

	for (tries = 0; module_references() > 0 && tries < 1000; tries++)
		sleep_ms(20);
	return module_references();
}

static inline int file_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), ret;

	if (fd < 0)
		return -errno;
	ret = write(fd, text, strlen(text)) < 0 ? -errno : 0;
	close(fd);
	return ret;
}

static inline int file_read_char(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char c = 0;

	if (fd < 0)
		return -errno;
	if (read(fd, &c, 1) < 0)
		c = 0;
	close(fd);
	return c;
}

static inline int switch_to(bool on)
{
	return file_write(SWITCH, on ? "1" : "0");
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

#endif /* TESTS_VM_MODULE_H */
