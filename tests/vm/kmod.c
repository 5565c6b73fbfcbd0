// SPDX-License-Identifier: GPL-2.0
#include "kmod.h"
#include "module.h"

int kmod_load(const char *name, const char *args)
{
	return module_load_named(name, args);
}

int kmod_unload(const char *name)
{
	return syscall(SYS_delete_module, name, O_NONBLOCK) ? -errno : 0;
}

int kmod_param_set(const char *name, const char *param, const char *value)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "/sys/module/%s/parameters/%s", name, param);
	return file_write(path, value);
}

int kmod_param_get(const char *name, const char *param, char *value,
		   size_t size)
{
	char path[PATH_MAX];
	int fd, len;

	snprintf(path, sizeof(path), "/sys/module/%s/parameters/%s", name, param);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	len = read(fd, value, size - 1);
	close(fd);
	value[len > 0 ? len : 0] = '\0';
	return len;
}
