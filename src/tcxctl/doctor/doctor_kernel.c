// SPDX-License-Identifier: GPL-2.0
/*
 * How packets and requests get to the programs: the module's hook, bpf(2), the
 * functions that are redirected for them, and who else is there; and a hole of
 * kernels that have tcx themselves.
 */
#include <errno.h>
#include <glob.h>
#include <grp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/bpf.h>

#include "doctor.h"
#include "modfile.h"
#include "print.h"

#include "../../libtcx/sys_bpf.h"

static bool hook_is(const struct doctor *doctor, __u32 hook)
{
	return doctor->backend == TCX_BACKEND_MODULE &&
	       doctor->module.hook == hook;
}

void doctor_hook(struct doctor *doctor)
{
	if (!hook_is(doctor, TCX_BACKPORT_HOOK_NETFILTER))
		return;
	doctor_find(doctor, FINDING_NOTE,
		    text_format("packets reach the programs by netfilter's hooks (hook=netfilter)"),
		    text_format("where classic tc or nftables is used on the same device the order is not native tcx's: on ingress classic filters come before tcx, on egress after it whatever tcx says, and packets that classic tc redirects pass no tcx program"),
		    text_format("nothing, unless that matters; else, when nothing is attached, modprobe -r " MODULE_NAME " && modprobe " MODULE_NAME " hook=tc"));
}

void doctor_bpf_syscall(struct doctor *doctor)
{
	if (doctor->backend != TCX_BACKEND_MODULE ||
	    doctor->module.features & TCX_BACKPORT_FEAT_BPF_SYSCALL)
		return;
	doctor_find(doctor, FINDING_NOTE,
		    text_format("bpf(2) does not accept tcx: the module's parameter bpf_syscall is 0"),
		    text_format("programs that know nothing of /dev/tcx, such as Cilium or those that use libbpf or cilium/ebpf, are told that there is no tcx, and use classic tc"),
		    hook_is(doctor, TCX_BACKPORT_HOOK_TC) ?
		    text_format("nothing, unless there are such; else echo 1 > /sys/module/" MODULE_NAME "/parameters/bpf_syscall") :
		    text_format("nothing, unless there are such; else, when nothing is attached, modprobe -r " MODULE_NAME " && modprobe " MODULE_NAME " bpf_syscall=1"));
}

/* A line for each queue that somebody listens to. */
void doctor_nfqueue(struct doctor *doctor)
{
	static const char path[] = "/proc/self/net/netfilter/nfnetlink_queue";
	unsigned int queue, port, waiting;
	FILE *f;

	if (!hook_is(doctor, TCX_BACKPORT_HOOK_NETFILTER))
		return;
	f = fopen(path, "re");
	if (!f) {
		/* Without the file there is no NFQUEUE. */
		if (errno != ENOENT)
			doctor_blind(doctor, path, -errno);
		return;
	}
	while (fscanf(f, "%u %u %u%*[^\n]", &queue, &port, &waiting) == 3)
		doctor_find(doctor, FINDING_WARNING,
			    text_format("NFQUEUE %u is in use in this network namespace, %u packets wait there, and hook=netfilter",
					queue, waiting),
			    text_format("when a device that ever had a tcx program goes, or the module is unloaded, all packets that wait in any queue of its namespace are dropped"),
			    text_format("modprobe -r " MODULE_NAME " && modprobe " MODULE_NAME " hook=tc, when nothing is attached"));
	fclose(f);
}

/* What the module redirects, on whichever architecture. */
static const struct redirected {
	const char *name;
	bool bpf;		/* for bpf_syscall, else for hook=tc */
} redirected[] = {
	{ "mini_qdisc_pair_swap", false },
	{ "__x64_sys_bpf", true },
	{ "__ia32_sys_bpf", true },
	{ "__arm64_sys_bpf", true },
	{ "__arm64_compat_sys_bpf", true },
};

#define REDIRECTED	(sizeof(redirected) / sizeof(redirected[0]))

static bool is_ours(const struct doctor *doctor, const struct redirected *r)
{
	return r->bpf ? !!(doctor->module.features &
			   TCX_BACKPORT_FEAT_BPF_SYSCALL) :
			hook_is(doctor, TCX_BACKPORT_HOOK_TC);
}

static const char *wanted_by(const struct redirected *r)
{
	return r->bpf ? "bpf_syscall=1" : "hook=tc";
}

