// SPDX-License-Identifier: GPL-2.0
#include "command.h"
#include "module.h"
#include "sys.h"

bool is_native(void)
{
	return access(TCX_BACKPORT_DEVICE, F_OK);
}

int kernel_major(void)
{
	struct utsname name;

	uname(&name);
	return atoi(name.release);
}

bool kernel_has(const char *symbol)
{
	char command[96];

	snprintf(command, sizeof(command), "grep -qw '%s' /proc/kallsyms",
		 symbol);
	return !system(command);
}

bool hook_is_netfilter(void)
{
	struct tcx_backport_info info = {};
	int err;

	if (!sys_interface_is_ioctl())
		return false;
	err = sys_ioctl(TCX_BACKPORT_INFO, &info);
	if (err)
		fail("TCX_BACKPORT_INFO: %s", strerror(-err));
	return info.hook == TCX_BACKPORT_HOOK_NETFILTER;
}

const char *module_args(void)
{
	return getenv("TCX_MODULE_ARGS") ?: "";
}

int module_load_named(const char *name, const char *args)
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

int module_load_with(const char *args)
{
	return module_load_named(MODULE, args);
}

int module_load(void)
{
	return module_load_with(module_args());
}

int module_try_unload(void)
{
	return syscall(SYS_delete_module, MODULE, O_NONBLOCK) ? -errno : 0;
}

int module_unload(void)
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

bool module_loaded(void)
{
	return !access("/sys/module/" MODULE, F_OK);
}

int module_references_named(const char *name)
{
	char path[96];
	int count = -1;
	FILE *file;

	snprintf(path, sizeof(path), "/sys/module/%s/refcnt", name);
	file = fopen(path, "r");
	if (file) {
		if (fscanf(file, "%d", &count) != 1)
			count = -1;
		fclose(file);
	}
	return count;
}

int module_references(void)
{
	return module_references_named(MODULE);
}

int module_references_settle(void)
{
	int tries;

	for (tries = 0; module_references() > 0 && tries < 1000; tries++)
		sleep_ms(20);
	return module_references();
}

int switch_to(bool on)
{
	return file_write(SWITCH, on ? "1" : "0");
}

int log_open(void)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd >= 0)
		lseek(fd, 0, SEEK_END);
	return fd;
}

bool log_has(int fd, const char *text)
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
