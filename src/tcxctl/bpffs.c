// SPDX-License-Identifier: GPL-2.0
/* Where pins can be, and be seen. */
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <linux/magic.h>

#include "bpffs.h"
#include "refuse.h"

bool bpffs_at(const char *dir)
{
	struct statfs fs;

	return !statfs(dir, &fs) && fs.f_type == BPF_FS_MAGIC;
}

/* init's may be unreadable, or be this one. */
static bool other_mounts_than_init(void)
{
	struct stat own, init;

	return !stat("/proc/self/ns/mnt", &own) &&
	       !stat("/proc/1/ns/mnt", &init) &&
	       (own.st_dev != init.st_dev || own.st_ino != init.st_ino);
}

bool bpffs_hidden(void)
{
	struct stat init;

	/* Where init's may not be looked at, nobody knows. */
	return !bpffs_at(BPFFS) && (other_mounts_than_init() ||
				    stat("/proc/1/ns/mnt", &init));
}

/* What to do about a pin that is not there, or cannot be. 'ip netns exec' mounts
 * another /sys over the one in which bpffs is; what is mounted there then, pins
 * and all, goes when the command ends.
 */
const char *bpffs_hint(void)
{
	if (bpffs_at(BPFFS))
		return "'find " BPFFS "' lists what is pinned";
	if (other_mounts_than_init())
		return "no bpffs is mounted at " BPFFS " in this mount namespace; if 'ip netns exec' made it, run 'nsenter --net=/run/netns/NAME tcxctl ...' instead, which leaves the mounts as they are";
	return "no bpffs is mounted at " BPFFS "; 'mount -t bpf -o mode=0700 none " BPFFS "' mounts one";
}

/* Has the path a part below a folder in bpffs that bpffs refuses, with EPERM? */
bool bpffs_forbids(const char *path)
{
	char dir[PATH_MAX];
	const char *part, *end;

	for (part = path; *part; part = end) {
		size_t before = part - path;

		end = strchrnul(part, '/');
		if (memchr(part, '.', end - part) &&
		    strncmp(part, ".", end - part) &&
		    strncmp(part, "..", end - part) && before < sizeof(dir)) {
			memcpy(dir, path, before);
			dir[before] = '\0';
			if (bpffs_at(before ? dir : "."))
				return true;
		}
		end += *end == '/';
	}
	return false;
}

int bpffs_refuse_name(const char *path)
{
	refuse_errno(EPERM);
	return refuse("%s cannot be a pin: bpffs allows no dot in a name; choose one without",
		      path);
}
