// SPDX-License-Identifier: GPL-2.0
/* Whether there is tcx here, and will be after the next boot. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "doctor.h"
#include "modfile.h"
#include "print.h"

#define LOADED	"/sys/module/" MODULE_NAME

#define RELOAD	"modprobe -r " MODULE_NAME " && modprobe " MODULE_NAME

static const char *running(void)
{
	static struct utsname uts;

	return uname(&uts) ? "unknown" : uts.release;
}

static bool has_headers(const char *release)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "/lib/modules/%s/build/Makefile",
		 release);
	return !access(path, F_OK);
}

static char *mend_absent(void)
{
	char path[PATH_MAX];

	if (modfile_find(running(), path))
		return text_format("modprobe " MODULE_NAME);
	if (has_headers(running()))
		return text_format("dkms autoinstall && modprobe " MODULE_NAME);
	return text_format("apt install linux-headers-%s tcx-backport-dkms && modprobe " MODULE_NAME,
			   running());
}

static char *mend_backend(int err)
{
	switch (err) {
	case -EPROTO:
		return text_format(RELOAD ", with tcxctl and the module of one version");
	case -EACCES:
	case -EPERM:
		return text_format("run 'tcxctl doctor' as root on the host");
	}
	return mend_absent();
}

static void find_version(struct doctor *doctor)
{
	const char *version = doctor->module.version;

	if (!strcmp(version, tcx_version()))
		return;
	doctor_find(doctor, FINDING_WARNING,
		    text_format("the module that is loaded has version %s, tcxctl %s",
				version, tcx_version()),
		    text_format("what one of them has learnt or mended since, the other does not know; an upgrade takes effect when the module is loaded anew"),
		    text_format(RELOAD ", when nothing is attached ('tcxctl show --all-netns')"));
}

void doctor_module(struct doctor *doctor)
{
	TCX_OPTS(tcx_explain_opts, nothing);
	int err = doctor->backend;
	char why[1024];

	if (err == TCX_BACKEND_MODULE)
		find_version(doctor);
	if (err > TCX_BACKEND_NONE)
		return;
	if (err == TCX_BACKEND_NONE)
		err = -EOPNOTSUPP;
	tcx_explain(err, &nothing, why, sizeof(why));
	/* Names in it are escaped already. */
	doctor_find(doctor, err == -EPERM || err == -EACCES ?
		    FINDING_UNKNOWN : FINDING_PROBLEM, strdup(why),
		    text_format("nothing that needs tcx can attach its programs"),
		    mend_backend(err));
}

/* Whether the kernel takes no module that is not signed; *how says what by. */
static bool wants_signature(const char **how)
{
	char line[128];

	*how = "the kernel's parameter module.sig_enforce";
	if (read_line("/sys/module/module/parameters/sig_enforce", line,
		      sizeof(line)) && *line == 'Y')
		return true;
	*how = "lockdown, as with Secure Boot";
	return read_line("/sys/kernel/security/lockdown", line,
			 sizeof(line)) && !strstr(line, "[none]");
}

static void find_unsigned(struct doctor *doctor, const char *which)
{
	const char *how;
	bool wanted = wants_signature(&how);

	doctor_find(doctor, wanted ? FINDING_PROBLEM : FINDING_NOTE,
		    text_format("%s is not signed by a key that this kernel knows",
				which),
		    wanted ? text_format("it cannot be loaded (again): %s forbids that",
					 how) :
			     text_format("it could not be loaded with Secure Boot or module.sig_enforce, neither of which is in force"),
		    access(DKMS_KEY, F_OK) ?
		    text_format("have dkms sign what it builds, with a key that is enrolled: 'Secure Boot' in docs/install.md (packages: /usr/share/doc/tcxctl) has the steps") :
		    text_format("mokutil --import " DKMS_KEY " && reboot; docs/install.md (packages: /usr/share/doc/tcxctl) has the steps"));
}

/* By whom is not asked: dkms has a key of its own, and others know theirs. */
static void look_at_key(struct doctor *doctor, const char *path)
{
	const char *how;

	if (!wants_signature(&how) || modfile_dkms_key() != KEY_UNKNOWN)
		return;
	doctor_find(doctor, FINDING_PROBLEM,
		    text_format("%s is signed, and this kernel does not know dkms's key", path),
		    text_format("if it is signed by that key it cannot be loaded ('Key was rejected by service'): %s forbids that",
				how),
		    text_format("mokutil --import " DKMS_KEY " && reboot; docs/install.md (packages: /usr/share/doc/tcxctl) has the steps"));
}

/* Of a module that is loaded the kernel has noted whether it was. */
static void look_at_loaded(struct doctor *doctor)
{
	char taint[32];

	if (!read_line(LOADED "/taint", taint, sizeof(taint)))
		doctor_blind(doctor, LOADED "/taint", -errno);
	else if (strchr(taint, 'E'))
		find_unsigned(doctor, "the module that is loaded");
}

static void look_at_file(struct doctor *doctor)
{
	char path[PATH_MAX];

	/* That there is none is found by another check. */
	if (!modfile_find(running(), path))
		return;
	switch (modfile_signed(path)) {
	case MODFILE_SIGNED:
		look_at_key(doctor, path);
		break;
	case MODFILE_UNSIGNED:
		find_unsigned(doctor, path);
		break;
	case MODFILE_UNREAD:
		doctor_find(doctor, FINDING_UNKNOWN,
			    text_format("whether %s is signed is not known: it is compressed, or cannot be read",
					path),
			    text_format("with Secure Boot or module.sig_enforce it can be loaded only if it is"),
			    text_format("modinfo -F signer " MODULE_NAME));
	}
}

void doctor_signature(struct doctor *doctor)
{
	if (doctor->backend == TCX_BACKEND_NATIVE)
		return;
	if (!access(LOADED, F_OK))
		look_at_loaded(doctor);
	else
		look_at_file(doctor);
}

/* Whether a kernel of that name is older than tcx, and one that is built for */
static bool needs_module(const char *release)
{
	unsigned int major, minor;

	if (sscanf(release, "%u.%u", &major, &minor) != 2)
		return false;
	return (major == 5 && minor >= 10) || (major == 6 && minor < 6);
}

void doctor_other_kernels(struct doctor *doctor)
{
	struct dirent *entry;
	char path[PATH_MAX];
	DIR *dir;

	if (doctor->backend == TCX_BACKEND_NATIVE)
		return;
	dir = opendir("/lib/modules");
	if (!dir) {
		if (errno != ENOENT)
			doctor_blind(doctor, "/lib/modules", -errno);
		return;
	}
	while ((entry = readdir(dir))) {
		const char *release = entry->d_name;

		/* What a kernel that was removed has left has no list. */
		snprintf(path, sizeof(path), "/lib/modules/%s/modules.dep",
			 release);
		if (!needs_module(release) || !strcmp(release, running()) ||
		    access(path, F_OK) || modfile_find(release, path))
			continue;
		doctor_find(doctor, FINDING_WARNING,
			    text_format("the kernel %s is installed, but " MODULE_NAME " is not built for it",
					release),
			    text_format("when that kernel is booted there is no tcx"),
			    text_format("apt install linux-headers-%s; dkms autoinstall -k %s",
					release, release));
	}
	closedir(dir);
}