static void find_patch(struct doctor *doctor, const struct redirected *r)
{
	char pattern[128];
	glob_t found;

	snprintf(pattern, sizeof(pattern), "/sys/kernel/livepatch/*/*/%s,*",
		 r->name);
	if (glob(pattern, 0, NULL, &found))
		return;
	doctor_find(doctor, FINDING_WARNING,
		    text_format("a live patch has %s(): %s", r->name,
				found.gl_pathv[0]),
		    text_format("a function has one such user: %s is refused while the patch is there",
				wanted_by(r)),
		    text_format("boot a kernel that has the fix built in, or load with hook=netfilter and without bpf_syscall"));
	globfree(&found);
}

/* A line of enabled_functions: "NAME (COUNT) FLAGS...", where I says that
 * somebody redirects the function, and D that a BPF program is attached to it.
 */
static void judge(struct doctor *doctor, const struct redirected *r, char *rest)
{
	bool ours = is_ours(doctor, r);
	unsigned long count;

	count = strtoul(rest, &rest, 10);
	rest[strcspn(rest, "\t")] = '\0';
	if (ours && count > 1)
		doctor_find(doctor, FINDING_NOTE,
			    text_format("%lu others trace %s(), which the module redirects",
					count - 1, r->name),
			    text_format("while they do, each call of it takes longer: ftrace serves them one after the other"),
			    text_format("nothing; 'cat /sys/kernel/tracing/enabled_functions' and 'bpftool link' show who"));
	if (!ours && (strstr(rest, " I") || strstr(rest, " D")))
		doctor_find(doctor, FINDING_WARNING,
			    text_format("%s() is taken by a live patch or by a BPF program (fentry, fexit)",
					r->name),
			    text_format("%s may be refused while that is there",
					wanted_by(r)),
			    text_format("'bpftool link' and 'ls /sys/kernel/livepatch' show who; end that first, or load with hook=netfilter and without bpf_syscall"));
}

static FILE *open_enabled(void)
{
	FILE *f = fopen("/sys/kernel/tracing/enabled_functions", "re");
	int err = errno;

	if (!f)
		f = fopen("/sys/kernel/debug/tracing/enabled_functions", "re");
	errno = err;
	return f;
}

static void look_at_line(struct doctor *doctor, char *line)
{
	size_t len = strcspn(line, " "), i;

	for (i = 0; i < REDIRECTED; i++)
		if (strlen(redirected[i].name) == len &&
		    !strncmp(line, redirected[i].name, len) &&
		    !strncmp(line + len, " (", 2))
			judge(doctor, &redirected[i], line + len + 2);
}

void doctor_redirected(struct doctor *doctor)
{
	char *line = NULL;
	size_t size = 0, i;
	FILE *f;

	if (doctor->backend == TCX_BACKEND_NATIVE)
		return;
	for (i = 0; i < REDIRECTED; i++)
		find_patch(doctor, &redirected[i]);
	f = open_enabled();
	if (!f) {
		doctor_blind(doctor, "enabled_functions of tracefs", -errno);
		return;
	}
	while (getline(&line, &size, f) > 0)
		look_at_line(doctor, line);
	free(line);
	fclose(f);
}

/* Asks as somebody without any right to detach, from a device that cannot exist.
 * A kernel that looks at the caller first says EPERM.
 */
static void ask_as_nobody(void)
{
	struct sys_bpf_attach attr = {
		.target_ifindex = INT32_MAX,
		.attach_type = BPF_TCX_INGRESS,
	};

	if (setgroups(0, NULL) || setgid(65534) || setuid(65534))
		_exit(0);
	_exit(-sys_bpf(BPF_PROG_DETACH, &attr, sizeof(attr)));
}

/* What a kernel has mended is not told by its version, where a distribution
 * maintains it: so it is asked.
 */
void doctor_native_detach(struct doctor *doctor)
{
	int status, err;
	pid_t child;

	if (doctor->backend != TCX_BACKEND_NATIVE)
		return;
	child = fork();
	if (!child)
		ask_as_nobody();
	if (child < 0 || waitpid(child, &status, 0) != child ||
	    !WIFEXITED(status)) {
		doctor_blind(doctor, "who may detach", child < 0 ? -errno :
			     -EIO);
		return;
	}
	err = WEXITSTATUS(status);
	if (err == EPERM)
		return;
	if (err != ENODEV) {
		doctor_blind(doctor, "who may detach", err ? -err : -EPERM);
		return;
	}
	doctor_find(doctor, FINDING_PROBLEM,
		    text_format("this kernel lets anybody detach the first or last program of any device of his network namespace, as kernels before 6.12.114 and 6.18.14 do"),
		    text_format("every process, without any privilege, can take off what protects the machine; only programs that a link has attached are safe"),
		    text_format("upgrade the kernel; until then attach by links ('tcxctl attach ... --link --pin PATH')"));
}
