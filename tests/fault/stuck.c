// SPDX-License-Identifier: GPL-2.0
/*
 * The module's text must not be freed while the kernel calls it, though neither
 * exit nor the unwinding of a load can refuse to end: they stay, for ever, and
 * all else works. After this the guest is good for nothing more.
 */
#include <signal.h>

#include "fault.h"

static char task_state(pid_t pid)
{
	char path[64], state = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	file = fopen(path, "r");
	if (!file || fscanf(file, "%*d (%*[^)]) %c", &state) != 1)
		state = 0;
	if (file)
		fclose(file);
	return state;
}

/* The call in a load at which it has all but succeeded. */
static unsigned int load_last_call(void)
{
	struct hit hit = { .hit = true };
	unsigned int nth;

	for (nth = 1; hit.hit && nth < NTH_MAX; nth++) {
		call_arm(nth, INJECTED, 1, "");
		if (!module_load())
			module_unload();
		hit = call_disarm();
		if (!strcmp(hit.function, "misc_register"))
			return nth;
	}
	problem("no load registers the device");
	return 0;
}

int stuck_run(bool load)
{
	struct sys_query q = {};
	int log = log_open(), tries;
	pid_t pid;

	setenv("TCX_MODULE_ARGS", "bpf_syscall=1 hook=tc", 1);
	setenv("TCX_INTERFACE", "bpf", 1);
	if (load)
		call_arm(load_last_call(), INJECTED, 1000, "");
	else if (module_load())
		problem("cannot be loaded");
	else
		call_arm(1, INJECTED, 1000, "unregister_ftrace_function");
	if (problems)
		return 1;

	fflush(NULL);
	pid = fork();
	if (!pid) {
		/* The guest's end waits until nobody has its output. */
		close(1);
		close(2);
		_exit(load ? module_load() : module_try_unload());
	}
	for (tries = 0; tries < 1000 && task_state(pid) != 'I'; tries++)
		sleep_ms(20);
	sleep_ms(500);
	call_disarm();
	if (task_state(pid) != 'I')
		problem("is in state %c", task_state(pid));
	if (!log_has(log, "which therefore cannot be unloaded"))
		problem("the log does not say why");
	if (!redirected() || !module_loaded())
		problem("%d redirected, %sloaded", redirected(),
			module_loaded() ? "" : "not ");
	/* As if there were no module. */
	for (tries = 0; tries < 1000; tries++)
		if (sys_prog_query(1, BPF_TCX_INGRESS, &q) != -EINVAL)
			problem("bpf(2) accepts tcx");
	if (cls_load() < 0)
		problem("no program can be loaded");
	if (kill(pid, SIGKILL) || task_state(pid) != 'I')
		problem("has gone");
	return !!problems;
}
