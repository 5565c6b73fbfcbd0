// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
/*
 * The tcx_backport module's device: opening it, and what it says of itself.
 *
 * The device is opened for each request: an fd kept open would keep the
 * module from being unloaded for as long as the process lives, and would be
 * inherited as a grant by whoever the process becomes.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "module.h"
#include "opts.h"

const char *tcx__module_path(void)
{
	const char *path = secure_getenv("LIBTCX_DEVICE");

	return path && *path ? path : TCX_BACKPORT_DEVICE;
}

int tcx__module_ioctl(int fd, unsigned long cmd, void *arg)
{
	int ret = ioctl(fd, cmd, arg);

	return ret < 0 ? -errno : ret;
}

static int check_abi(int fd, struct tcx_backport_info *info)
{
	int err;

	memset(info, 0, sizeof(*info));
	err = tcx__module_ioctl(fd, TCX_BACKPORT_INFO, info);
	if (err || info->magic != TCX_BACKPORT_MAGIC) {
		pr_debug("%s does not answer as tcx_backport does\n",
			 tcx__module_path());
		memset(info, 0, sizeof(*info));
		return -EPROTO;
	}
	info->version[sizeof(info->version) - 1] = '\0';
	if (info->abi != TCX_BACKPORT_ABI) {
		pr_debug("%s has ABI version %u, the library has %u\n",
			 tcx__module_path(), info->abi, TCX_BACKPORT_ABI);
		return -EPROTO;
	}
	return 0;
}

int tcx__module_open(struct tcx_backport_info *info)
{
	struct tcx_backport_info own;
	int fd, err;

	fd = open(tcx__module_path(), O_RDWR | O_CLOEXEC);
	if (fd < 0) {
		switch (errno) {
		case ENOENT:
		case ENOTDIR:
		case ENXIO:	/* a node left over, and nobody serves it */
		case ENODEV:
			return -EOPNOTSUPP;
		case EPERM:
			return -EACCES;
		case EISDIR:
			return -EPROTO;
		}
		return -errno;
	}
	fd = tcx__fd_above_std(fd);
	if (fd < 0)
		return fd;
	err = check_abi(fd, info ? info : &own);
	if (err) {
		close(fd);
		return err;
	}
	return fd;
}

int tcx_module_info(struct tcx_module_info *info)
{
	struct tcx_backport_info raw = {};
	int fd;

	if (!info || !opts_valid(info, tcx_module_info))
		return -EINVAL;

	fd = tcx__module_open(&raw);
	if (opts_has(info, version))
		memcpy(info->version, raw.version, sizeof(info->version));
	opts_set(info, abi, raw.abi);
	opts_set(info, hook, raw.hook);
	opts_set(info, features, raw.features);
	opts_set(info, attach_flags, raw.attach_flags);
	opts_set(info, max_progs, raw.max_progs);
	opts_set(info, progs, raw.progs);
	if (fd < 0)
		return fd;
	close(fd);
	return 0;
}
