/* SPDX-License-Identifier: GPL-2.0 */
/* The files of the module tcx_backport that lie on this machine */
#ifndef TCXCTL_MODFILE_H
#define TCXCTL_MODFILE_H

#include <limits.h>
#include <stdbool.h>

#define MODULE_NAME	"tcx_backport"

enum modfile_signed { MODFILE_UNSIGNED, MODFILE_SIGNED, MODFILE_UNREAD };

/* Where modprobe finds it for that kernel; false if it does not. */
bool modfile_find(const char *release, char path[PATH_MAX]);
enum modfile_signed modfile_signed(const char *path);

/* dkms's key, and whether it is among those that this kernel has */
#define DKMS_KEY	"/var/lib/dkms/mok.pub"

enum modfile_key { KEY_UNREAD, KEY_KNOWN, KEY_UNKNOWN };

enum modfile_key modfile_dkms_key(void);

/* A line of a small file, as of /sys; false if it cannot be read. */
bool read_line(const char *path, char *line, size_t size);

#endif /* TCXCTL_MODFILE_H */
