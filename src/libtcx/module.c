// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
/*
 * Requests to the tcx_backport module, through its device.
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

#include "internal.h"
#include "opts.h"

const char *tcx__module_path(void)
{
	const char *path = secure_getenv("LIBTCX_DEVICE");

	return path && *path ? path : TCX_BACKPORT_DEVICE;
}

static int request(int fd, unsigned long cmd, void *arg)
{
	int ret = ioctl(fd, cmd, arg);

	return ret < 0 ? -errno : ret;
}

static int check_abi(int fd, struct tcx_backport_info *info)
{
	int err;

	memset(info, 0, sizeof(*info));
	err = request(fd, TCX_BACKPORT_INFO, info);
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
		case ENXIO:	/* a node left behind, and nobody serves it */
		case ENODEV:
			return -EOPNOTSUPP;
		case EPERM:
			return -EACCES;
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

int tcx__module_attach(int fd, const struct tcx__request *req)
{
	struct tcx_backport_prog_attach arg = {
		.ifindex = req->ifindex,
		.attach_type = req->attach_type,
		.prog_fd = req->prog_fd,
		.flags = req->flags,
		.replace_prog_fd = req->replace_prog_fd,
		.relative_fd = req->relative,
		.expected_revision = req->expected_revision,
	};

	return request(fd, TCX_BACKPORT_PROG_ATTACH, &arg);
}

int tcx__module_detach(int fd, const struct tcx__request *req)
{
	struct tcx_backport_prog_detach arg = {
		.ifindex = req->ifindex,
		.attach_type = req->attach_type,
		.prog_fd = req->prog_fd,
		.flags = req->flags,
		.relative_fd = req->relative,
		.expected_revision = req->expected_revision,
	};

	return request(fd, TCX_BACKPORT_PROG_DETACH, &arg);
}

int tcx__module_link_create(int fd, const struct tcx__request *req)
{
	struct tcx_backport_link_create arg = {
		.ifindex = req->ifindex,
		.attach_type = req->attach_type,
		.prog_fd = req->prog_fd,
		.flags = req->flags,
		.relative_fd = req->relative,
		.expected_revision = req->expected_revision,
	};

	return tcx__fd_above_std(request(fd, TCX_BACKPORT_LINK_CREATE, &arg));
}

int tcx__module_query(int fd, struct tcx__query *query)
{
	struct tcx_backport_prog_query arg = {
		.ifindex = query->ifindex,
		.attach_type = query->attach_type,
		.count = query->count,
		.prog_ids = query->prog_ids,
		.prog_attach_flags = query->prog_attach_flags,
		.link_ids = query->link_ids,
		.link_attach_flags = query->link_attach_flags,
	};
	int err = request(fd, TCX_BACKPORT_PROG_QUERY, &arg);

	query->count = arg.count;
	query->revision = arg.revision;
	return err;
}
