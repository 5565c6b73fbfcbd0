// SPDX-License-Identifier: GPL-2.0
/* What is pinned, by path. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "bpffs.h"
#include "pin.h"
#include "refuse.h"

/* The kernel answers a question about a program with a map's or a link's
 * data if that is what the fd is; the file's name tells them apart.
 */
enum pin_kind pin_kind_of(int fd)
{
	char path[64], name[64];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	n = readlink(path, name, sizeof(name) - 1);
	if (n < 0)
		return PIN_PROG;	/* no /proc: let the kernel find out */
	name[n] = '\0';
	if (strstr(name, "bpf-prog"))
		return PIN_PROG;
	return strstr(name, "bpf_link") || strstr(name, "bpf-link") ?
	       PIN_LINK : PIN_OTHER;
}

static bool is_folder(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISDIR(st.st_mode);
}

int pin_open(const char *path, enum pin_kind *kind)
{
	int fd = bpf_obj_get(path);

	if (fd < 0) {
		refuse_errno(fd);
		switch (-fd) {
		case ENOENT:
			return -refuse("there is no %s; %s", path, bpffs_hint());
		case EPERM:
		case EACCES:
			if (bpffs_forbids(path))
				return -bpffs_refuse_name(path);
			if (is_folder(path))
				return -refuse("%s is a folder; name one of the pins in it",
					       path);
			/* What is no BPF object is EACCES too. */
			return -refuse("%s cannot be opened as a BPF object: either it lies outside bpffs, or this takes root's rights; give a path below /sys/fs/bpf and run as root",
				       path);
		}
		return -refuse("%s cannot be opened as a BPF object: %s", path,
			       strerror(-fd));
	}
	*kind = pin_kind_of(fd);
	return fd;
}
