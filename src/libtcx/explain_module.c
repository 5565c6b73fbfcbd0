// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
/*
 * What is wrong with the module, or why its device is not there. Between "not
 * installed" and "not loaded" lie things that look like success at the time:
 * DKMS skips a kernel whose headers are missing, or has built for another
 * kernel than the one that runs.
 */
#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "backend.h"
#include "explain.h"
#include "module.h"

#define MODULE "tcx_backport"

/* Both spellings: DKMS names a tree after the package, a person may not. */
static bool starts_like_us(const char *name)
{
	return !strncmp(name, "tcx_backport", strlen(MODULE)) ||
	       !strncmp(name, "tcx-backport", strlen(MODULE));
}

static bool has_source(const char *dir)
{
	struct dirent *entry;
	bool found = false;
	DIR *d = opendir(dir);

	if (!d)
		return false;
	while (!found && (entry = readdir(d)))
		found = starts_like_us(entry->d_name);
	closedir(d);
	return found;
}

/* depmod's list says what modprobe would find. */
static bool is_installed(const char *release)
{
	char path[512];
	char *line = NULL;
	size_t size = 0;
	bool found = false;
	FILE *f;

	snprintf(path, sizeof(path), "/lib/modules/%s/modules.dep", release);
	f = fopen(path, "re");
	if (!f)
		return false;
	while (!found && getline(&line, &size, f) > 0) {
		line[strcspn(line, ":")] = '\0';
		found = strstr(line, "/" MODULE ".ko") != NULL;
	}
	free(line);
	fclose(f);
	return found;
}

static bool has_headers(const char *release)
{
	char path[512];

	snprintf(path, sizeof(path), "/lib/modules/%s/build/Makefile", release);
	return !access(path, F_OK);
}

#define CHOSEN(name) \
	"backend " name " was chosen (LIBTCX_BACKEND, tcx_set_backend(), tcxctl --backend)"

/* A choice that leaves no backend, whatever there is. */
static bool explain_choice(struct tcx__explain *c)
{
	switch (tcx__backend_wanted()) {
	case TCX_BACKEND_NONE:
		say(c, CHOSEN("none") "; leave that out, and what is there is used");
		return true;
	case TCX_BACKEND_NATIVE:
		say(c, CHOSEN("native") ", and this kernel has no tcx; leave that out, and the module " MODULE " is used where it is loaded");
		return true;
	case TCX_BACKEND_MODULE:
		if (!access("/sys/module/" MODULE, F_OK) ||
		    tcx__native_probe() <= 0)
			return false;
		say(c, CHOSEN("module") ", and it is not loaded, nor needed: this kernel has tcx; leave that out");
		return true;
	}
	return false;
}

static void explain_absent(struct tcx__explain *c)
{
	struct utsname uts;

	if (explain_choice(c))
		return;
	if (!access("/sys/module/" MODULE, F_OK)) {
		say(c, "the module " MODULE " is loaded, but there is no %s here; in a container, pass the device in, on a host look at udev or run 'modprobe -r " MODULE " && modprobe " MODULE "'",
		    tcx__module_path());
		return;
	}

	say(c, "this kernel has no tcx and the module " MODULE " is not loaded; ");
	if (uname(&uts)) {
		say(c, "run 'modprobe " MODULE "'");
	} else if (is_installed(uts.release)) {
		say(c, "run 'modprobe " MODULE "'");
	} else if (!has_source("/usr/src") && !has_source("/var/lib/dkms")) {
		say(c, "it is not installed: install the package tcx-backport-dkms and linux-headers-%s, then run 'modprobe " MODULE "'",
		    uts.release);
	} else if (!has_headers(uts.release)) {
		say(c, "it is not built for this kernel, whose headers are missing: install linux-headers-%s, run 'dkms autoinstall', then 'modprobe " MODULE "'",
		    uts.release);
	} else {
		say(c, "its source is installed, but it is not built for the kernel %s: run 'dkms autoinstall' and look at what it prints, then 'modprobe " MODULE "'",
		    uts.release);
	}
}

static void explain_abi(struct tcx__explain *c)
{
	TCX_OPTS(tcx_module_info, info);

	if (tcx_module_info(&info) != -EPROTO || !info.version[0]) {
		say(c, "%s is not the device of tcx_backport; see what created it",
		    tcx__module_path());
		return;
	}
	say(c, "the module (version %s) has ABI version %u and libtcx (version %s) has %u; ",
	    info.version, info.abi, tcx_version(), TCX_BACKPORT_ABI);
	if (info.abi > TCX_BACKPORT_ABI)
		say(c, "upgrade libtcx and the programs that contain it, tcxctl for one");
	else
		say(c, "upgrade the module: install the newer tcx-backport-dkms, then 'modprobe -r tcx_backport && modprobe tcx_backport'");
}

bool tcx__explain_module(struct tcx__explain *c, int err)
{
	switch (err) {
	case -EOPNOTSUPP:
		if (tcx_backend() > TCX_BACKEND_NONE)
			return false;
		explain_absent(c);
		return true;
	case -EACCES:
		say(c, "%s may not be opened; run this as root, have the open device handed on, or give the node a group in a copy of 60-tcx_backport.rules in /etc/udev/rules.d",
		    tcx__module_path());
		return true;
	case -EPROTO:
		explain_abi(c);
		return true;
	}
	return false;
}
